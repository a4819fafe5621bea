"""What others may hear of tiers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import ClassVar
from uuid import UUID

from sitong.shared.events.registry import Happening, happening


@dataclass(frozen=True, slots=True)
class TierHappening(Happening):
    """A member's level changed from one to another; levels are named by code, "" is none."""

    member_id: UUID
    before: str
    after: str


@happening
@dataclass(frozen=True, slots=True)
class TierRose(TierHappening):
    name: ClassVar[str] = "member.tier_rose"


@happening
@dataclass(frozen=True, slots=True)
class TierFell(TierHappening):
    """`because`: period (its end), return (of what had given the level), plan (a new one)."""

    name: ClassVar[str] = "member.tier_fell"
    because: str = "period"


@happening
@dataclass(frozen=True, slots=True)
class TierEnding(Happening):
    """A member will fall after this day unless so much more counts until then: told once for each period's end."""

    name: ClassVar[str] = "member.tier_ending"
    member_id: UUID
    code: str
    needed: int
    keeps_until: date
