"""What the till's API takes and gives."""

from __future__ import annotations

from datetime import date, datetime
from enum import IntEnum
from typing import Annotated, Any, Literal
from uuid import UUID

from ninja import Query
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from sitong.scene.cart.schemas import Lines, ReasonOut

AMOUNT_MAX = 10**12
LABEL_MAX_G = 200_000
PARKED_BYTES_MAX = 20_000


class Paper(IntEnum):
    """Widths of receipt paper in millimeters."""

    NARROW = 58
    WIDE = 80


Width = Annotated[Paper | None, Query()]
Amount = Annotated[int, Field(ge=0, le=AMOUNT_MAX, strict=True)]
Count = Annotated[
    dict[Annotated[str, StringConstraints(pattern=r"^[0-9]{1,6}$")], Annotated[int, Field(ge=0, le=100_000)]],
    Field(max_length=12),
]
Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=40)]
Address = Annotated[str, StringConstraints(strip_whitespace=True, max_length=100)]


class Given(BaseModel):
    model_config = ConfigDict(from_attributes=True)


class RegisterIn(BaseModel):
    """A register to be set up, or changed: the same id."""

    id: UUID
    store_id: UUID
    name: Name
    paper_mm: Literal[58, 80] = 80
    drawer: bool = True
    printer_address: Address = ""
    scale_address: Address = ""


class RegisterOut(Given):
    id: UUID
    store_id: UUID
    name: str
    paper_mm: int
    drawer: bool
    printer_address: str
    scale_address: str
    last_receipt: int


class ShiftIn(BaseModel):
    """A shift to be opened with a counted float: pieces by denomination in minor units, {"10000": 2} is 200 yuan."""

    id: UUID
    register_id: UUID
    count: Count = {}


class ClosingIn(BaseModel):
    """The counted drawer at the end. `request_id` is the caller's; sent again it gets the same answer."""

    request_id: UUID
    count: Count
    note: str = Field(default="", max_length=200)


class CashMoveIn(BaseModel):
    """Cash put in (positive) or taken out (negative)."""

    id: UUID
    amount_minor: int = Field(ge=-AMOUNT_MAX, le=AMOUNT_MAX, strict=True)
    reason: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]


class CashMoveOut(Given):
    id: UUID
    shift_id: UUID
    amount_minor: int
    reason: str
    by: UUID | None
    at: datetime


class ShiftOut(Given):
    """A shift. Expected and counted cash stand in it once it is closed."""

    id: UUID
    store_id: UUID
    register_id: UUID
    number: int
    float_minor: int
    opened_by: UUID | None
    opened_at: datetime
    closed_by: UUID | None
    closed_at: datetime | None
    counted_minor: int | None
    expected_minor: int | None
    note: str


class ReportOut(BaseModel):
    """What a shift did: at any moment (X), and when it is closed (Z)."""

    shift: ShiftOut
    register_name: str
    sales: int
    total_minor: int
    cash_minor: int
    wallet_minor: int
    code_minor: int
    given_up: int
    paying: int
    float_minor: int
    topups_minor: int
    refunds: int
    refunds_minor: int
    moved_in_minor: int
    moved_out_minor: int
    expected_minor: int
    difference_minor: int | None
    first_number: int | None
    last_number: int | None
    moves: list[CashMoveOut]


class GoodsOut(BaseModel):
    """What a scan or a search found. `quantity` is what one scan stands for: pieces, or grams of a scale's label."""

    sku_id: UUID
    code: str
    name: str
    weighed: bool
    price_minor: int | None
    free: int
    quantity: int = 1
    label_minor: int | None = None


class TillTierOut(Given):
    code: str
    name: str
    name_en: str
    discount_bp: int


class MemberOut(BaseModel):
    """A member at the counter: masked, with tier, points and wallet."""

    id: UUID
    number: str
    name: str
    phone: str
    tier: TillTierOut | None
    points_ready: int
    points_pending: int
    wallet_minor: int
    wallet_gift_minor: int


class TillQuoteIn(BaseModel):
    """Lines to be priced. `coupons` null: the best combination; else exactly these claims. `points` null: as many as may be."""

    store_id: UUID
    lines: Lines
    member_id: UUID | None = None
    coupons: Annotated[list[UUID], Field(max_length=50)] | None = None
    points: int | None = Field(default=0, ge=0, le=10**9, strict=True)


class TillQuoteLineOut(BaseModel):
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
    free: int
    reasons: list[ReasonOut]


