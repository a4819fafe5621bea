"""What others may hear of tills."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from sitong.shared.events.registry import Happening, happening


@happening
@dataclass(frozen=True, slots=True)
class SaleMade(Happening):
    """A register sold an order: paid and handed over. The order's own events are announced too."""

    name: ClassVar[str] = "scene.sale_made"
    order_id: UUID
    store_id: UUID
    register_id: UUID
    shift_id: UUID
    number: int
    total_minor: int
    cash_minor: int
    wallet_minor: int
    code_minor: int


@happening
@dataclass(frozen=True, slots=True)
class ShiftClosed(Happening):
    """A drawer was counted. `difference_minor` is counted − expected."""

    name: ClassVar[str] = "scene.shift_closed"
    shift_id: UUID
    store_id: UUID
    register_id: UUID
    expected_minor: int
    difference_minor: int
