"""What the API of claims takes and gives."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

Text = Annotated[str, StringConstraints(max_length=200, pattern=r"^[^\x00]*$")]
Reference = Annotated[str, StringConstraints(min_length=1, max_length=80, pattern=r"^[^\x00]*$")]


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class StatementOut(BaseModel):
    """A month's claims of one on the level above. `doubted`: how many lines are in dispute."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    number: str
    month_on: date
    claimant_kind: str
    claimant_id: UUID
    debtor_kind: str
    debtor_id: UUID
    currency: str
    lines: int
    total_minor: int
    agreed_minor: int
    drawn_at: datetime
    checked_at: datetime | None
    settled_at: datetime | None
    doubted: int = 0


class ClaimLineOut(BaseModel):
    """One claim. `state`: claimed, back (it takes one back), disputed, answered, accepted or rejected."""

    id: UUID
    redemption_id: UUID
    gift_id: UUID
    store_id: UUID
    level: int
    claimant_kind: str
    claimant_id: UUID
    debtor_kind: str
    debtor_id: UUID
    currency: str
    amount_minor: int
    code: str
    at: datetime
    of_id: UUID | None
    statement_id: UUID | None
    state: str
    reason: str = Field("", description="Why it is doubted.")
    answer: str = Field("", description="What the claimant says to it.")
    proof: str = Field("", description="The proof's digest, in hexadecimal.")


class StatementWhole(StatementOut):
    each: list[ClaimLineOut]


class SumsOut(BaseModel):
    """What is due to the asker's own places, or what they owe, in minor units."""

    model_config = ConfigDict(from_attributes=True)

    open_minor: int
    open_lines: int
    stated_minor: int
    settled_minor: int


class SaidIn(Strict):
    """Why a line is doubted, or what is answered."""

    text: Text = ""


class SettleIn(Strict):
    """A statement was paid. `id` is the client's; `reference` is the number of the transfer or the delivery."""

    id: UUID
    way: Literal["money", "goods"]
    reference: Reference


class SettlementOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: UUID
    statement_id: UUID
    way: str
    reference: str
    amount_minor: int
    at: datetime
