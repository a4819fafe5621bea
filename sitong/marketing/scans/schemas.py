"""What scans and their plans look like over HTTP."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from sitong.marketing.giving.rules import Reward, reward_written
from sitong.marketing.scans.shapes import Scan

CodeText = Annotated[str, StringConstraints(min_length=1, max_length=400)]
Cell = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{15}$")]
Count = Annotated[int, Field(ge=1, le=2_000_000_000)]
Amount = Annotated[int, Field(ge=0, le=10**12)]


class ScanIn(BaseModel):
    """A code that a consumer scans. `id` is made by the caller; sending it again is safe."""

    model_config = ConfigDict(extra="forbid")

    id: UUID
    code: CodeText = Field(description="What was scanned or typed: the code alone, or the link around it.")
    store_id: UUID | None = None
    cell: Cell | None = Field(None, description="An H3 cell of resolution 7 or coarser. A position is never sent.")


class CheckIn(BaseModel):
    """A code that anybody wants to have checked."""

    model_config = ConfigDict(extra="forbid")

    id: UUID
    brand: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,40}$")]
    code: CodeText


class RewardShape(BaseModel):
    """Points, copies of a coupon or gift, minor units of cash, or plays of a draw."""

    model_config = ConfigDict(extra="forbid")

    kind: Literal["points", "coupon", "gift", "cash", "chance"]
    amount: Count = 1
    ref_id: UUID | None = None


class CodeScanOut(BaseModel):
    """A genuine code: what it is on, how often consumers had scanned it, and what this scan has won.

    `standing`: active, idle (never put into use) or void. `drawn`: somebody has drawn with it; `mine`: the one who asks.
    `why`: the reason why nothing can be won with it now, a refusal's code. `fault`: why what was won is still to come.
    """

    id: UUID
    code: str
    standing: Literal["active", "idle", "void"]
    level: str
    product_id: UUID | None
    name: str
    name_en: str
    lot: str
    produced_on: date | None
    expires_on: date | None
    scans_before: int
    first_scan_at: datetime | None
    drawn: bool
    mine: bool
    reward: RewardShape | None
    fault: str
    why: str


class ScanPrizeShape(BaseModel):
    """One prize: its chance in parts of a million, what it costs the brand, and how many there are (none: no end)."""

    model_config = ConfigDict(extra="forbid")

    reward: RewardShape
    chance_ppm: Annotated[int, Field(ge=1, le=1_000_000)]
    cost_minor: Amount = 0
    quantity: Count | None = None


class ScanPlanIn(BaseModel):
    """A scan plan, for a batch or for a product."""

    model_config = ConfigDict(extra="forbid")

    id: UUID
    name: Annotated[str, StringConstraints(min_length=1, max_length=100)]
    name_en: Annotated[str, StringConstraints(max_length=100)] = ""
    batch_id: UUID | None = None
    product_id: UUID | None = None
    prizes: Annotated[list[ScanPrizeShape], Field(min_length=1, max_length=20)]
    budget_minor: Amount | None = None
    rewards_daily: Count | None = None
    per_member: Count | None = None
    per_member_daily: Count | None = None
    starts_at: datetime
    ends_at: datetime


class ScanPlanPatch(BaseModel):
    """What changes of a plan; what is left out stays."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[str, StringConstraints(min_length=1, max_length=100)] | None = None
    name_en: Annotated[str, StringConstraints(max_length=100)] | None = None
    prizes: Annotated[list[ScanPrizeShape], Field(min_length=1, max_length=20)] | None = None
    budget_minor: Amount | None = None
    rewards_daily: Count | None = None
    per_member: Count | None = None
    per_member_daily: Count | None = None
    ends_at: datetime | None = None


class ScanPlanOut(BaseModel):
    """A scan plan with how far it has come. `won_each` counts the prizes in their order."""

    id: UUID
    name: str
    name_en: str
    state: str
    batch_id: UUID | None
    product_id: UUID | None
    prizes: list[ScanPrizeShape]
    budget_minor: int | None
    rewards_daily: int | None
    per_member: int | None
    per_member_daily: int | None
    starts_at: datetime
    ends_at: datetime
    drawn: int
    won: int
    spent_minor: int
    won_each: list[int]


class ScanPlanDayOut(BaseModel):
    """One day of a plan in one store (none: outside of any)."""

    on: date
    store_id: UUID | None
    drawn: int
    won: int
    cost_minor: int


class RebatePlanIn(BaseModel):
    """A rebate for each code of a level that a store or dealer scans in, of a product or (none) of any."""

    model_config = ConfigDict(extra="forbid")

    id: UUID
    name: Annotated[str, StringConstraints(min_length=1, max_length=100)]
    name_en: Annotated[str, StringConstraints(max_length=100)] = ""
    product_id: UUID | None = None
    level: Literal["item", "box", "pallet"] = "box"
    amount_minor: Count
    budget_minor: Amount | None = None
    starts_at: datetime
    ends_at: datetime


class RebatePlanOut(BaseModel):
    """A rebate with what is owed for it so far."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    name: str
    name_en: str
    product_id: UUID | None
    level: str
    amount_minor: int
    budget_minor: int | None
    spent_minor: int
    starts_at: datetime
    ends_at: datetime
    ended_at: datetime | None


def scan_shown(one: Scan) -> dict[str, Any]:
    """Give a scan as the API answers it."""
    read, product = one.read, one.product
    return {
        "id": one.id, "code": read.letters, "standing": one.standing, "level": read.level, "product_id": read.product_id,
        "name": product.name if product else "", "name_en": product.name_en if product else "", "lot": read.lot,
        "produced_on": read.produced_on, "expires_on": read.expires_on, "scans_before": one.before, "first_scan_at": one.first_scan_at,
        "drawn": one.drawn, "mine": one.mine, "reward": _reward(one.reward), "fault": one.fault, "why": one.why.code if one.why else "",
    }  # fmt: skip


def _reward(reward: Reward | None) -> dict[str, Any] | None:
    return None if reward is None else {"ref_id": None, **reward_written(reward)}
