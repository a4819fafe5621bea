"""Batches and what became of their codes, for the desks and the API."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Count, F, QuerySet, Sum

from sitong.goods.codes.models import CodeActivation, CodeBatch, CodeProduction, CodeState, CodeVoid
from sitong.shared.access.viewer import Viewer


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
