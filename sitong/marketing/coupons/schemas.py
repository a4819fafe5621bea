"""What the coupons' API takes and gives; the hot lanes and the ninja router share it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

from sitong.marketing.coupons.definition import AMOUNT_MAX_MINOR, COUNT_MAX, DAYS_MAX
from sitong.marketing.coupons.rules import Terms

Name = Annotated[str, StringConstraints(max_length=100, pattern=r"^[^\x00]*$")]
Word = Annotated[str, StringConstraints(pattern=r"^[a-z0-9_-]{1,40}$")]
Said = Annotated[str, StringConstraints(max_length=40, pattern=r"^[^\x00]*$")]
Reason = Annotated[str, StringConstraints(max_length=80, pattern=r"^[^\x00]*$")]
Number = Annotated[str, StringConstraints(pattern=r"^([A-Za-z0-9-]{3,20})?$")]
Code = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9 -]{1,40}$")]
Amount = Annotated[int, Field(ge=0, le=AMOUNT_MAX_MINOR, strict=True)]
Count = Annotated[int, Field(ge=1, le=COUNT_MAX, strict=True)]
Ids = Annotated[list[UUID], Field(max_length=2_000)]
Kind = Literal["cash", "percent", "exchange"]
Way = Literal["claim", "buy", "join", "segment", "clerk", "campaign"]


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class FromRow(BaseModel):
    model_config = ConfigDict(from_attributes=True)


class TermsIn(Strict):
    """Conditions; what is left out or empty means "any". Hours are [from, until) of the store's clock, weekdays 0 (Monday) to 6."""

    category_ids: Ids = []
    product_ids: Ids = []
    sku_ids: Ids = []
    store_ids: Ids = []
    store_kinds: list[Literal["direct", "franchise", "special", "authorized"]] = Field([], max_length=4)
    tiers: list[Word] = Field([], max_length=40)
    channels: list[Word] = Field([], max_length=40)
    weekdays: list[Annotated[int, Field(ge=0, le=6)]] = Field([], max_length=7)
    hour_from: int = Field(0, ge=0, le=23)
    hour_until: int = Field(24, ge=1, le=24)
    first_order: bool = False

    def read(self) -> Terms:
        """Give the conditions as rules know them."""
        said = self.model_dump()
        return Terms(**{key: frozenset(value) if isinstance(value, list) else value for key, value in said.items()})  # type: ignore[arg-type]


class CouponFields(Strict):
    """What a coupon may be given as."""

    name_en: Name = ""
    number: Number = ""
    campaign_id: UUID | None = None
    value_minor: Amount = 0
    percent_bp: int = Field(0, ge=0, le=10_000, strict=True)
    cap_minor: Amount | None = None
    quantity_max: Count = 1
    threshold_minor: Amount = 0
    price_minor: Amount = 0
    terms: TermsIn = TermsIn()  # type: ignore[call-arg]
    goods: list[UUID] | None = Field(None, max_length=100_000, description="Products, when they are many.")
    stores_choose: bool = False
    stacking: Literal["exclusive", "group", "free"] = "group"
    stack_group: Annotated[str, StringConstraints(max_length=20, pattern=r"^[^\x00]*$")] = ""
    ways: list[Way] = Field(["claim"], max_length=5)
    transferable: bool = False
    at_counter: bool | None = None
    claim_from: AwareDatetime | None = None
    claim_until: AwareDatetime | None = None
    valid_from: AwareDatetime | None = None
    valid_until: AwareDatetime | None = None
    valid_days: Annotated[int, Field(ge=1, le=DAYS_MAX, strict=True)] | None = None
    quota_total: Count | None = None
    quota_daily: Count | None = None
    per_member: Count = 1
    clerk_daily: Count | None = None

    def said(self) -> dict[str, Any]:
        """Give the fields that the caller named, as the actions take them."""
        values = {name: getattr(self, name) for name in self.model_fields_set if name != "id"}
        if "terms" in values:
            values["terms"] = self.terms.read()
        if "goods" in values and self.goods is not None:
            values["goods"] = tuple(sorted(set(self.goods)))
        if "ways" in values:
            values["ways"] = tuple(dict.fromkeys(self.ways))
        return values


class CouponIn(CouponFields):
    """A coupon to be defined as a draft. `id` is made by the caller (UUIDv7); sending it again is safe."""

    id: UUID
    name: Name
    kind: Kind


class CouponPatch(CouponFields):
    """What of a coupon is to change; what is left out stays."""

    name: Name = ""
    kind: Kind = "cash"


