"""What the orders' API takes and gives; the hot lane and the ninja router share it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from sitong.scene.cart.schemas import PROMISE_MAX, Channel, ClaimIds, Lines, Points

AMOUNT_MAX_MINOR = 10**15

SceneCode = Annotated[str, StringConstraints(pattern=r"^[a-z0-9_]{1,20}$")]


class OrderIn(BaseModel):
    """An order to be placed. `id` is made by the caller (UUIDv7); sending it again is safe.

    With the `promise` of a quote it costs what the quote said, with its coupons and points. Without one, name the coupons or
    take the best, and say how many points to spend.
    """

    id: UUID
    store_id: UUID
    lines: Lines
    expected_total_minor: int | None = Field(default=None, ge=0, le=AMOUNT_MAX_MINOR, strict=True)
    channel: Channel = "mini_shop"
    scene: SceneCode = "store"
    coupon_claim_ids: ClaimIds = []
    best_coupons: bool = False
    points: Points = 0
    promise: str = Field(default="", max_length=PROMISE_MAX)


class PlacedOut(BaseModel):
    """A placed order. Pay until `pay_by`; then it expires."""

    id: UUID
    number: str
    store_id: UUID
    total_minor: int
    currency: str
    state: str
    placed_at: datetime
    pay_by: datetime | None


class LineOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    position: int
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
    reasons: list[dict[str, int | str]]
    returned: int = 0
    returned_minor: int = 0


class StepOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    step: str
    by: UUID | None
    at: datetime
    reason: str


class OrderOut(BaseModel):
    """An order with its lines and history. The pickup code is shown to its consumer alone."""

    id: UUID
    number: str
    store_id: UUID
    member_id: UUID | None
    channel: str
    scene: str
    source: str
    state: str
    currency: str
    goods_minor: int
    discount_minor: int
    promotion_minor: int
    coupon_minor: int
    points_minor: int
    points_spent: int
    total_minor: int
    pickup_code: str
    placed_at: datetime
    pay_by: datetime | None
    lines: list[LineOut]
    steps: list[StepOut]


class CancelIn(BaseModel):
    """`request_id` is made by the caller; sending it again gets the same answer."""

    request_id: UUID
    reason: str = Field(default="", max_length=200)


class CanceledOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    order_id: UUID
    number: str
    refunded_minor: int
    at: datetime


class HandoverIn(BaseModel):
    """Name the order by its id or by the code that the consumer shows."""

    request_id: UUID
    store_id: UUID
    order_id: UUID | None = None
    pickup_code: Annotated[str, StringConstraints(pattern=r"^([0-9]{8})?$")] = ""


class HandoverOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    order_id: UUID
    number: str
    by: UUID | None
    at: datetime


class PayOut(BaseModel):
    """How to pay: parameters for the consumer's app, and a page where the provider has one."""

    order_id: UUID
    number: str
    amount_minor: int
    currency: str
    jsapi: dict[str, str]
    cashier: str | None
