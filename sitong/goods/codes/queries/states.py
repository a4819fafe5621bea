"""How often codes were scanned, and which batches a brand has."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sitong.goods.codes.models import CodeBatch
from sitong.shared.statements import integers, run, texts, uuids

STATES = """
SELECT s.batch_id, s.serial, s.side, s.scans, s.first_scan_at, s.last_scan_at
FROM unnest(%s::uuid[], %s::bigint[], %s::text[]) AS w(batch_id, serial, side)
JOIN goods_codestate AS s ON s.batch_id = w.batch_id AND s.serial = w.serial AND s.side = w.side
"""

SideKey = tuple[UUID, int, str]


@dataclass(frozen=True, slots=True)
class ScanState:
    """How often consumers have scanned one side of a code, and when first and last."""

    scans: int
    first_scan_at: datetime | None
    last_scan_at: datetime | None


@dataclass(frozen=True, slots=True)
class BatchFacts:
    """A batch of codes as others see it."""

    id: UUID
    brand_id: UUID
    number: str
    name: str
    level: str
    inner: bool
    product_id: UUID | None
    quantity: int
    first_number: int
    generation: int


def scan_states(keys: Collection[SideKey]) -> dict[SideKey, ScanState]:
    """Give how codes stand that somebody has scanned; all others are absent. Locks nothing. One statement."""
    ordered = sorted(set(keys))
    rows = run(
        STATES,
        [uuids([key[0] for key in ordered]), integers([key[1] for key in ordered]), texts([key[2] for key in ordered])],
    )
    return {(row[0], row[1], row[2]): ScanState(row[3], row[4], row[5]) for row in rows}


def batch_facts(batch_ids: Collection[UUID]) -> dict[UUID, BatchFacts]:
    """Give batches by id; unknown ones are left out. One statement."""
    return {one.id: _facts(one) for one in CodeBatch.objects.filter(id__in=list(batch_ids))}


def batches_of(brand_id: UUID, *, level: str, limit: int = 500) -> Sequence[BatchFacts]:
    """Give a brand's batches of one level, the newest first."""
    rows = CodeBatch.objects.filter(brand_id=brand_id, level=level).order_by("-made_at", "-number")
    return [_facts(one) for one in rows[:limit]]


def _facts(row: CodeBatch) -> BatchFacts:
    return BatchFacts(
        row.id,
        row.brand_id,
        row.number,
        row.name,
        row.level,
        row.inner,
        row.product_id,
        row.quantity,
        row.first_number,
        row.generation,
    )