class TillCouponOut(BaseModel):
    """One of the member's coupons: what it saves here, or why it is not used."""

    claim_id: UUID
    name: str
    name_en: str
    valid_until: datetime | None
    saved_minor: int
    used: bool
    reason: str
    sentence: str


class TillPromotionOut(BaseModel):
    """A promotion of the store: what it saves here, or what is missing for it."""

    promotion_id: UUID
    kind: str
    name: str
    name_en: str
    saved_minor: int
    used: bool
    reason: str
    sentence: str


class TillRefusedLineOut(BaseModel):
    sku_id: UUID
    code: str
    message: str


class TillQuoteOut(BaseModel):
    """What the lines cost now, why, and for how long that is promised (`promise`, to be sent with the sale)."""

    lines: list[TillQuoteLineOut]
    refused: list[TillRefusedLineOut]
    goods_minor: int
    discount_minor: int
    promotion_minor: int
    coupon_minor: int
    points: int
    points_minor: int
    points_most: int
    points_ready: int
    total_minor: int
    currency: str
    promotions: list[TillPromotionOut]
    coupons: list[TillCouponOut]
    promise: str
    quick_minor: list[int]


class TillTenderIn(BaseModel):
    """A part of what is paid. For cash `given_minor` is what was handed over; `code` is taken afterwards by …/pay."""

    kind: Literal["cash", "wallet", "code"]
    amount_minor: int = Field(ge=1, le=AMOUNT_MAX, strict=True)
    given_minor: int | None = Field(default=None, ge=1, le=AMOUNT_MAX, strict=True)


class SaleIn(BaseModel):
    """A sale. `id` is made by the till (UUIDv7); sending it again is safe. The tenders add up to `expected_total_minor`."""

    id: UUID
    store_id: UUID
    register_id: UUID
    lines: Lines
    expected_total_minor: Amount
    tenders: Annotated[list[TillTenderIn], Field(max_length=3)]
    member_id: UUID | None = None
    coupon_claim_ids: Annotated[list[UUID], Field(max_length=50)] = []
    best_coupons: bool = False
    points: int = Field(default=0, ge=0, le=10**9, strict=True)
    promise: Annotated[str, StringConstraints(max_length=4000)] = ""


class SaleOut(Given):
    """A sale: `sold` with its receipt's number, `paying` until the code part is paid, or `given_up`."""

    id: UUID
    store_id: UUID
    register_id: UUID
    shift_id: UUID
    state: str
    number: int | None
    total_minor: int
    cash_minor: int
    wallet_minor: int
    code_minor: int
    given_minor: int
    change_minor: int
    currency: str
    begun_at: datetime
    sold_at: datetime | None
    by: UUID | None


class TillCodeIn(BaseModel):
    """The digits of the code that the customer's WeChat shows."""

    auth_code: Annotated[str, StringConstraints(pattern=r"^[0-9]{10,32}$")]


class ParkIn(BaseModel):
    """A basket to be put aside; `content` is the till page's own."""

    id: UUID
    register_id: UUID
    label: Annotated[str, StringConstraints(strip_whitespace=True, max_length=40)] = ""
    content: dict[str, Any]


class FetchIn(BaseModel):
    """`request_id` is made by the caller; sending it again gets the same basket."""

    request_id: UUID


class ParkedOut(Given):
    id: UUID
    store_id: UUID
    register_id: UUID
    label: str
    by: UUID | None
    parked_at: datetime
    content: dict[str, Any]


class ReceiptLineOut(Given):
    name: str
    detail: str
    goods_minor: int
    savings: list[str]


class ReceiptOut(BaseModel):
    """What stands on a receipt, in the caller's language. `copy` counts the prints before this one."""

    sale_id: UUID
    store: str
    register_name: str
    clerk: str
    number: str
    order_number: str
    sold_at: str
    currency: str
    lines: list[ReceiptLineOut]
    discounts: list[tuple[str, int]]
    goods_minor: int
    total_minor: int
    tenders: list[tuple[str, int]]
    given_minor: int
    change_minor: int
    member: str
    points_spent: int
    points_ready: int | None
    copies: int


class HourOut(BaseModel):
    hour: int
    sales: int
    total_minor: int


class DayGoodsOut(Given):
    sku_id: UUID
    name: str
    weighed: bool
    quantity: int
    total_minor: int


class TillDayOut(BaseModel):
    """A store's day at its tills."""

    store_id: UUID
    on: date
    sales: int
    total_minor: int
    discount_minor: int
    cash_minor: int
    wallet_minor: int
    code_minor: int
    members: int
    refunds: int
    refunds_minor: int
    hours: list[HourOut]
    goods: list[DayGoodsOut]
    shifts: list[ReportOut]
