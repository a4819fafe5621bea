"""What the API says and hears of points."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from ninja import Field, Schema

from sitong.member.points.actions.giving import POINTS_MAX, REASON_MAX


class PlanTerms(Schema):
    """A plan for points: amounts in minor units, shares in basis points."""

    earn_points_per_100: int = Field(ge=0, le=1_000_000, description="Points on 100 minor units paid.")
    minor_per_point: int = Field(ge=1, le=1_000_000, description="What one point pays.")
    spend_step: int = Field(1, ge=1, le=1_000_000)
    spend_share_bp: int = Field(10_000, ge=0, le=10_000)
    pending_days: int = Field(7, ge=0, le=365)
    expiry_months: int = Field(12, ge=0, le=120, description="0: they never expire.")
    notice_days: int = Field(30, ge=1, le=365)


class PlanPublished(PlanTerms):
    version: int = Field(0, ge=0, le=1_000_000, description="The version that was read; 0: none was in force.")
    id: UUID = Field(description="The request's own: sent again, it gets the first answer.")


class PlanSeen(PlanTerms):
    version: int


class Due(Schema):
    """So many points on a day: when they become ready, or the last day on which they may be spent."""

    on: date
    points: int


class HistorySeen(Schema):
    id: UUID
    at: datetime
    kind: str
    points: int = Field(description="Signed: what came or went.")
    settled: int = Field(description="How many of them settled what was owed.")
    owed: int = Field(description="How many were short and are owed now.")
    reason: str
    document_id: UUID | None
    expires_on: date | None


class PointsOut(Schema):
    """A member's points."""

    ready: int
    pending: int
    owed: int
    worth_minor: int
    maturing: list[Due]
    expiring: list[Due]
    history: list[HistorySeen]


class LiabilitiesOut(Schema):
    members: int
    ready: int
    pending: int
    owed: int
    worth_minor: int
    for_ever: int
    expiring: list[Due]


class GiftWanted(Schema):
    """Points by hand. `id` is the request's own."""

    id: UUID
    points: int = Field(ge=1, le=POINTS_MAX)
    reason: str = Field(min_length=1, max_length=REASON_MAX)


class GiftGiven(Schema):
    id: UUID
    member_id: UUID
    points: int
    settled: int
