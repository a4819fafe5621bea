"""Put ranges of codes in use, and make ranges void: a row for each range, however many codes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from sitong.goods.codes.actions.space import lock_spaces
from sitong.goods.codes.events import CodesVoided
from sitong.goods.codes.models import CodeActivation, CodeBatch, CodeVoid
from sitong.goods.codes.ranges import Range, size_of, uncovered
from sitong.shared.access.audit import AuditEntry, record
from sitong.shared.errors import NotFound, Refused, RepeatDiffers
from sitong.shared.events.actions import announce
from sitong.shared.ids import new_id

REASON_MAX = 80


class RangeOutside(Refused):
    """The batch has the serials 1 to `quantity`, and a range ends where it begins or later."""

    code = "goods.code_range_outside"


class ReasonMissing(Refused):
    """Whoever makes codes void says why."""

    code = "goods.code_void_reason"


@dataclass(frozen=True, slots=True)
class RangeWanted:
    """The codes `first` to `last` of a batch, both inclusive. `id` was made by the client. `reason` only for what is void."""

    id: UUID
    brand_id: UUID
    batch_id: UUID
    first: int
    last: int
    reason: str = ""


@dataclass(frozen=True, slots=True)
class RangeSet:
    """What became of it: the parts of the range that were not so already, and how many codes they hold."""

    id: UUID
    batch_id: UUID
    ranges: tuple[Range, ...]

    @property
    def codes(self) -> int:
        """How many codes changed."""
        return size_of(self.ranges)


def activate_codes(wanted: Sequence[RangeWanted], *, by: UUID | None, now: datetime) -> list[RangeSet | Refused]:
    """Put ranges of codes in use; what was in use stays so since then. Refused: goods.code_range_outside, shared.not_found,
    shared.repeat_differs."""
    with transaction.atomic():
        return _set(wanted, CodeActivation, {}, by=by, now=now)


def void_codes(wanted: Sequence[RangeWanted], *, by: UUID | None, now: datetime) -> list[RangeSet | Refused]:
    """Make ranges of codes void, for good. Refused: goods.code_void_reason, goods.code_range_outside, shared.not_found,
    shared.repeat_differs."""
    with transaction.atomic():
        missing: dict[UUID, Refused] = {one.id: ReasonMissing() for one in wanted if not one.reason.strip()}
        outcomes = _set(wanted, CodeVoid, missing, by=by, now=now)
        announce([
            CodesVoided(one.brand_id, one.batch_id, first, last, one.reason.strip()[:REASON_MAX])
            for one, done in zip(wanted, outcomes, strict=True)
            if isinstance(done, RangeSet)
            for first, last in done.ranges
        ], at=now)  # fmt: skip
    return outcomes


def batches_of(wanted: Sequence[RangeWanted]) -> dict[UUID, CodeBatch]:
    """Give the batches that are named, each only to whom it belongs; the caller holds the brands' locks."""
    brands = {one.batch_id: one.brand_id for one in wanted}
    found = CodeBatch.objects.in_bulk(list(brands))
    return {key: batch for key, batch in found.items() if batch.brand_id == brands[key]}


def range_fault(batch: CodeBatch | None, wanted: Range) -> Refused | None:
    """Say what is wrong with a range of a batch."""
    if batch is None:
        return NotFound(what="code batch")
    if not 1 <= wanted[0] <= wanted[1] <= batch.quantity:
        return RangeOutside(quantity=batch.quantity)
    return None


def _set(
    wanted: Sequence[RangeWanted], table: type[CodeActivation] | type[CodeVoid], faults: dict[UUID, Refused], *, by: UUID | None, now: datetime
) -> list[RangeSet | Refused]:  # fmt: skip
    lock_spaces({one.brand_id for one in wanted})
    batches = batches_of(wanted)
    earlier: dict[UUID, list[tuple[UUID, int, int]]] = {}
    rows = table.objects.filter(request_id__in=[one.id for one in wanted]).order_by("first")
    for request_id, batch_id, first, last in rows.values_list("request_id", "batch_id", "first", "last"):
        earlier.setdefault(request_id, []).append((batch_id, first, last))
    covered: dict[UUID, list[Range]] = {}
    for batch_id, first, last in table.objects.filter(batch_id__in=list(batches)).values_list(
        "batch_id", "first", "last"
    ):
        covered.setdefault(batch_id, []).append((first, last))
    outcomes: list[RangeSet | Refused] = []
    fresh: list[CodeActivation | CodeVoid] = []
    for one in wanted:
        if before := earlier.get(one.id):
            same = all(
                batch_id == one.batch_id and one.first <= first and last <= one.last for batch_id, first, last in before
            )
            ranges = tuple((first, last) for _, first, last in before)
            outcomes.append(RangeSet(one.id, one.batch_id, ranges) if same else RepeatDiffers(id=one.id))
            continue
        fault = faults.get(one.id) or range_fault(batches.get(one.batch_id), (one.first, one.last))
        if fault is not None:
            outcomes.append(fault)
            continue
        ranges = tuple(uncovered((one.first, one.last), covered.get(one.batch_id, ())))
        covered.setdefault(one.batch_id, []).extend(ranges)
        more = {"reason": one.reason.strip()[:REASON_MAX]} if table is CodeVoid else {}
        fresh += [
            table(
                id=new_id(),
                brand_id=one.brand_id,
                batch_id=one.batch_id,
                first=first,
                last=last,
                request_id=one.id,
                by=by,
                at=now,
                **more,
            )
            for first, last in ranges
        ]
        if ranges:
            earlier[one.id] = [(one.batch_id, *part) for part in ranges]
        outcomes.append(RangeSet(one.id, one.batch_id, ranges))
    table.objects.bulk_create(fresh)  # type: ignore[arg-type]
    record(_traces(wanted, outcomes, "voided" if table is CodeVoid else "activated", by), at=now)
    return outcomes


def _traces(
    wanted: Sequence[RangeWanted], outcomes: Sequence[RangeSet | Refused], verb: str, by: UUID | None
) -> list[AuditEntry]:
    return [
        AuditEntry(
            verb,
            "goods.code_batch",
            one.batch_id,
            one.brand_id,
            by,
            {},
            {"first": one.first, "last": one.last, "reason": one.reason},
        )
        for one, done in zip(wanted, outcomes, strict=True)
        if isinstance(done, RangeSet) and done.ranges
    ]
