"""Pack codes into codes: items into boxes, boxes onto pallets, one by one or ten thousand in a row; and take them out again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from sitong.goods.codes.actions.placing import starts_of, write_ground, write_packings
from sitong.goods.codes.actions.space import lock_spaces
from sitong.goods.codes.actions.standing import range_fault
from sitong.goods.codes.models import CodeBatch, CodePacking
from sitong.goods.codes.moving import CodeElsewhere, CodeIsVoid, CodePacked, CodeRange, Ground, Packed, Standing, merged
from sitong.goods.codes.queries.places import ground_of
from sitong.goods.codes.ranges import Range, common, overlapping, size_of
from sitong.shared.access.audit import AuditEntry, record
from sitong.shared.errors import NotFound, Refused, RepeatDiffers

LEVELS = ("item", "box", "pallet")
PER_PARENT_MAX = 100_000
PARENTS_MAX = 10_000


class PackLevels(Refused):
    """Items go into boxes or onto pallets, boxes onto pallets."""

    code = "goods.pack_levels"


class PackCount(Refused):
    """Ranges are packed with 1 to 100,000 in each parent; single codes all into one."""

    code = "goods.pack_count"


class NotPacked(Refused):
    """None of these codes is packed in anything."""

    code = "goods.code_not_packed"


class TooManyParents(Refused):
    """Codes are taken out of at most `most` boxes at once."""

    code = "goods.too_many_parents"


@dataclass(frozen=True, slots=True)
class PackWanted:
    """Codes go into others. `id` was made by the client.

    With `per_parent` the one range of `children` fills parents from `parent.first` on, so many in each; with 0 all children
    go into `parent.first`.
    """

    id: UUID
    brand_id: UUID
    parent_batch_id: UUID
    parent_first: int
    children: tuple[CodeRange, ...]
    per_parent: int = 0


@dataclass(frozen=True, slots=True)
class CodesPacked:
    """How many codes were packed or taken out, and into how many."""

    id: UUID
    codes: int
    parents: int


def pack_codes(wanted: Sequence[PackWanted], *, by: UUID | None, now: datetime) -> list[CodesPacked | Refused]:
    """Pack codes into boxes or onto pallets, each request whole or not at all. Only what is at one place can be packed together.

    The same id again gets the same answer. Refused: goods.pack_levels, goods.pack_count, goods.code_packed,
    goods.code_elsewhere, goods.code_is_void, goods.code_range_outside, shared.not_found, shared.repeat_differs.
    """
    with transaction.atomic():
        lock_spaces({one.brand_id for one in wanted})
        batches = CodeBatch.objects.in_bulk(list({key for one in wanted for key in _batches_named(one)}))
        earlier = _earlier(wanted)
        plans = {one.id: _plan(one, batches, by=by, now=now) for one in wanted if one.id not in earlier}
        sound = [plan for plan in plans.values() if not isinstance(plan, Refused)]
        ground = ground_of([unit for plan in sound for unit in _units(plan)], batches)
        outcomes: list[CodesPacked | Refused] = []
        fresh: list[Packed] = []
        for one in wanted:
            if (before := earlier.get(one.id)) is not None:
                outcomes.append(_repeat(one, before))
                continue
            plan = plans[one.id]
            fault = plan if isinstance(plan, Refused) else _fault(plan, ground)
            if fault is None and not isinstance(plan, Refused):
                for row in plan:
                    ground.packed.setdefault(row.batch_id, []).append(row)
                fresh += plan
                earlier[one.id] = plan
            outcomes.append(fault or _repeat(one, earlier[one.id]))
        write_packings(fresh)
    return outcomes


def take_out_codes(units: Sequence[CodeRange], *, brand_id: UUID, by: UUID | None, now: datetime) -> int:
    """Take codes out of what they are packed in; they stay where that is. Gives how many.

    Raises goods.code_not_packed, goods.too_many_parents.
    """
    with transaction.atomic():
        lock_spaces([brand_id])
        batches = CodeBatch.objects.filter(brand_id=brand_id).in_bulk(list({unit.batch_id for unit in units}))
        found = merged(unit for unit in units if unit.batch_id in batches)
        ground = ground_of(found, batches)
        starts = starts_of(ground)
        taken = 0
        for unit in found:
            for row in ground.holders_of(unit):
                if row.parent_of(min(row.last, unit.last)) - row.parent_of(max(row.first, unit.first)) >= PARENTS_MAX:
                    raise TooManyParents(most=PARENTS_MAX)
                for part in _by_parent(row, unit):
                    ((_, standing),) = ground.standings(CodeRange(unit.batch_id, part[0], part[0]))
                    ground.take_out(CodeRange(unit.batch_id, *part), standing)
                    taken += size_of([part])
        if not taken:
            raise NotPacked()
        write_ground(ground, batches, starts=starts, now=now)
        record([
            AuditEntry("unpacked", "goods.code_batch", unit.batch_id, brand_id, by, {}, {"first": unit.first, "last": unit.last})
            for unit in found
        ], at=now)  # fmt: skip
    return taken


def _batches_named(one: PackWanted) -> set[UUID]:
    return {one.parent_batch_id, *(unit.batch_id for unit in one.children)}


def _earlier(wanted: Sequence[PackWanted]) -> dict[UUID, list[Packed]]:
    """Give what these requests packed when they came first, also where it was taken out since."""
    found: dict[UUID, list[Packed]] = {}
    for row in CodePacking.objects.filter(request_id__in=[one.id for one in wanted]):
        found.setdefault(row.request_id, []).append(
            Packed(row.id, row.brand_id, row.batch_id, row.first, row.last, row.parent_batch_id, row.parent_first, row.per_parent,
                   row.start, row.request_id, row.by, row.packed_at)
        )  # fmt: skip
    return found


def _repeat(one: PackWanted, rows: Sequence[Packed]) -> CodesPacked | Refused:
    wanted = merged(one.children)
    held = merged(CodeRange(row.batch_id, row.first, row.last) for row in rows)
    if held != wanted or {row.parent_batch_id for row in rows} != {one.parent_batch_id}:
        return RepeatDiffers(id=one.id)
    codes = size_of(unit.range for unit in wanted)
    return CodesPacked(one.id, codes, -(-codes // one.per_parent) if one.per_parent else 1)


def _plan(one: PackWanted, batches: dict[UUID, CodeBatch], *, by: UUID | None, now: datetime) -> list[Packed] | Refused:
    parent, children = batches.get(one.parent_batch_id), merged(one.children)
    if parent is None or parent.brand_id != one.brand_id or not children:
        return NotFound(what="code batch")
    for unit in children:
        batch = batches.get(unit.batch_id)
        if batch is None or batch.brand_id != one.brand_id:
            return NotFound(what="code batch")
        if (fault := range_fault(batch, unit.range)) is not None:
            return fault
        if LEVELS.index(batch.level) >= LEVELS.index(parent.level):
            return PackLevels()
    codes = size_of(unit.range for unit in children)
    if (
        (one.per_parent and len(children) != 1)
        or not 0 <= one.per_parent <= PER_PARENT_MAX
        or (not one.per_parent and codes > PER_PARENT_MAX)
    ):
        return PackCount(most=PER_PARENT_MAX)
    each = one.per_parent or codes
    rows = [
        Packed(
            one.id,
            one.brand_id,
            unit.batch_id,
            unit.first,
            unit.last,
            parent.id,
            one.parent_first,
            each,
            0,
            one.id,
            by,
            now,
        )
        for unit in children
    ]
    return range_fault(parent, (one.parent_first, max(row.parent_last for row in rows))) or rows


def _units(plan: Sequence[Packed]) -> list[CodeRange]:
    return [unit for row in plan for unit in (CodeRange(row.batch_id, row.first, row.last), _parents(row))]


def _parents(row: Packed) -> CodeRange:
    return CodeRange(row.parent_batch_id, row.parent_first, row.parent_last)


def _fault(plan: Sequence[Packed], ground: Ground) -> Refused | None:
    """Say why codes cannot be packed: packed already, void, sold, or not all at one place."""
    where: set[tuple[str, object]] = set()
    for row in plan:
        unit, parents = CodeRange(row.batch_id, row.first, row.last), _parents(row)
        if ground.holders_of(unit) or (parents.first != parents.last and ground.holders_of(parents)):
            return CodePacked(serial=unit.first)
        for asked in (unit, parents):
            if (void := overlapping(asked.range, ground.voids.get(asked.batch_id, ()))) is not None:
                return CodeIsVoid(serial=max(void[0], asked.first))
            where |= {_spot(standing) for _, standing in ground.standings(asked)}
    return CodeElsewhere(serial=plan[0].first) if len(where) != 1 or next(iter(where))[0] == "sold" else None


def _by_parent(row: Packed, unit: CodeRange) -> list[Range]:
    """Give the codes of a range that are packed here, parent by parent."""
    first, last = max(row.first, unit.first), min(row.last, unit.last)
    inside = (row.children_of((parent, parent)) for parent in range(row.parent_of(first), row.parent_of(last) + 1))
    return [part for held in inside if held and (part := common(held, (first, last)))]


def _spot(standing: Standing) -> tuple[str, object]:
    return standing.state, standing.place
