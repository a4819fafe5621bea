"""Make batches of codes: a row each, however many codes."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from sitong.goods.catalog.queries import SkuFacts, sku_facts
from sitong.goods.catalog.rules import kept_gtin
from sitong.goods.codes.actions.space import lock_spaces
from sitong.goods.codes.keys import generation_now
from sitong.goods.codes.models import CodeBatch, CodeLevel, CodeSpace
from sitong.goods.codes.rules import NUMBERS_MAX
from sitong.shared.access.audit import AuditEntry, record
from sitong.shared.errors import NotFound, Refused, RepeatDiffers

QUANTITY_MAX = 10_000_000_000
UNITS_MAX = 1_000_000
CONTENT = ("brand_id", "name", "level", "inner", "sku_id", "gtin", "units", "quantity")


class BatchQuantity(Refused):
    """A batch has at least one code and at most `most`; a code stands for one unit or more."""

    code = "goods.code_batch_quantity"


class BatchLevel(Refused):
    """Codes are for items, boxes or pallets; only items have a second code under the cap."""

    code = "goods.code_batch_level"


class BatchGtin(Refused):
    """The GTIN is none: it needs 8, 12, 13 or 14 digits and the right check digit."""

    code = "goods.code_batch_gtin"


class SpaceUsedUp(Refused):
    """The brand has used up all numbers that codes of this length can tell apart."""

    code = "goods.code_space_used_up"


@dataclass(frozen=True, slots=True)
class BatchWanted:
    """A batch of codes. `id` was made by the client. `sku_id` and `gtin` may be left open until production.

    `inner`: every item gets a second code, under its cap. `units`: base units that a code stands for by itself.
    """

    id: UUID
    brand_id: UUID
    quantity: int
    level: str = CodeLevel.ITEM
    inner: bool = False
    name: str = ""
    sku_id: UUID | None = None
    gtin: str = ""
    units: int = 1


def make_batches(wanted: Sequence[BatchWanted], *, by: UUID | None, now: datetime) -> list[CodeBatch | Refused]:
    """Make batches of codes with the newest keys; the same id with the same content again gives what stands there.

    Refused: goods.code_batch_quantity, code_batch_level, code_batch_gtin, code_space_used_up; shared.not_found (the SKU),
    shared.repeat_differs.
    """
    with transaction.atomic():
        taken = lock_spaces({one.brand_id for one in wanted})
        there = CodeBatch.objects.in_bulk([one.id for one in wanted])
        skus = sku_facts({one.sku_id for one in wanted if one.sku_id})
        numbers = _numbers(taken)
        outcomes: list[CodeBatch | Refused] = []
        fresh: list[CodeBatch] = []
        for one in wanted:
            if (before := there.get(one.id)) is not None:
                outcomes.append(before if _same(before, one) else RepeatDiffers(id=one.id))
                continue
            fault = _fault(one, skus.get(one.sku_id) if one.sku_id else None, taken[one.brand_id])
            if fault is not None:
                outcomes.append(fault)
                continue
            numbers[one.brand_id] += 1
            batch = _row(one, skus, numbers[one.brand_id], taken[one.brand_id], by, now)
            taken[one.brand_id] += one.quantity
            there[one.id] = batch
            fresh.append(batch)
            outcomes.append(batch)
        CodeBatch.objects.bulk_create(fresh)
        for brand_id in sorted({batch.brand_id for batch in fresh}):
            CodeSpace.objects.filter(brand_id=brand_id).update(taken=taken[brand_id])
        record([
            AuditEntry("made", "goods.code_batch", batch.id, batch.brand_id, by, {},
                       {"number": batch.number, "level": batch.level, "quantity": batch.quantity})
            for batch in fresh
        ], at=now)  # fmt: skip
    return outcomes


def _numbers(brand_ids: Collection[UUID]) -> dict[UUID, int]:
    """Give how many batches each brand has: the next is numbered one higher."""
    return {brand_id: CodeBatch.objects.filter(brand_id=brand_id).count() for brand_id in brand_ids}


def _same(batch: CodeBatch, one: BatchWanted) -> bool:
    said = {**{name: getattr(one, name) for name in CONTENT}, "gtin": kept_gtin(one.gtin) or ""}
    return all(getattr(batch, name) == value for name, value in said.items())


def _fault(one: BatchWanted, sku: SkuFacts | None, taken: int) -> Refused | None:
    if not 1 <= one.quantity <= QUANTITY_MAX or not 1 <= one.units <= UNITS_MAX:
        return BatchQuantity(most=QUANTITY_MAX)
    if one.level not in CodeLevel.values or (one.inner and one.level != CodeLevel.ITEM):
        return BatchLevel()
    if one.gtin and kept_gtin(one.gtin) is None:
        return BatchGtin(gtin=one.gtin)
    if one.sku_id and (sku is None or sku.brand_id != one.brand_id):
        return NotFound(what="sku")
    if taken + one.quantity > NUMBERS_MAX:
        return SpaceUsedUp()
    return None


def _row(
    one: BatchWanted, skus: dict[UUID, SkuFacts], number: int, first: int, by: UUID | None, now: datetime
) -> CodeBatch:
    return CodeBatch(
        id=one.id, brand_id=one.brand_id, number=f"{now:%y%m}-{number:04}", name=one.name.strip()[:100], level=one.level,
        inner=one.inner, product_id=skus[one.sku_id].product_id if one.sku_id else None, sku_id=one.sku_id,
        gtin=kept_gtin(one.gtin) or "", units=one.units, generation=generation_now(), first_number=first,
        quantity=one.quantity, made_at=now, made_by=by,
    )  # fmt: skip
