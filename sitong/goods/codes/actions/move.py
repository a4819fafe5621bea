"""Ship, receive, sell, take back: one scan moves a code with all that is packed in it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from sitong.goods.codes.actions.booking import book_moves
from sitong.goods.codes.actions.placing import codes_moved_before, starts_of, write_ground
from sitong.goods.codes.actions.space import lock_spaces
from sitong.goods.codes.actions.standing import range_fault
from sitong.goods.codes.events import CodesMoved
from sitong.goods.codes.models import CodeBatch
from sitong.goods.codes.moving import (
    RECEIVE,
    RETURN,
    SELL,
    SHIP,
    CodeRange,
    Ground,
    MoveNowhere,
    Place,
    gone,
    may_go,
    merged,
    outermost,
)
from sitong.goods.codes.queries.places import ground_of
from sitong.goods.codes.queries.read import read_codes
from sitong.goods.codes.ranges import reach_of, size_of
from sitong.goods.codes.reading import CodeRead
from sitong.shared.errors import NotFound, Refused, RepeatDiffers
from sitong.shared.events.actions import announce
from sitong.shared.ids import new_ids
from sitong.shared.statements import integers, pipelined, texts, uuids, write

KINDS = (SHIP, RECEIVE, SELL, RETURN)
UNITS_MAX = 2_000

WRITE_MOVES = """
INSERT INTO goods_codemove (id, brand_id, request_id, kind, batch_id, first, last, reach, from_kind, from_id, to_kind, to_id, document_id,
                            note, by, at)
SELECT m.*, %s::timestamptz
FROM unnest(%s::uuid[], %s::uuid[], %s::uuid[], %s::text[], %s::uuid[], %s::bigint[], %s::bigint[], %s::smallint[], %s::text[], %s::uuid[],
            %s::text[], %s::uuid[], %s::uuid[], %s::text[], %s::uuid[]) AS m
