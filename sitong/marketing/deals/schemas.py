"""What group deals look like over HTTP."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

Name = Annotated[str, StringConstraints(max_length=100, pattern=r"^[^\x00]*$")]
Text = Annotated[str, StringConstraints(max_length=4_000, pattern=r"^[^\x00]*$")]
Number = Annotated[str, StringConstraints(pattern=r"^([A-Za-z0-9-]{3,20})?$")]
Source = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.-]{0,40}$")]
Code = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9 -]{1,40}$")]
Cell = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{15}$")]
Count = Annotated[int, Field(ge=1, le=1_000_000, strict=True)]
Amount = Annotated[int, Field(ge=0, le=10**12, strict=True)]


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class FromRow(BaseModel):
    model_config = ConfigDict(from_attributes=True)


class DealRewardIn(Strict):
    """A reward: points, a coupon or a gift (`ref_id`), cash in minor units, plays of a draw (`ref_id`)."""

    kind: Literal["points", "coupon", "gift", "cash", "chance"]
    amount: Count = 1
    ref_id: UUID | None = None


class DealDrawIn(Strict):
    """The draw after a deal: `winners_daily` prizes on each day, the list closing at `closes_minute` of the brand's day."""

    days: Annotated[int, Field(ge=1, le=366, strict=True)]
    first_on: date
    closes_minute: Annotated[int, Field(ge=0, le=1_439, strict=True)] = 1_200
    winners_daily: Count = 1
    prize: DealRewardIn
    prize_name: Name
    prize_name_en: Name = ""
    prize_value_minor: Amount
    organizer: Name
    conditions: Text
    conditions_en: Text = ""


class DealIn(Strict):
    """A group deal. `id` is made by the caller; until it is published, sending it again changes the draft."""

    id: UUID
    name: Name
    name_en: Name = ""
    number: Number = ""
    coupon_id: UUID | None = None
    sku_id: UUID | None = None
    quantity: Count = 1
    price_minor: Amount
    worth_minor: Amount = 0
    people: Count
    group_hours: Count = 24
    starts_at: datetime
    ends_at: datetime
    area: Name = ""
    area_en: Name = ""
    cells: Annotated[list[Cell], Field(max_length=5_000)] = []
    store_ids: Annotated[list[UUID], Field(max_length=5_000)] = []
    per_member: Count = 1
    groups_max: Count | None = None
    draw: DealDrawIn | None = None


class DealOut(FromRow):
    """A group deal as consumers and staff see it."""

    id: UUID
    number: str
    name: str
    name_en: str
    kind: str
    coupon_id: UUID | None
    sku_id: UUID | None
    quantity: int
    price_minor: int
    worth_minor: int
    currency: str
    people: int
    group_hours: int
    starts_at: datetime
    ends_at: datetime
    area: str
    area_en: str
    store_ids: list[UUID]
    per_member: int
    groups_max: int | None
    published_at: datetime | None
    ended_at: datetime | None


class DealGroupOut(FromRow):
    """A group: how many are in, how many are missing is `people` − `taken`."""

    id: UUID
    deal_id: UUID
    state: str
    people: int
    taken: int
    paid: int
    opened_at: datetime
    ends_at: datetime
    ended_at: datetime | None


class DealJoinIn(Strict):
    """A place in a group. `way`: open a group, join the one named, or any (the fullest open one, else a new one)."""

    id: UUID
    deal_id: UUID
    way: Literal["open", "join", "any"] = "any"
    group_id: UUID | None = None
    store_id: UUID | None = None
    source: Source = ""


class DealPlaceOut(FromRow):
    """A place: held (to be paid by `pay_by`), paid, given, lapsed, left, expired, unserved."""

    id: UUID
    group_id: UUID
    deal_id: UUID
    state: str
    price_minor: int
    joined_at: datetime
    pay_by: datetime


class DealTicketOut(FromRow):
    """A ticket: sealed; claimed in a store under a number; won on a day of the draw, perhaps."""

    id: UUID
    deal_id: UUID
    code: str
    drawn_at: datetime
    claim_number: int | None
    claimed_at: datetime | None
    claimed_store_id: UUID | None
    won_day: int | None


class DealTicketClaimIn(Strict):
    """A ticket claimed in a store: scanned by its staff, or by its member with the counter's code."""

    store_id: UUID
    code: Code
    counter_code: Code | None = None


class DealDayOut(FromRow):
    """One day of a draw: its commitment from the start on, winners and file once it is drawn."""

    day: int
    on: date
    closes_at: datetime
    commitment: str
    drawn_at: datetime | None
    tickets: int
    winners: list[str]


Proof = dict[str, Any]
