"""Visits and tags of members, as rules may ask for them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any
from uuid import UUID

from sitong.member.identity.knowing import knows_of_members
from sitong.org.stores.queries import store_facts
from sitong.shared.geo.positions import Position
from sitong.shared.geo.rules import cell_of
from sitong.shared.statements import run, uuids

CELL_RESOLUTION = 7
VISITS = """
SELECT member_id, at, (at AT TIME ZONE %s)::date, store_id, kind FROM member_visit WHERE member_id = ANY(%s::uuid[])
"""
TAGS = (
    "SELECT member_id, replace(tag_id::text, '-', ''), at, true FROM member_membertag WHERE member_id = ANY(%s::uuid[])"
)


@knows_of_members("visits")
def visits_known(member_ids: Sequence[UUID], *, zone: str) -> Iterable[tuple[Any, ...]]:
    """When, in which store, why we know it, and in which H3 cell the store lies."""
    rows = run(VISITS, [zone, uuids(member_ids)])
    stores = store_facts({row[3] for row in rows}) if rows else {}
    places = {
        id: (id.hex, _cell(store.latitude_e6, store.longitude_e6) if store.latitude_e6 is not None else "")
        for id, store in stores.items()
    }
    return [
        (member_id, at, on, *_swapped(places.get(store_id, (store_id.hex, "")), kind))
        for member_id, at, on, store_id, kind in rows
    ]


@knows_of_members("tags")
def tags_known(member_ids: Sequence[UUID], *, zone: str) -> Iterable[tuple[Any, ...]]:  # noqa: ARG001 no business dates here
    """Which tags they have, put on by hand."""
    return run(TAGS, [uuids(member_ids)])


def _swapped(place: tuple[str, str], kind: str) -> tuple[str, str, str]:
    store, cell = place
    return store, kind, cell


@lru_cache(maxsize=50_000)
def _cell(latitude_e6: int, longitude_e6: int | None) -> str:
    return cell_of(Position(latitude_e6, longitude_e6 or 0), resolution=CELL_RESOLUTION)
