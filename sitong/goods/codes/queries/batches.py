"""Batches and what became of their codes, for the desks and the API."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Count, F, QuerySet, Sum

from sitong.goods.catalog.models import Barcode, Sku
from sitong.goods.codes.models import CodeActivation, CodeBatch, CodePacking, CodeProduction, CodeState, CodeVoid
from sitong.shared.access.viewer import Viewer

RANGES = 100


@dataclass(frozen=True, slots=True)
class BatchNumbers:
    """How many codes of a batch are on goods, in use, void, and were scanned by anybody."""

    bound: int = 0
    active: int = 0
    void: int = 0
    scanned: int = 0


def batches_visible_to(viewer: Viewer, permission: str = "codes.see") -> QuerySet[CodeBatch]:
    """Give the brand's batches, to its own staff only."""
    return CodeBatch.objects.filter(brand_id__in=viewer.place_ids("brand", permission))


def numbers_of(batch_ids: Collection[UUID]) -> dict[UUID, BatchNumbers]:
    """Give what became of the codes of batches. Four statements."""
    bound, active, void = (_codes_in(table, batch_ids) for table in (CodeProduction, CodeActivation, CodeVoid))
    scanned = dict(
        CodeState.objects.filter(batch_id__in=batch_ids)
        .values_list("batch_id")
        .annotate(n=Count("serial", distinct=True))
    )
    return {
        key: BatchNumbers(bound.get(key, 0), active.get(key, 0), void.get(key, 0), scanned.get(key, 0))
        for key in batch_ids
    }


def _codes_in(
    table: type[CodeProduction] | type[CodeActivation] | type[CodeVoid], batch_ids: Collection[UUID]
) -> Mapping[UUID, int]:
    rows = table.objects.filter(batch_id__in=batch_ids).values_list("batch_id")
    return dict(rows.annotate(n=Sum(F("last") - F("first") + 1)))


@dataclass(frozen=True, slots=True)
class BatchRanges:
    """What was said of ranges of a batch, the last hundred of each kind by serial."""

    productions: list[CodeProduction]
    activations: list[CodeActivation]
    voids: list[CodeVoid]
    packings: list[tuple[CodePacking, str]]


def ranges_of(batch_id: UUID) -> BatchRanges:
    """Give the ranges of a batch, with the numbers of the batches in which its codes are packed. Five statements."""
    packings = list(CodePacking.objects.filter(batch_id=batch_id, unpacked_at=None).order_by("first")[:RANGES])
    numbers = dict(
        CodeBatch.objects.filter(id__in={row.parent_batch_id for row in packings}).values_list("id", "number")
    )
    return BatchRanges(
        list(CodeProduction.objects.filter(batch_id=batch_id).order_by("first")[:RANGES]),
        list(CodeActivation.objects.filter(batch_id=batch_id).order_by("first")[:RANGES]),
        list(CodeVoid.objects.filter(batch_id=batch_id).order_by("first")[:RANGES]),
        [(row, numbers.get(row.parent_batch_id, "")) for row in packings],
    )


def sku_by_code(brand_id: UUID, code: str) -> UUID | None:
    """Give the SKU of a brand that has this code."""
    return Sku.objects.filter(brand_id=brand_id, code=code).values_list("id", flat=True).first()


def gtin_of(sku_id: UUID) -> str:
    """Give a GTIN of a SKU that stands for one unit of it; '' when there is none."""
    return Barcode.objects.filter(sku_id=sku_id, units=1).order_by("gtin").values_list("gtin", flat=True).first() or ""
