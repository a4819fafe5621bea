"""What a viewer asks of a board, from a query string: place, period, source; and the members behind a number, masked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sitong.insight.asked import Asked
from sitong.insight.boards.reckoning import members_behind
from sitong.insight.lake.queries import lake_of
from sitong.insight.metrics.looks import period_between
from sitong.insight.metrics.places import Place, Places, places_of
from sitong.insight.metrics.queries import span_of
from sitong.member.identity.queries import MemberFacts, member_facts, members_visible_to
from sitong.shared.access.viewer import Viewer
from sitong.shared.clock import business_date
from sitong.shared.errors import NotFound

PRESETS = {"days30": 30, "days90": 90, "months12": 365}
DEFAULT = "months12"
PAGE, PIECE = 50, 2_000
PLAIN = ("place", "period", "start", "end", "source")
"""What says where and when; everything else in a query string says which number."""


@dataclass(frozen=True, slots=True)
class BoardLook:
    """One look at a board: whose, and what is asked. `preset` '' : two dates."""

    places: Places
    place: Place
    asked: Asked
    preset: str
    brand_id: UUID


@dataclass(frozen=True, slots=True)
class Behind:
    """One member behind a number; `on` and `kept_minor` are what the board says of it."""

    ordinal: int
    member: MemberFacts
    on: date | None
    kept_minor: int


def board_look(viewer: Viewer, wanted: Mapping[str, str], *, now: datetime) -> BoardLook:
    """Read what is asked. Refuses NotFound for a place that is not the viewer's, PeriodWrong, NotAllowed without figures.see."""
    places = places_of(viewer)
    place = places.place(_uuid(wanted.get("place")))
    today = business_date(now, places.zone)
    preset = ""
    if wanted.get("start") or wanted.get("end"):
        period = period_between(_day(wanted.get("start"), today), _day(wanted.get("end"), today))
        first, last = period.start, period.last
    else:
        preset = wanted.get("period", "")
        span = span_of(place.id) if preset == "all" else None
        preset = preset if preset in PRESETS or preset == "all" else DEFAULT
        first = span.start if span else today - timedelta(days=PRESETS.get(preset, 365) - 1)
        last = today
    stores = None if place.kind == "brand" else tuple(sorted(one.id.hex for one in places.stores_at(place)))
    assert viewer.brand_id is not None
    asked = Asked(first, last, stores, wanted.get("source", "")[:40])
    return BoardLook(places, place, asked, preset, viewer.brand_id)


def behind(
    look: BoardLook, viewer: Viewer, board: str, wanted: Mapping[str, str], *, after: int = 0
) -> tuple[int, list[Behind]]:
    """Give how many members stand behind a number, and fifty of them after an ordinal, as far as the viewer may see them."""
    with lake_of(look.brand_id) as lake:
        found = members_behind(lake, look.brand_id, board, look.asked, wanted)
        count = int(found.count().to_pyarrow().as_py())
        shown: list[Behind] = []
        while len(shown) < PAGE:
            page = found.filter(found.ordinal > after).order_by("ordinal").limit(PAGE).to_pyarrow().to_pylist()
            shown += _seen(page, viewer)
            if len(page) < PAGE:
                break
            after = int(page[-1]["ordinal"])
    return count, shown[:PAGE]


def everybody_behind(look: BoardLook, viewer: Viewer, board: str, wanted: Mapping[str, str]) -> Iterator[list[Behind]]:
    """Give all members behind a number whom the viewer may see, two thousand at a time."""
    with lake_of(look.brand_id) as lake:
        rows = members_behind(lake, look.brand_id, board, look.asked, wanted).order_by("ordinal").to_pyarrow()
    for batch in rows.to_batches(max_chunksize=PIECE):
        yield _seen(batch.to_pylist(), viewer)


def _seen(rows: list[dict[str, Any]], viewer: Viewer) -> list[Behind]:
    ids = {UUID(row["member_id"]): row for row in rows}
    visible = members_visible_to(viewer).filter(id__in=list(ids), erased_at=None).values_list("id", flat=True)
    facts = member_facts(list(visible))
    return [
        Behind(int(row["ordinal"]), facts[key], row["on"], int(row["kept_minor"] or 0))
        for key, row in ids.items()
        if key in facts
    ]


def _day(text: str | None, otherwise: date) -> date:
    try:
        return date.fromisoformat(text) if text else otherwise
    except ValueError:
        raise NotFound(what="period") from None


def _uuid(text: str | None) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError:
        raise NotFound(what="place") from None
