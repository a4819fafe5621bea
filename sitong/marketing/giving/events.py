"""What others may hear of rewards."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from sitong.shared.events.registry import Happening, happening


@happening
@dataclass(frozen=True, slots=True)
class CashRewardDue(Happening):
    """A campaign owes a member money: whoever pays hears it and pays it once."""

    name: ClassVar[str] = "marketing.cash_reward_due"
    cash_due_id: UUID
    member_id: UUID
    amount_minor: int
    source: str
    store_id: UUID | None = None
