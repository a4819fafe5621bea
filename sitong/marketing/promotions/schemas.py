"""What the promotions' API takes and gives."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, Field, StringConstraints

from sitong.marketing.coupons.definition import AMOUNT_MAX_MINOR
from sitong.marketing.coupons.schemas import FromRow, Strict, TermsIn
from sitong.marketing.promotions.definition import FLASH_MAX, PARTS_MAX, PIECES_MAX, STEPS_MAX, STOCK_MAX
from sitong.marketing.promotions.rules import FlashPrice, Part, Rule, Step

Kind = Literal["gift", "nth", "bundle", "steps", "member_day", "flash"]
Name = Annotated[str, StringConstraints(max_length=60, pattern=r"^[^\x00]*$")]
Amount = Annotated[int, Field(ge=0, le=AMOUNT_MAX_MINOR, strict=True)]
Pieces = Annotated[int, Field(ge=0, le=PIECES_MAX, strict=True)]
Rate = Annotated[int, Field(ge=0, le=10_000, strict=True)]
Products = Annotated[list[UUID], Field(max_length=500)]


class StepIn(Strict):
    """From `reach` on (pieces, or minor units): a percentage off, or an amount off."""

    reach: Annotated[int, Field(ge=1, le=AMOUNT_MAX_MINOR, strict=True)]
    percent_bp: Rate = 0
    off_minor: Amount = 0


class PartIn(Strict):
    """So many pieces of any of these products."""

    product_ids: Products
    count: Pieces = 1


class FlashIn(Strict):
    """One SKU of a flash sale."""

    sku_id: UUID
    price_minor: Amount
    stock: Annotated[int, Field(ge=1, le=STOCK_MAX, strict=True)]
    per_member: Pieces | None = None


class RuleIn(Strict):
    """What a promotion gives. gift: count, gift_count, gift_product_ids (none: of the same goods). nth: count, percent_bp. bundle: parts,
    price_minor. steps: measure, steps, each. member_day: percent_bp. flash: flash. `times_max`: how often in an order."""

    count: Pieces = 0
    gift_count: Pieces = 0
    gift_product_ids: Products = []
    percent_bp: Rate = 0
    measure: Literal["amount", "quantity"] = "amount"
    steps: Annotated[list[StepIn], Field(max_length=STEPS_MAX)] = []
    each: bool = False
    parts: Annotated[list[PartIn], Field(max_length=PARTS_MAX)] = []
    price_minor: Amount = 0
    flash: Annotated[list[FlashIn], Field(max_length=FLASH_MAX)] = []
    times_max: Annotated[int, Field(ge=1, le=PIECES_MAX, strict=True)] = 100

    def read(self) -> Rule:
        """Give the rule as rules know it."""
        return Rule(
            self.count, self.gift_count, frozenset(self.gift_product_ids), self.percent_bp, self.measure,
            tuple(Step(one.reach, one.percent_bp, one.off_minor) for one in self.steps), self.each,
            tuple(Part(frozenset(one.product_ids), one.count) for one in self.parts), self.price_minor,
            tuple(FlashPrice(one.sku_id, one.price_minor, one.stock, one.per_member) for one in self.flash), self.times_max,
        )  # fmt: skip


class PromotionIn(Strict):
    """A promotion. `id` is made by the caller; sending it again is safe. `ends_at` is the first instant at which it is over."""

    id: UUID
    kind: Kind
    name: Name
    name_en: Name = ""
    rule: RuleIn
    terms: TermsIn = TermsIn()  # type: ignore[call-arg]
    month_days: list[Annotated[int, Field(ge=1, le=31)]] = Field([], max_length=31)
    members_only: bool = False
    stores_choose: bool = False
    stacking: Literal["exclusive", "group", "free"] = "group"
    stack_group: Annotated[str, StringConstraints(max_length=20, pattern=r"^[^\x00]*$")] = ""
    starts_at: AwareDatetime
    ends_at: AwareDatetime


class PromotionOut(FromRow):
    """A promotion as it stands; `state`: draft, coming, running, over or stopped."""

    id: UUID
    kind: str
    name: str
    name_en: str
    rule: dict[str, Any]
    terms: dict[str, Any]
    month_days: list[int]
    members_only: bool
    stores_choose: bool
    stacking: str
    stack_group: str
    starts_at: datetime
    ends_at: datetime
    published_at: datetime | None
    stopped_at: datetime | None
    state: str


class PromotionResultsOut(BaseModel):
    """What came of a promotion: orders that stand, what their lines cost, what it gave away, and how much flash sales sold."""

    orders: int
    sales_minor: int
    saved_minor: int
    undone: int
    flash: list[FlashSoldOut]


class FlashSoldOut(BaseModel):
    sku_id: UUID
    stock: int
    sold: int


class PushStoresIn(Strict):
    store_ids: list[UUID] = Field(min_length=1, max_length=10_000)


class StoresPushedOut(BaseModel):
    pushed: int


class ChosenPromotionOut(BaseModel):
    promotion_id: UUID
    store_id: UUID
    chosen: bool


class FlashLeftOut(BaseModel):
    """One SKU of a running flash sale, and how many are left for everybody."""

    sku_id: UUID
    price_minor: int
    stock: int
    left: int
    per_member: int | None


class StorePromotionOut(BaseModel):
    """A promotion that holds in the store now; `gives` says it in the caller's language."""

    promotion_id: UUID
    kind: str
    name: str
    name_en: str
    gives: str
    members_only: bool
    ends_at: datetime
    flash: list[FlashLeftOut]


PromotionResultsOut.model_rebuild()
