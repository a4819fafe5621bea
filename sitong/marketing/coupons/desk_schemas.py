"""What headquarters' part of the coupons' API takes and gives, beside coupons themselves."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import AfterValidator, AwareDatetime, BaseModel, Field, StringConstraints

from sitong.marketing.coupons.definition import YEARS
from sitong.marketing.coupons.schemas import FromRow, Ids, Name, Reason, Said, Strict, Word
from sitong.member.segments.filters import Filter


def _within(instant: datetime) -> datetime:
    if instant.year not in YEARS:
        raise ValueError("a year from 2000 to 2199")
    return instant


Instant = Annotated[AwareDatetime, AfterValidator(_within)]


class CampaignIn(Strict):
    id: UUID
    name: Name
    name_en: Name = ""
    kind: Annotated[str, StringConstraints(max_length=20, pattern=r"^[^\x00]*$")] = ""
    starts_on: date
    ends_on: date


class CampaignOut(FromRow):
    id: UUID
    name: str
    name_en: str
    kind: str
    source: str
    starts_on: date
    ends_on: date


class ResultsOut(FromRow):
    """What came of a coupon, counted from its claims and redemptions."""

    issued: int
    members: int
    redeemed: int
    members_redeemed: int
    voided: int
    expired: int
    ready: int
    passed_on: int
    redemptions: int
    taken_back: int
    saved_minor: int
    orders: int
    at_counter: int
    by_way: dict[str, int]


class SegmentIn(Strict):
    """Members for whom all of it holds; what is left out means "any"."""

    tiers: list[Word] = Field([], max_length=40)
    tag_ids: Ids = []
    sources: list[Said] = Field([], max_length=200)
    store_ids: Ids = []
    joined_from: Instant | None = None
    joined_until: Instant | None = None

    segment_id: UUID | None = Field(None, description="Also members of this saved segment.")

    def read(self) -> Filter:
        """Give the filter that this says."""
        return Filter(**self.model_dump())


class ReachOut(BaseModel):
    members: int


class GivingIn(Strict):
    """A coupon for a segment. `id` is made by the caller; sending it again is safe."""

    id: UUID
    segment: SegmentIn = SegmentIn()  # type: ignore[call-arg]


class GivingOut(FromRow):
    """How far the giving has come; `refused` counts by reason."""

    id: UUID
    coupon_id: UUID
    segment: dict[str, Any]
    reach: int
    given: int
    refused: dict[str, int]
    asked_at: datetime
    finished_at: datetime | None
    stopped_at: datetime | None


class PushIn(Strict):
    store_ids: list[UUID] = Field(min_length=1, max_length=10_000)


class PushedCount(BaseModel):
    pushed: int


class ReasonIn(Strict):
    reason: Reason = ""


class VoidOut(BaseModel):
    claim_id: UUID
    state: str
