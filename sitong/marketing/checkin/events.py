"""What check-in tells others."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import ClassVar
from uuid import UUID

from sitong.shared.events.registry import Happening, happening


@happening
@dataclass(frozen=True, slots=True)
class MemberCheckedIn(Happening):
    """A member's day in a store was counted. Nothing about where exactly it was."""

    name: ClassVar[str] = "marketing.member_checked_in"
    check_in_id: UUID
    member_id: UUID
    store_id: UUID
    on: date
    way: str
    streak: int
    total: int
