"""What the API says and hears of tiers."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal
from uuid import UUID

from ninja import Field, Schema


class LevelTerms(Schema):
    """One level and its benefits; thresholds in minor units or points, shares in basis points."""

    code: str = Field(min_length=1, max_length=20, pattern=r"^[A-Za-z0-9_-]+$")
    name: str = Field(min_length=1, max_length=40)
    name_en: str = Field("", max_length=40)
    threshold: int = Field(ge=0, le=10**15)
    discount_bp: int = Field(0, ge=0, le=10_000)
    points_factor_bp: int = Field(10_000, ge=0, le=100_000)
    birthday_points: int = Field(0, ge=0, le=10_000_000)
    free_delivery: bool = False
    early_hours: int = Field(0, ge=0, le=720)


class PlanTerms(Schema):
    """A plan of tiers; its levels from the lowest up."""

    measure: Literal["points", "spending"]
    window: Literal["rolling", "calendar"] = "rolling"
    window_months: int = Field(6, ge=1, le=36)
    period: Literal["month", "quarter", "half_year", "year"] = "month"
    notice_days: int = Field(14, ge=1, le=365)
    levels: list[LevelTerms] = Field(min_length=1, max_length=20)


class PlanPublished(PlanTerms):
    version: int = Field(0, ge=0, le=1_000_000, description="The version that was read; 0: none was in force.")
    id: UUID = Field(description="The request's own: sent again, it gets the first answer.")


class TierPlanSeen(PlanTerms):
    version: int


class LevelCount(Schema):
    """How many members stand at a level; code "" is no tier."""

    code: str
    members: int


class NextStepSeen(Schema):
    """So much more until `up_by` for `up_code`; so much more until `keeps_until` to stay. Codes "" where there is none."""

    up_code: str
    up_needed: int
    up_by: date | None
    keep_needed: int
    keeps_until: date


class StandingOut(Schema):
    code: str
    name: str
    name_en: str
    level: int
    value: int = Field(description="What counts now, in minor units or points.")
    measure: str
    since: date | None
    sure_until: date | None = Field(description="Null: for ever.")
    discount_bp: int
    points_factor_bp: int
    birthday_points: int
    free_delivery: bool
    early_hours: int
    next: NextStepSeen


class ChangingOut(Schema):
    """A member about to change its level, and what it lacks to rise or to stay."""

    member_id: UUID
    level: int
    value: int
    needed: int


class ChangesOut(Schema):
    until: date
    falling: list[ChangingOut]
    rising: list[ChangingOut]


class BirthdayWanted(Schema):
    month: int = Field(ge=1, le=12)
    day: int = Field(ge=1, le=31)


class TierMoves(Schema):
    """So many members went from one level to another; "" is none."""

    before: str
    after: str
    members: int


class RetieringOut(Schema):
    """One time that everybody was settled: because of a new `plan`, or a `period` that is over. `ended_at` null: under way."""

    id: UUID
    version: int
    because: str
    on: date
    asked_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    found: int
    written: int
    rose: int
    fell: int
    moves: list[TierMoves]
    finding_ms: int
