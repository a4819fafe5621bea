"""Batches of codes, their texts, and scans of them."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sitong.goods.codes.actions import BatchWanted, CodeScan, RangeWanted, activate_codes, make_batches
from sitong.goods.codes.making import codes_at
from sitong.goods.codes.models import CodeBatch
from sitong.shared.ids import new_id
from tests.make.org import NOW, done


def a_batch(
    brand_id: UUID, quantity: int = 100, *, active: bool = True, now: datetime = NOW, **fields: Any
) -> CodeBatch:
    """A batch of codes that are in use."""
    batch = done(make_batches([BatchWanted(new_id(), brand_id, quantity, **fields)], by=None, now=now))
    if active:
        done(activate_codes([RangeWanted(new_id(), brand_id, batch.id, 1, quantity)], by=None, now=now))
    return batch


def code_texts(batch: CodeBatch, *serials: int, side: str = "outer") -> list[str]:
    """The texts of codes of a batch by their serials."""
    numbers = [batch.first_number + serial - 1 for serial in serials]
    return codes_at(batch.brand_id, batch.generation, side=side, numbers=numbers)


def a_code_scan(batch: CodeBatch, serial: int = 1, *, side: str = "outer", **fields: Any) -> CodeScan:
    """A scan of one code."""
    (text,) = code_texts(batch, serial, side=side)
    return CodeScan(new_id(), batch.brand_id, text, **fields)
