"""What the API of purchases of cards takes and gives."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field


class CardSaleIn(BaseModel):
    """Buy a card. `id` is made by the caller and is the card's own id; sending it again is safe. `shows`: what the member shows at the till."""

    model_config = ConfigDict(extra="forbid")
    id: UUID
    kind_id: UUID
    store_id: UUID | None = None
    shows: str = Field("", max_length=40)


class CardSaleOut(BaseModel):
    """A purchase: `state` is open, paid, expired, returned or refunded."""

    model_config = ConfigDict(from_attributes=True)
    id: UUID
    number: str
    name: str
    member_id: UUID
    kind_id: UUID
    price_minor: int
    currency: str
    state: str
    refunded_minor: int
    opened_at: datetime
    pay_by: datetime
    paid_at: datetime | None


class CardSalePayOut(BaseModel):
    """How to pay: a cashier page, or what WeChat's own call needs."""

    sale_id: UUID
    number: str
    amount_minor: int
    currency: str
    jsapi: dict[str, str]
    cashier: str | None


class CardCashIn(BaseModel):
    """Cash for a card. `id` is the payment's."""

    model_config = ConfigDict(extra="forbid")
    id: UUID
    given_minor: int | None = Field(None, ge=0, le=10_000_000)
    shift_id: UUID | None = None


class CardPaidOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)
    sale_id: UUID
    price_minor: int
    change_minor: int


class CardBackIn(BaseModel):
    """Give a card back. `id` is made by the caller; sending it again is safe."""

    model_config = ConfigDict(extra="forbid")
    id: UUID


class CardGivenBackOut(BaseModel):
    """What goes back, and what had been earned; the two make the price. `cash_minor` is to be handed out."""

    model_config = ConfigDict(from_attributes=True)
    card_id: UUID
    refund_minor: int
    earned_minor: int
    cash_minor: int


class CardCodeIn(BaseModel):
    """The payment code on the customer's phone."""

    model_config = ConfigDict(extra="forbid")
    auth_code: str = Field(min_length=16, max_length=24, pattern=r"^[0-9]+$")


class CardStandingOut(BaseModel):
    """How a payment by code stands: paid, paying, refused, or none."""

    standing: str
