"""What the cart's API takes and gives."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, BaseModel, Field

from sitong.scene.cart.rules import LINES_MAX

QUANTITY_MAX = 1_000_000
COUPONS_MAX = 20
POINTS_MAX = 10**12
PROMISE_MAX = 4_000

Channel = Literal["mini_shop", "livestream", "group", "guide"]


class CartLineIn(BaseModel):
    """So many base units (pieces; grams when weighed) of a SKU."""

    sku_id: UUID
    quantity: int = Field(ge=1, le=QUANTITY_MAX, strict=True)


def _each_once(lines: list[CartLineIn]) -> list[CartLineIn]:
    if len({line.sku_id for line in lines}) != len(lines):
        raise ValueError("each SKU stands in one line")
    return lines


Lines = Annotated[list[CartLineIn], Field(min_length=1, max_length=LINES_MAX), AfterValidator(_each_once)]


ClaimIds = Annotated[list[UUID], Field(max_length=COUPONS_MAX)]
Points = Annotated[int, Field(ge=0, le=POINTS_MAX, strict=True)]


class QuoteIn(BaseModel):
    """What lines would cost the caller. Consumers may name their coupons, or ask for the best, and points: how many, or "max"."""

    store_id: UUID
    lines: Lines
    channel: Channel = "mini_shop"
    coupon_claim_ids: ClaimIds = []
    best_coupons: bool = False
    points: Points | Literal["max"] = 0


class ReasonOut(BaseModel):
    """Why: a code with its integers, and the sentence in the caller's language."""

    code: str
    facts: dict[str, int | str]
    sentence: str


class QuoteLineOut(BaseModel):
    sku_id: UUID
    name: str
    weighed: bool
    quantity: int
    unit_minor: int
    goods_minor: int
    discount_minor: int
    promotion_minor: int
    coupon_minor: int
    points_minor: int
    total_minor: int
    reasons: list[ReasonOut]


class RefusedLineOut(BaseModel):
    """A line that cannot be sold here now, and why; it is in no total."""

    sku_id: UUID
    code: str
    message: str


class QuotedCouponOut(BaseModel):
    """One of the caller's coupons: used and what it saves, or why not (`reason` null: it is used)."""

    claim_id: UUID
    coupon_id: UUID | None
    name: str
    name_en: str
    valid_until: datetime | None
    saved_minor: int
    reason: ReasonOut | None


class PromotionQuotedOut(BaseModel):
    """A promotion of the store: used and what it saves, or why not and what is missing (`reason` null: it is used)."""

    promotion_id: UUID
    kind: str
    name: str
    name_en: str
    ends_at: datetime
    saved_minor: int
    reason: ReasonOut | None


class TierOut(BaseModel):
    """The caller's tier, by which lines may cost less."""

    code: str
    name: str
    name_en: str
    discount_bp: int


class QuoteOut(BaseModel):
    """What the lines cost now, line by line. Placed with its `promise`, an order costs this until `promised_until`.

    `discount_minor` contains what promotions and coupons give and points pay. `points` of `points_ready` are spent; at most `points_most` may be.
    """

    store_id: UUID
    currency: str
    goods_minor: int
    discount_minor: int
    promotion_minor: int
    coupon_minor: int
    points_minor: int
    total_minor: int
    lines: list[QuoteLineOut]
    refused: list[RefusedLineOut]
    promotions: list[PromotionQuotedOut]
    coupons: list[QuotedCouponOut]
    tier: TierOut | None
    points: int
    points_most: int
    points_ready: int
    promise: str
    promised_until: datetime | None


class PutIn(BaseModel):
    """How many of it the cart shall hold; 0 takes it out."""

    quantity: int = Field(ge=0, le=QUANTITY_MAX, strict=True)


class KeptOut(BaseModel):
    sku_id: UUID
    quantity: int
