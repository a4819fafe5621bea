"""What others may hear of scans that earn something."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from sitong.shared.events.registry import Happening, happening


@happening
@dataclass(frozen=True, slots=True)
class CodeDrawn(Happening):
    """A member has drawn with a code, once and for all. `prize`: its place in the plan, None when nothing was won."""

    name: ClassVar[str] = "marketing.code_drawn"
    scan_id: UUID
    plan_id: UUID
    batch_id: UUID
    serial: int
    member_id: UUID
    prize: int | None
    cost_minor: int = 0
    product_id: UUID | None = None
    store_id: UUID | None = None


@happening
@dataclass(frozen=True, slots=True)
class RebateEarned(Happening):
    """The brand owes a store or a dealer for a code that it has scanned in."""

    name: ClassVar[str] = "marketing.rebate_earned"
    rebate_id: UUID
    plan_id: UUID
    batch_id: UUID
    serial: int
    holder_kind: str
    holder_id: UUID
    amount_minor: int
