"""What others may hear of points."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import ClassVar
from uuid import UUID

from sitong.shared.events.registry import Happening, happening


@happening
@dataclass(frozen=True, slots=True)
class PointsExpiring(Happening):
    """So many of a member's points expire after this day: told once for each month's end, the plan's days before."""

    name: ClassVar[str] = "member.points_expiring"
    member_id: UUID
    points: int
    expires_on: date


@happening
@dataclass(frozen=True, slots=True)
class PointsExpired(Happening):
    """So many of a member's points were not spent in time."""

    name: ClassVar[str] = "member.points_expired"
    member_id: UUID
    points: int
    expires_on: date
