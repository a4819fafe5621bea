"""What the API of wallets and top-ups takes and gives."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

AMOUNT_MAX_MINOR = 500_000


class Rows(BaseModel):
    model_config = ConfigDict(from_attributes=True)


class WalletOut(BaseModel):
    """What a wallet holds and may hold, in minor units."""

    member_id: UUID
    principal_minor: int
    gift_minor: int
    cap_minor: int


class EntryOut(Rows):
    """One entry of a wallet's history; the parts are signed."""

    id: UUID
    kind: str
    principal_minor: int
    gift_minor: int
    currency: str
    document_id: UUID | None
    at: datetime


class TopUpIn(BaseModel):
    """Pay in by a plan, or an amount of one's own. `id` is made by the caller; sending it again is safe."""

    id: UUID
    plan_id: UUID | None = None
    pay_minor: int | None = Field(default=None, ge=100, le=AMOUNT_MAX_MINOR, strict=True)
    store_id: UUID | None = None
    member_id: UUID | None = Field(default=None, description="Whose wallet, when staff asks; a consumer's is its own.")
    shows: str = Field(default="", max_length=60, description="What the member shows at the till: code, phone or card.")


class TopUpOut(Rows):
    """A top-up. Pay until `pay_by`; then it expires."""

    id: UUID
    number: str
    member_id: UUID
    store_id: UUID | None
    pay_minor: int
    gift_minor: int
    currency: str
    state: str
    pay_by: datetime


class TopUpPayOut(BaseModel):
    """How to pay a top-up: parameters for the consumer's app, and a page where the provider has one."""

    topup_id: UUID
    number: str
    amount_minor: int
    currency: str
    jsapi: dict[str, str]
    cashier: str | None


class CashIn(BaseModel):
    """Cash for a top-up; `id` is the payment's, made by the caller. `given_minor` includes what the change is given of."""

    id: UUID
    given_minor: int | None = Field(default=None, ge=1, le=10**9, strict=True)
    shift_id: UUID | None = None


class PaidInOut(Rows):
    topup_id: UUID
    pay_minor: int
    gift_minor: int
    change_minor: int


class TopUpCodeIn(BaseModel):
    """The WeChat payment code on the customer's phone: 18 digits."""

    auth_code: Annotated[str, StringConstraints(pattern=r"^[0-9]{18}$")]


class TopUpStandingOut(BaseModel):
    """ "paid", "paying" (the customer confirms on the phone: ask again), "refused", or "none"."""

    standing: str


class PayOutIn(BaseModel):
    """Get money back. `id` is made by the caller. Without `principal_minor`: all that can go back."""

    id: UUID
    principal_minor: int | None = Field(default=None, ge=1, le=10**9, strict=True)
    member_id: UUID | None = Field(default=None, description="Whose wallet, when staff pays out.")
    shows: str = Field(default="", max_length=60, description="What the member shows at the till: code, phone or card.")
    shift_id: UUID | None = None


class PaidOutOut(Rows):
    id: UUID
    principal_minor: int
    gift_minor: int
    cash_minor: int
