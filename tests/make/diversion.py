"""Dealers with territories, goods shipped to them, and scans of these by consumers here and there."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import h3
from django.db import transaction

from sitong.goods.codes.actions import scan_codes
from sitong.goods.codes.actions.scan import CodeScan
from sitong.goods.codes.moving import Place
from sitong.goods.diversion.actions import count_scans, weigh_codes
from sitong.shared.errors import Refused
from sitong.shared.ids import new_id
from tests.make.codes import Tree, a_shipment, code_texts
from tests.make.org import NOW, a_dealer

HANGZHOU, SHANGHAI, CHENGDU, NINGBO = (30.25, 120.17), (31.23, 121.47), (30.66, 104.06), (29.87, 121.55)


def cell_at(place: tuple[float, float], resolution: int = 7) -> int:
    """The cell of a place, as scans carry it."""
    return int(h3.latlng_to_cell(*place, resolution), 16)


def territory_around(place: tuple[float, float], rings: int = 6) -> tuple[str, ...]:
    """A round territory."""
    return tuple(h3.grid_disk(h3.latlng_to_cell(*place, 7), rings))


def a_dealer_at(brand: Any, place: tuple[float, float], *, name: str = "杭州经销", rings: int = 6):
    """A dealer with a round territory."""
    return a_dealer(brand, name=name, territory=territory_around(place, rings))


def goods_of(brand: Any, dealer: Any, *, items: int = 96, now: datetime = NOW, **fields: Any) -> Tree:
    """Items in boxes of twelve that were shipped to a dealer."""
    return a_shipment(brand, Place("dealer", dealer.id), items=items, now=now, **fields)


def scanned(
    tree: Tree,
    serials: Iterable[int],
    place: tuple[float, float] | None,
    *,
    now: datetime = NOW + timedelta(days=1),
    **fields: Any,
) -> list[UUID]:
    """Scans of items by consumers at a place, each by somebody else; gives the scans' ids. They are not counted yet."""
    wanted = list(serials)
    cell = cell_at(place) if place else None
    scans = [
        CodeScan(new_id(), tree.items.brand_id, text, cell=cell, **{"member_id": new_id(), **fields})
        for text in code_texts(tree.items, *wanted)
    ]
    outcomes = scan_codes(scans, now=now)
    assert not [one for one in outcomes if isinstance(one, Refused)]
    return [scan.id for scan in scans]


def counted(tree: Tree, serials: Iterable[int], place: tuple[float, float] | None, **fields: Any) -> int:
    """Scans of items at a place, counted as the watch's handler does; gives how many counted."""
    ids = scanned(tree, serials, place, **fields)
    with transaction.atomic():
        return count_scans(ids)


def weighed(tree: Tree, serials: Iterable[int], *, now: datetime = NOW + timedelta(days=2)) -> tuple[UUID, ...]:
    """Weigh codes for copies, as the handler does."""
    with transaction.atomic():
        return weigh_codes([(tree.items.id, serial) for serial in serials], now=now)


def place_of(at: int) -> tuple[float, float]:
    """Where the dealer number `at` of a market sits."""
    return HANGZHOU[0], HANGZHOU[1] - 0.93 * at


def a_market(
    brand: Any, *, dealers: int = 8, items: int = 96, now: datetime = NOW, scan: Any = None
) -> list[tuple[Any, Tree]]:
    """Dealers in a row, 90 km from each other, all with goods of which every fourth was scanned at home, by `scan` (or `counted`)."""
    made = []
    for at in range(dealers):
        place = place_of(at)
        dealer = a_dealer_at(brand, place, name=f"经销商{at + 1}")
        tree = goods_of(brand, dealer, items=items, now=now)
        (scan or counted)(tree, range(1, items + 1, 4), place, now=now)
        made.append((dealer, tree))
    return made
