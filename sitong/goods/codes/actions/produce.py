"""Production: ranges of codes were put on goods of a lot, on a line, on a day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db import transaction

from sitong.goods.catalog.queries import sku_facts
from sitong.goods.codes.actions.space import lock_spaces
from sitong.goods.codes.actions.standing import RangeSet, RangeWanted, activate_codes, batches_of, range_fault
from sitong.goods.codes.models import CodeProduction
from sitong.goods.codes.ranges import Range, overlapping
from sitong.shared.access.audit import AuditEntry, record
from sitong.shared.errors import NotFound, Refused, RepeatDiffers

CONTENT = ("brand_id", "batch_id", "first", "last", "sku_id", "lot", "line", "produced_on", "expires_on")


class CodesBound(Refused):
    """Production has bound codes of this range already: facts first, last."""

    code = "goods.codes_bound"


class ProductionDates(Refused):
    """Goods expire after they were produced."""

    code = "goods.production_dates"


@dataclass(frozen=True, slots=True)
class ProductionWanted:
    """Codes `first` to `last` of a batch are on goods of a SKU. `id` was made by the client. `activate`: in use from now on."""

    id: UUID
    brand_id: UUID
    batch_id: UUID
    first: int
    last: int
    sku_id: UUID
    produced_on: date
    lot: str = ""
    line: str = ""
    expires_on: date | None = None
    activate: bool = True


def bind_production(
    wanted: Sequence[ProductionWanted], *, by: UUID | None, now: datetime
) -> list[CodeProduction | Refused]:
    """Bind ranges of codes to product, lot, line and date, each whole or not at all, and put them in use where asked.

    The same id with the same content again gives what stands there. Refused: goods.codes_bound, goods.code_range_outside,
    goods.production_dates, shared.not_found, shared.repeat_differs.
    """
    with transaction.atomic():
        lock_spaces({one.brand_id for one in wanted})
        batches = batches_of([RangeWanted(one.id, one.brand_id, one.batch_id, one.first, one.last) for one in wanted])
        there = CodeProduction.objects.in_bulk([one.id for one in wanted])
        skus = sku_facts({one.sku_id for one in wanted})
        bound: dict[UUID, list[Range]] = {}
        for batch_id, first, last in CodeProduction.objects.filter(batch_id__in=list(batches)).values_list(
            "batch_id", "first", "last"
        ):
            bound.setdefault(batch_id, []).append((first, last))
        outcomes: list[CodeProduction | Refused] = []
        fresh: list[CodeProduction] = []
        for one in wanted:
            if (before := there.get(one.id)) is not None:
                same = all(getattr(before, name) == getattr(one, name) for name in CONTENT)
                outcomes.append(before if same else RepeatDiffers(id=one.id))
                continue
            fault = range_fault(batches.get(one.batch_id), (one.first, one.last))
            sku = skus.get(one.sku_id)
            if fault is None and (sku is None or sku.brand_id != one.brand_id):
                fault = NotFound(what="sku")
            if fault is None and one.expires_on is not None and one.expires_on < one.produced_on:
                fault = ProductionDates()
            if fault is None and (met := overlapping((one.first, one.last), bound.get(one.batch_id, ()))):
                fault = CodesBound(first=met[0], last=met[1])
            if fault is not None or sku is None:
                outcomes.append(fault or NotFound(what="sku"))
                continue
            values = {name: getattr(one, name) for name in CONTENT}
            row = CodeProduction(id=one.id, product_id=sku.product_id, by=by, at=now, **values)
            bound.setdefault(one.batch_id, []).append((one.first, one.last))
            there[one.id] = row
            fresh.append(row)
            outcomes.append(row)
        CodeProduction.objects.bulk_create(fresh)
        record([
            AuditEntry("bound", "goods.code_batch", row.batch_id, row.brand_id, by, {}, {"first": row.first, "last": row.last, "lot": row.lot})
            for row in fresh
        ], at=now)  # fmt: skip
        _activate(wanted, {row.id for row in fresh}, by=by, now=now)
    return outcomes


def _activate(wanted: Sequence[ProductionWanted], fresh: set[UUID], *, by: UUID | None, now: datetime) -> None:
    ranges = [
        RangeWanted(one.id, one.brand_id, one.batch_id, one.first, one.last)
        for one in wanted
        if one.activate and one.id in fresh
    ]
    if ranges:
        assert all(isinstance(one, RangeSet) for one in activate_codes(ranges, by=by, now=now))
