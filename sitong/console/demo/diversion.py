"""The demo brand's watch: eight dealers with boxes of milk powder, honest scans, one who sells boxes in Chongqing, and a copied code."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import h3

from sitong.console.demo.files import made_id, made_number
from sitong.goods.codes.actions import (
    BatchWanted,
    CodeRange,
    CodeScan,
    MoveWanted,
    PackWanted,
    Place,
    activate_codes,
    make_batches,
    move_codes,
    pack_codes,
    scan_codes,
)
from sitong.goods.codes.actions.standing import RangeWanted
from sitong.goods.codes.making import codes_at
from sitong.goods.diversion.actions import judge_brand
from sitong.goods.diversion.queries.unread import SUBSCRIBER
from sitong.org.dealers.queries import territories
from sitong.shared.errors import Refused
from sitong.shared.events.reader import drain

DEALERS = ("D1A", "D1B", "D2A", "D2B", "D3A", "D3B", "D4A", "D4B")
DIVERTING = 7
BOXES, PER_BOX, SCANNED = 60, 12, 3
DAYS = 28
CHONGQING, MIANYANG, BEIJING, GUANGZHOU = (29.563, 106.551), (31.467, 104.679), (39.904, 116.407), (23.129, 113.264)
TRAVELED = (MIANYANG, CHONGQING, BEIJING, GUANGZHOU)
COPIED = 5


def watch_goods(brand_id: UUID, sku_id: UUID, members: Sequence[UUID], *, zone: str, now: datetime) -> None:
    """Make the boxes, ship them, let consumers scan a month long, and look. Loaded again, everything is a repeat."""
    items, boxes = (made_id("watched batch", level) for level in ("item", "box"))
    whole = len(DEALERS) * BOXES
    batch, _ = _done(make_batches([
        BatchWanted(items, brand_id, whole * PER_BOX, name="奶粉 防窜货码", sku_id=sku_id),
        BatchWanted(boxes, brand_id, whole, "box", name="奶粉箱码"),
    ], by=None, now=now))  # fmt: skip
    now = batch.made_at  # loaded again, or after it was broken off: the same moves and scans, most of them repeats
    _done(
        activate_codes(
            [RangeWanted(made_id("watched range", 1), brand_id, items, 1, whole * PER_BOX)], by=None, now=now
        )
    )
    packed = PackWanted(
        made_id("watched packing", 1), brand_id, boxes, 1, (CodeRange(items, 1, whole * PER_BOX),), PER_BOX
    )
    _done(pack_codes([packed], by=None, now=now - timedelta(days=40)))
    for at, code in enumerate(DEALERS):
        sent = (CodeRange(boxes, at * BOXES + 1, (at + 1) * BOXES),)
        dealer = Place("dealer", made_id("dealer", code))
        for kind, place, to, days in (("ship", Place("brand", brand_id), dealer, 35), ("receive", dealer, None, 33)):
            move = MoveWanted(made_id("watched move", (kind, at)), brand_id, kind, place, (), sent, to)
            _done(move_codes([move], now=now - timedelta(days=days)))
    _scan(batch, members, now)
    drain(SUBSCRIBER)
    judge_brand(brand_id, zone=zone, now=now)


def _scan(batch: Any, members: Sequence[UUID], now: datetime) -> None:
    """Three items of each box are scanned: at home as a rule; one in thirty on a journey; a fifth of one dealer's boxes in Chongqing."""
    homes = territories([made_id("dealer", code) for code in DEALERS])
    by_day: dict[int, list[CodeScan]] = {day: [] for day in range(DAYS)}
    for at, code in enumerate(DEALERS):
        home = homes.get(made_id("dealer", code), [])
        for box in range(BOXES if home else 0):
            diverted = at == DIVERTING and box % 5 == 2
            for item in range(5 if diverted else SCANNED):
                serial = (at * BOXES + box) * PER_BOX + 2 * item + 1
                cell = home[made_number("watched home", serial, len(home))]
                if diverted:
                    cell = h3.latlng_to_cell(
                        CHONGQING[0] + made_number("watched north", serial, 90) / 1000, CHONGQING[1], 7
                    )
                elif made_number("watched journey", serial, 30) == 0:
                    cell = h3.latlng_to_cell(*TRAVELED[made_number("watched goal", serial, len(TRAVELED))], 7)
                by_day[made_number("watched day", (at, box), DAYS)].append(_one(batch, serial, cell, members, serial))
    for day, scans in by_day.items():
        _done(scan_codes(scans, now=now - timedelta(days=DAYS - day)))
    for minute, place in enumerate((CHONGQING, BEIJING, GUANGZHOU, MIANYANG)):
        copied = _one(batch, COPIED * PER_BOX, h3.latlng_to_cell(*place, 7), members, ("copied", minute))
        _done(scan_codes([copied], now=now - timedelta(days=1, minutes=-9 * minute)))


def _one(batch: Any, serial: int, cell: str, members: Sequence[UUID], key: object) -> CodeScan:
    (text,) = codes_at(batch.brand_id, batch.generation, side="outer", numbers=[batch.first_number + serial - 1])
    member_id = members[made_number("watched member", key, len(members))]
    return CodeScan(made_id("watched scan", key), batch.brand_id, text, member_id=member_id, cell=int(cell, 16))


def _done(outcomes: Sequence[object]) -> list:  # type: ignore[type-arg]
    for outcome in outcomes:
        if isinstance(outcome, Refused):
            raise RuntimeError(f"the demo was refused goods to watch: {outcome}")
    return list(outcomes)