class CouponOut(FromRow):
    """A coupon with its counts."""

    id: UUID
    number: str
    name: str
    name_en: str
    kind: str
    campaign_id: UUID | None
    value_minor: int
    percent_bp: int
    cap_minor: int | None
    quantity_max: int
    threshold_minor: int
    price_minor: int
    terms: dict[str, Any]
    goods_listed: bool
    stores_choose: bool
    stacking: str
    stack_group: str
    ways: list[str]
    transferable: bool
    at_counter: bool
    claim_from: datetime | None
    claim_until: datetime | None
    valid_from: datetime | None
    valid_until: datetime | None
    valid_days: int | None
    quota_total: int | None
    quota_daily: int | None
    per_member: int
    clerk_daily: int | None
    published_at: datetime | None
    paused_at: datetime | None
    ended_at: datetime | None
    voided_at: datetime | None
    state: str
    given: int
    redeemed: int
    voided: int
    saved_minor: int


class OpenOut(BaseModel):
    """A coupon that can be had now. `left` null: no quota."""

    id: UUID
    number: str
    name: str
    name_en: str
    kind: str
    value_minor: int
    percent_bp: int
    cap_minor: int | None
    quantity_max: int
    threshold_minor: int
    price_minor: int
    terms: dict[str, Any]
    claim_until: datetime | None
    valid_until: datetime | None
    valid_days: int | None
    per_member: int
    left: int | None
    had: int


class ClaimIn(Strict):
    """A coupon that a consumer claims. `id` is made by the caller; sending it again is safe."""

    id: UUID
    coupon_id: UUID
    store_id: UUID | None = None
    source: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.-]{0,40}$")] = ""


class ClaimOut(BaseModel):
    """A coupon in a member's hands; `code` is what it shows at the counter."""

    id: UUID
    coupon_id: UUID
    code: str
    way: str
    claimed_at: datetime
    valid_from: datetime
    valid_until: datetime


class HeldOut(ClaimOut):
    state: str
    name: str
    name_en: str
    kind: str
    value_minor: int
    percent_bp: int
    threshold_minor: int
    transferable: bool
    redeemed_at: datetime | None


class GiftIn(Strict):
    """A coupon that a clerk gives: to a member who shows its code, or (`member_id`) to one whom the clerk may see."""

    id: UUID
    coupon_id: UUID
    store_id: UUID
    member_id: UUID | None = None
    member_code: Annotated[str, StringConstraints(pattern=r"^[0-9 ]{0,40}$")] = ""


class GiftOut(BaseModel):
    id: UUID
    coupon_id: UUID
    member_id: UUID
    valid_from: datetime
    valid_until: datetime


class RedeemIn(Strict):
    """A coupon that the clerk scans. `id` is the client's nonce: the same again is the same answer."""

    id: UUID
    store_id: UUID
    code: Code


class CounterIn(Strict):
    """A coupon of one's own, redeemed by scanning the code that the counter shows."""

    id: UUID
    store_id: UUID
    claim_id: UUID
    counter_code: Code


class RedeemedOut(BaseModel):
    id: UUID
    claim_id: UUID
    coupon_id: UUID
    store_id: UUID
    name: str
    name_en: str
    at: datetime


class CounterOut(BaseModel):
    """What the counter shows; scan it within three minutes. The next one shows at `next_at`."""

    store_id: UUID
    code: str
    next_at: datetime


class SeenOut(BaseModel):
    """What is behind a code that a consumer shows, and why it cannot be redeemed here now ('' when it can)."""

    claim_id: UUID
    coupon_id: UUID
    name: str
    name_en: str
    kind: str
    state: str
    valid_from: datetime
    valid_until: datetime
    refusal: str
    message: str


class StoreRedemptionOut(BaseModel):
    coupon_id: UUID
    name: str
    name_en: str
    at: datetime
    by: UUID | None
    order_id: UUID | None


class PushedOut(BaseModel):
    coupon_id: UUID
    name: str
    name_en: str
    kind: str
    valid_until: datetime | None
    pushed_at: datetime
    chosen_at: datetime | None


class StackingStepOut(FromRow):
    what: str
    at: datetime
    by: UUID | None
    store_id: UUID | None
    order_id: UUID | None
    saved_minor: int
    reason: str


class PassIn(Strict):
    """`id` is made by the caller and cannot be guessed: the link to the friend names it."""

    id: UUID


class PassOut(FromRow):
    id: UUID
    claim_id: UUID
    offered_at: datetime
    taken_at: datetime | None
    recalled_at: datetime | None
