"""What the returns' API takes and gives."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from sitong.scene.orders.schemas import OrderIn

QUANTITY_MAX = 10**9
LINES_MAX = 200

ReasonCode = Literal["unwanted", "wrong", "defect", "damaged", "late", "expired", "other"]
Receipt = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]


class ReturnLineIn(BaseModel):
    """So many base units (pieces, grams of weighed goods) of one line of the order, by its position."""

    position: int = Field(ge=1, le=32_767, strict=True)
    quantity: int = Field(ge=1, le=QUANTITY_MAX, strict=True)
    condition: Literal["resellable", "damaged"] = "resellable"


class ReturnPreviewIn(BaseModel):
    """Goods of an order, named by its receipt: the exact number, or what stands in its QR code."""

    store_id: UUID
    receipt: Receipt
    lines: Annotated[list[ReturnLineIn], Field(min_length=1, max_length=LINES_MAX)]


class ReturnIn(ReturnPreviewIn):
    """Goods that come back. `id` is made by the caller (UUIDv7); sending it again is safe.

    `late_reason` takes them back after the window, for those who may change orders. `location_id`: where they lie now (a
    warehouse of the brand), the store's own place when absent. `shift_id`: the till's open shift out of whose drawer cash
    goes; absent, the caller's own, or the store's only one.
    """

    id: UUID
    reason: ReasonCode = "other"
    note: str = Field(default="", max_length=200)
    late_reason: str = Field(default="", max_length=200)
    location_id: UUID | None = None
    shift_id: UUID | None = None


class TenderIn(BaseModel):
    """Money on top: cash (`given_minor` with the change) or the member's wallet."""

    kind: Literal["cash", "wallet"]
    amount_minor: int = Field(ge=1, le=10**15, strict=True)
    given_minor: int | None = Field(default=None, ge=1, le=10**15, strict=True)


class ExchangeIn(BaseModel):
    """A return and a sale in one: what comes back pays first. The order is of the same store; `member_id` buys, if any."""

    returned: ReturnIn
    order: OrderIn
    member_id: UUID | None = None
    tenders: Annotated[list[TenderIn], Field(max_length=4)] = []
    hand_over: bool = True


class WayOut(BaseModel):
    """So much goes back by one kind of payment."""

    kind: str
    amount_minor: int


class ReturnableLineOut(BaseModel):
    """A line of an order with what was bought, what came back, and what is left."""

    model_config = ConfigDict(from_attributes=True)

    position: int
    sku_id: UUID
    name: str
    weighed: bool
    quantity: int
    total_minor: int
    returned: int
    returned_minor: int
    left: int


class ReturnableOut(BaseModel):
    """An order whose receipt was shown. `until`: the last day of the window, `late`: it is over."""

    order_id: UUID
    number: str
    store_id: UUID
    state: str
    currency: str
    placed_on: date
    until: date | None
    late: bool
    lines: list[ReturnableLineOut]


class PreviewOut(BaseModel):
    """What the return would bring back. Nothing is kept of it."""

    refund_minor: int
    ways: list[WayOut]
    points: int
    points_taken: int
    coupons: int
    late: bool
    whole: bool


class ReturnLineOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    position: int
    condition: str
    sku_id: UUID
    quantity: int
    refund_minor: int
    points: int


class RefundOut(BaseModel):
    """Money on its way, or back: `state` asked, done or failed."""

    model_config = ConfigDict(from_attributes=True)

    kind: str
    amount_minor: int
    state: str


class ReturnOut(BaseModel):
    """A return. `cash_minor` came out of the drawer, `exchange_minor` pays another order, `refunds` are the rest."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    number: str
    order_id: UUID
    store_id: UUID
    sold_store_id: UUID
    entity_id: UUID | None
    sold_entity_id: UUID | None
    way: str
    reason: str
    note: str
    late_reason: str
    currency: str
    refund_minor: int
    cash_minor: int
    exchange_minor: int
    exchange_order_id: UUID | None
    points: int
    coupons: int
    hand_out_minor: int
    by: UUID | None
    at: datetime
    returned_on: date
    lines: list[ReturnLineOut]
    refunds: list[RefundOut]


class ExchangeOut(BaseModel):
    """An exchange: the return, the order, and what is still to be paid of it."""

    returned: ReturnOut
    order_id: UUID
    order_number: str
    total_minor: int
    paid_minor: int
    due_minor: int
    handed_over: bool


class WindowIn(BaseModel):
    window_days: int = Field(ge=1, le=3650, strict=True)


class WindowOut(BaseModel):
    """For how many days after handing over the brand takes goods back."""

    window_days: int


class WishLineIn(BaseModel):
    position: int = Field(ge=1, le=32_767, strict=True)
    quantity: int = Field(ge=1, le=QUANTITY_MAX, strict=True)


class WishIn(BaseModel):
    """A member wishes to send goods of its own order back by post. `id` is made by the caller; sending it again is safe."""

    id: UUID
    order_id: UUID
    lines: Annotated[list[WishLineIn], Field(min_length=1, max_length=LINES_MAX)]
    reason: ReasonCode = "other"
    note: str = Field(default="", max_length=200)


class WishNoteIn(BaseModel):
    note: str = Field(default="", max_length=200)


class WishSentIn(BaseModel):
    """With whom and under which number the goods travel."""

    carrier: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=40)]
    waybill: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=40)]


class WishReceivedIn(BaseModel):
    """What came, as it was counted."""

    lines: Annotated[list[ReturnLineIn], Field(min_length=1, max_length=LINES_MAX)]
    note: str = Field(default="", max_length=200)


class WishStepOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    step: str
    by: UUID | None
    at: datetime
    note: str


class WishOut(BaseModel):
    """A request to return by post with its steps. Received, its return has the same id."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    order_id: UUID
    store_id: UUID
    state: str
    reason: str
    note: str
    lines: list[tuple[int, int]]
    carrier: str
    waybill: str
    asked_at: datetime
    steps: list[WishStepOut]