"""


class TooManyCodes(Refused):
    """More codes in one scan than `most`: move them as ranges, or the boxes that they lie in."""

    code = "goods.too_many_codes"


@dataclass(frozen=True, slots=True)
class MoveWanted:
    """Goods with codes go somewhere. `id` was made by the client; `at` is who ships, receives, sells or takes back.

    `kind`: ship (with `to`), receive, sell or return. What goes is named by scanned `texts`, by `ranges`, or both. `book`:
    stock moves along with shipments and receipts, at the first location of each place.
    """

    id: UUID
    brand_id: UUID
    kind: str
    at: Place
    texts: tuple[str, ...] = ()
    ranges: tuple[CodeRange, ...] = ()
    to: Place | None = None
    book: bool = False
    note: str = ""
    by: UUID | None = None


@dataclass(frozen=True, slots=True)
class Moved:
    """What went: the outermost codes that were moved, and the stock document, if it was booked."""

    id: UUID
    kind: str
    ranges: tuple[CodeRange, ...]
    document_id: UUID | None
    at: datetime

    @property
    def codes(self) -> int:
        """How many codes moved by themselves; what is packed in them went along."""
        return size_of(unit.range for unit in self.ranges)


@dataclass(frozen=True, slots=True)
class _Going:
    wanted: MoveWanted
    units: tuple[CodeRange, ...]
    starts: tuple[Place | None, ...]
    shipment_id: UUID | None


def move_codes(wanted: Sequence[MoveWanted], *, now: datetime) -> list[Moved | Refused]:
    """Ship, receive, sell or take back goods by their codes, in order of arrival, each request whole or not at all.

    A code takes along all that is packed in it, and is taken out of what it was packed in. Who ships or sells what is on the
    way to it has received it. The same id with the same content again gets the first answer. Refused: goods.code_unknown,
    code_is_void, code_elsewhere, code_not_sent, code_received, code_sold, code_not_sold, code_packed, code_range_outside,
    move_nowhere, too_many_codes; shared.not_found, shared.repeat_differs; what inventory refuses when stock is booked. The
    number of statements does not depend on that of requests, but on that of those that are booked.
    """
    refused: dict[UUID, Refused] = {}
    while True:  # what inventory refuses is decided anew without it: what came after it may have built on it
        with transaction.atomic():
            mark = transaction.savepoint()
            outcomes, unbooked = _move(wanted, refused, now=now)
            if not unbooked:
                return outcomes
            transaction.savepoint_rollback(mark)
            refused |= unbooked


def _move(
    wanted: Sequence[MoveWanted], refused: Mapping[UUID, Refused], *, now: datetime
) -> tuple[list[Moved | Refused], dict[UUID, Refused]]:
    lock_spaces({one.brand_id for one in wanted})
    earlier = _earlier(wanted)
    named, batches = _named(wanted)
    sound = {at: units for at, units in named.items() if not isinstance(units, Refused)}
    ground = ground_of([unit for units in sound.values() for unit in units], batches)
    starts = starts_of(ground)
    outcomes: list[Moved | Refused] = []
    going: list[_Going] = []
    for at, one in enumerate(wanted):
        units = named[at]
        if (before := earlier.get(one.id)) is not None:
            outcomes.append(before if _same(one, before, units) else RepeatDiffers(id=one.id))
            continue
        fault = refused.get(one.id) or (units if isinstance(units, Refused) else None) or _wrong(one)
        if fault is None and not isinstance(units, Refused):
            outer = outermost(units, ground)
            fault = next((fault for unit in outer if (fault := may_go(one.kind, one.at, unit, ground))), None)
            if fault is None:
                going.append(_go(one, outer, ground, now))
                moved = Moved(one.id, one.kind, tuple(outer), _document_of(going[-1]), now)
                earlier[one.id] = moved
                outcomes.append(moved)
                continue
        assert fault is not None
        outcomes.append(fault)
    unbooked = book_moves([
        (one.wanted.id, one.wanted.kind, one.wanted.at, one.wanted.to, one.units, one.shipment_id, one.wanted.by)
        for one in going if one.wanted.book
    ], now=now)  # fmt: skip
    if not unbooked:
        with pipelined():
            write_ground(ground, batches, starts=starts, now=now)
            _write(going, now=now)
    return outcomes, unbooked


def _named(wanted: Sequence[MoveWanted]) -> tuple[dict[int, list[CodeRange] | Refused], dict[UUID, CodeBatch]]:
    """Give what each request names, as ranges; texts are read with one statement a brand."""
    reads: dict[UUID, dict[str, CodeRead | Refused]] = {}
    for brand_id in sorted({one.brand_id for one in wanted}):
        asked = list(dict.fromkeys(text for one in wanted if one.brand_id == brand_id for text in one.texts))
        reads[brand_id] = dict(zip(asked, read_codes(asked, brand_id=brand_id), strict=True))
    keys = {unit.batch_id for one in wanted for unit in one.ranges}
    keys |= {read.batch_id for found in reads.values() for read in found.values() if isinstance(read, CodeRead)}
    batches = CodeBatch.objects.in_bulk(list(keys))
    return {at: _units_of(one, reads[one.brand_id], batches) for at, one in enumerate(wanted)}, batches


def _units_of(
    one: MoveWanted, reads: Mapping[str, CodeRead | Refused], batches: Mapping[UUID, CodeBatch]
) -> list[CodeRange] | Refused:
    units: list[CodeRange] = []
    for text in one.texts:
        read = reads[text]
        if isinstance(read, Refused):
            return read
        units.append(CodeRange(read.batch_id, read.serial, read.serial))
    if len(units) + len(one.ranges) > UNITS_MAX:
        return TooManyCodes(most=UNITS_MAX)
    for unit in one.ranges:
        batch = batches.get(unit.batch_id)
        if batch is not None and batch.brand_id != one.brand_id:
            batch = None
        if (fault := range_fault(batch, unit.range)) is not None:
            return fault
    units = _single(units) + merged(one.ranges)
    return units or NotFound(what="code")


def _single(units: Sequence[CodeRange]) -> list[CodeRange]:
    """Scanned codes stay single: each may have to be taken out of its box."""
    return sorted(set(units))


def _wrong(one: MoveWanted) -> Refused | None:
    if one.kind not in KINDS:
        return NotFound(what="kind")
    if one.kind == SHIP and (one.to is None or one.to == one.at):
        return MoveNowhere()
    return None


def _go(one: MoveWanted, units: Sequence[CodeRange], ground: Ground, now: datetime) -> _Going:
    """Let it go: take it out of what it was in, and put it where it is now."""
    standings = [ground.standings(unit)[0][1] for unit in units]
    document = one.id if one.book and one.kind == SHIP else None
    for unit, standing in zip(units, standings, strict=True):
        if unit.first == unit.last and ground.holders_of(unit):
            ground.take_out(unit, standing)
        ground.spans[unit.batch_id].put(unit.range, gone(one.kind, one.at, one.to, now=now, document_id=document))
    shipments = {standing.document_id for standing in standings if standing.document_id}
    sources = tuple(
        standing.start if one.kind == RECEIVE else None if one.kind == RETURN else one.at for standing in standings
    )
    return _Going(one, tuple(units), sources, next(iter(shipments)) if len(shipments) == 1 else None)


def _document_of(going: _Going) -> UUID | None:
    booked = going.wanted.book and going.wanted.kind in {SHIP, RECEIVE}
    return going.wanted.id if booked else None


def _earlier(wanted: Sequence[MoveWanted]) -> dict[UUID, Moved]:
    found: dict[UUID, Moved] = {}
    for request_id, kind, batch_id, first, last, _, document_id, at in codes_moved_before(one.id for one in wanted):
        before = found.get(request_id)
        ranges = (*(before.ranges if before else ()), CodeRange(batch_id, first, last))
        found[request_id] = Moved(request_id, kind, ranges, document_id, at)
    return found


def _same(one: MoveWanted, before: Moved, units: Collection[CodeRange] | Refused) -> bool:
    """Tell whether a repeat names what went: all that moved is in it (what lay in something else of it went along)."""
    if isinstance(units, Refused) or one.kind != before.kind:
        return False
    whole = merged(units)
    return all(
        any(unit.batch_id == held.batch_id and held.first <= unit.first and unit.last <= held.last for held in whole)
        for unit in before.ranges
    )


def _write(going: Sequence[_Going], *, now: datetime) -> None:
    rows = [(one, unit, start) for one in going for unit, start in zip(one.units, one.starts, strict=True)]
    if not rows:
        return
    goals = [
        one.wanted.to if one.wanted.kind == SHIP else None if one.wanted.kind == SELL else one.wanted.at
        for one, _, _ in rows
    ]
    write(WRITE_MOVES, [
        now, uuids(new_ids(len(rows))), uuids([one.wanted.brand_id for one, _, _ in rows]), uuids([one.wanted.id for one, _, _ in rows]),
        texts([one.wanted.kind for one, _, _ in rows]), uuids([unit.batch_id for _, unit, _ in rows]),
        integers([unit.first for _, unit, _ in rows]), integers([unit.last for _, unit, _ in rows]),
        integers([reach_of(unit.range) for _, unit, _ in rows]), texts([start.kind if start else "" for _, _, start in rows]),
        uuids([start.id if start else None for _, _, start in rows]), texts([goal.kind if goal else "" for goal in goals]),
        uuids([goal.id if goal else None for goal in goals]), uuids([_document_of(one) for one, _, _ in rows]),
        texts([one.wanted.note.strip()[:80] for one, _, _ in rows]), uuids([one.wanted.by for one, _, _ in rows]),
    ])  # fmt: skip
    announce([
        CodesMoved(one.wanted.brand_id, one.wanted.id, one.wanted.kind, unit.batch_id, unit.first, unit.last, goal.kind if goal else "",
                   goal.id if goal else None, start.kind if start else "", start.id if start else None)
        for (one, unit, start), goal in zip(rows, goals, strict=True)
    ], at=now)  # fmt: skip
