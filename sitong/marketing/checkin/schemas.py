"""What check-in says and hears over HTTP."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from ninja import Field, Schema


class CheckInChallengeOut(Schema):
    """What a page needs to check in once, within five minutes."""

    challenge: str
    id: UUID = Field(description="The id that the check-in will have.")
    store_id: UUID
    ends_at: datetime


class CheckInIn(Schema):
    """Prove by position (degrees and accuracy) or by the code that the counter shows. Positions are looked at, never kept."""

    challenge: str = Field(min_length=1, max_length=80)
    store_id: UUID
    latitude: float | None = Field(None, ge=-90, le=90)
    longitude: float | None = Field(None, ge=-180, le=180)
    accuracy_m: float = Field(0, ge=0, le=100_000)
    datum: Literal["wgs84", "gcj02"] = Field(
        "wgs84", description="What the position is in: gcj02 from WeChat's and Chinese maps' own."
    )
    counter_code: str = Field("", max_length=40)
    device: str = Field("", max_length=80, description="An id that the app made for this device; kept as a keyed hash.")


class CheckedInOut(Schema):
    """A check-in: counted, waiting for a look, or refused after one. `streak` and `total` as they were told then."""

    id: UUID
    store_id: UUID
    on: date
    at: datetime
    way: str
    state: str
    streak: int
    total: int


class CheckInStandingOut(Schema):
    """How a member stands in a store now, and what comes next."""

    on: date
    today: str = Field(description="'' not yet, counted, waiting or refused.")
    streak: int
    total: int
    last_on: date | None
    next_in_days: int | None
    next_reward: dict[str, Any] | None


class CheckInStepIn(Schema):
    """A reward for each day, for so many days in a row, or in all; `again`: each time that so many more are reached."""

    on: Literal["day", "streak", "total"]
    count: int = Field(1, ge=1, le=366)
    again: bool = True
    reward: dict[str, Any] = Field(description="kind (points, coupon, gift, cash, chance), amount, ref_id.")


class CheckInPlanIn(Schema):
    """A plan as a draft."""

    id: UUID
    name: str = Field(min_length=1, max_length=60)
    name_en: str = Field("", max_length=60)
    per: Literal["brand", "store"] = "brand"
    steps: list[CheckInStepIn] = Field(min_length=1, max_length=12)
    by_position: bool = True
    by_code: bool = True
    accuracy_m_max: int = Field(100, ge=5, le=1000)
    device_members_max: int = Field(2, ge=1, le=20)
    crowd_members: int = Field(10, ge=2, le=1_000_000)
    crowd_s: int = Field(10, ge=1, le=600)
    starts_on: date
    ends_on: date | None = None


class CheckInPlanOut(Schema):
    """A plan as it stands."""

    id: UUID
    store_id: UUID | None
    name: str
    name_en: str
    per: str
    steps: list[dict[str, Any]]
    by_position: bool
    by_code: bool
    starts_on: date
    ends_on: date | None
    published_at: datetime | None
    ended_at: datetime | None


class CheckInWaitingOut(Schema):
    """A check-in that waits for a look."""

    id: UUID
    member_id: UUID
    store_id: UUID
    on: date
    at: datetime
    way: str
    doubts: str


class CheckInSettledIn(Schema):
    """Check-ins that somebody has looked at."""

    ids: list[UUID] = Field(max_length=500)


class CheckInSettledOut(Schema):
    """How many of them waited, and were settled now."""

    settled: int
