"""Take in EPCIS events of others: production, packing, shipping and receiving that another system has seen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sitong.goods.codes.actions.move import Moved, MoveWanted, move_codes
from sitong.goods.codes.actions.pack import PackWanted, pack_codes, take_out_codes
from sitong.goods.codes.actions.produce import ProductionWanted, bind_production
from sitong.goods.codes.actions.standing import RangeWanted, void_codes
from sitong.goods.codes.epcis import CodeEvent, day_of
from sitong.goods.codes.moving import CodeRange, Place
from sitong.goods.codes.queries.batches import sku_by_code
from sitong.goods.codes.queries.read import read_codes
from sitong.goods.codes.queries.where import place_names
from sitong.goods.codes.ranges import gathered
from sitong.shared.errors import NotFound, Refused
from sitong.shared.ids import new_id


@dataclass(frozen=True, slots=True)
class Captured:
    """An event that was taken in, and how many codes it named."""

    id: UUID
    kind: str
    codes: int


def capture_events(
    events: Sequence[CodeEvent], *, brand_id: UUID, by: UUID | None, now: datetime
) -> list[Captured | Refused]:
    """Take in events one after the other, as of their own time; one that is refused does not keep the others back.

    The same event again changes nothing. Refused: what the action of each kind refuses; goods.code_unknown; shared.not_found
    (a place or product that is not known).
    """
    outcomes: list[Captured | Refused] = []
    for event in events:
        try:
            outcomes.append(_capture(event, brand_id, by, min(event.at, now)))
        except Refused as refused:
            outcomes.append(refused)
    return outcomes


def _capture(event: CodeEvent, brand_id: UUID, by: UUID | None, at: datetime) -> Captured:
    reads = read_codes([*event.codes, *([event.parent] if event.parent else [])], brand_id=brand_id)
    serials: dict[UUID, list[int]] = {}
    for read in reads[: len(event.codes)]:
        if isinstance(read, Refused):
            raise read
        serials.setdefault(read.batch_id, []).append(read.serial)
    units = [CodeRange(batch_id, *part) for batch_id, own in sorted(serials.items()) for part in gathered(own)]
    if not units:
        raise NotFound(what="code")
    if event.kind == "commission":
        _commission(event, units, brand_id, by, at)
    elif event.kind == "decommission":
        reason = dict(event.more).get("reason") or "EPCIS"
        _only(
            void_codes(
                [
                    RangeWanted(_part(event, n), brand_id, one.batch_id, one.first, one.last, reason)
                    for n, one in enumerate(units)
                ],
                by=by,
                now=at,
            )
        )
    elif event.kind == "unpack":
        take_out_codes(units, brand_id=brand_id, by=by, now=at)
    elif event.kind == "pack":
        parent = reads[-1]
        if not event.parent or isinstance(parent, Refused):
            raise NotFound(what="code") if not isinstance(parent, Refused) else parent
        _only(pack_codes([PackWanted(event.id, brand_id, parent.batch_id, parent.serial, tuple(units))], by=by, now=at))
    else:
        _move(event, units, brand_id, by, at)
    return Captured(event.id, event.kind, len(event.codes))


def _commission(event: CodeEvent, units: Sequence[CodeRange], brand_id: UUID, by: UUID | None, at: datetime) -> None:
    said = dict(event.more)
    sku_id = sku_by_code(brand_id, said.get("sku", ""))
    if sku_id is None:
        raise NotFound(what="sku")
    produced_on, expires_on = day_of(said.get("produced_on", "")) or at.date(), day_of(said.get("expires_on", ""))
    _only(bind_production([
        ProductionWanted(_part(event, n), brand_id, one.batch_id, one.first, one.last, sku_id, produced_on, said.get("lot", "")[:40],
                         said.get("line", "")[:40], expires_on)
        for n, one in enumerate(units)
    ], by=by, now=at))  # fmt: skip


def _move(event: CodeEvent, units: Sequence[CodeRange], brand_id: UUID, by: UUID | None, at: datetime) -> None:
    here = (event.start or event.place) if event.kind in {"ship", "sell"} else (event.goal or event.place)
    places = {place for place in (here, event.goal if event.kind == "ship" else None) if place}
    if here is None or set(place_names(places)) != places or any(not _of_brand(place, brand_id) for place in places):
        raise NotFound(what="place")
    to = event.goal if event.kind == "ship" else None
    (outcome,) = move_codes(
        [MoveWanted(event.id, brand_id, event.kind, here, (), tuple(units), to, note="EPCIS", by=by)], now=at
    )
    if not isinstance(outcome, Moved):
        raise outcome


def _of_brand(place: Place, brand_id: UUID) -> bool:
    return place.kind != "brand" or place.id == brand_id


def _part(event: CodeEvent, n: int) -> UUID:
    """The first range has the event's own id, so that the event again is known; further ones are of the same event."""
    return event.id if n == 0 else UUID(int=event.id.int ^ n) if n < 65_536 else new_id()


def _only(outcomes: Sequence[object]) -> None:
    for outcome in outcomes:
        if isinstance(outcome, Refused):
            raise outcome
