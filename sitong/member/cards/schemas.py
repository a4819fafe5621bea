"""What the API of cards takes and gives."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from sitong.member.cards.actions import Used
from sitong.member.cards.models import CardKind
from sitong.member.cards.queries import CardShown


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class CardKindIn(Strict):
    """A card to be put on offer. `id` is made by the caller; the same again gives the first answer."""

    id: UUID
    name: str = Field(min_length=1, max_length=40)
    name_en: str = Field("", max_length=40)
    what: str = Field(min_length=1, max_length=100, description="What one visit, or the period, is good for.")
    what_en: str = Field("", max_length=100)
    form: Literal["visits", "period"]
    price_minor: int = Field(ge=1, le=500_000)
    visits: int = Field(0, ge=0, le=1_000)
    gift_visits: int = Field(0, ge=0, le=1_000)
    months: int = Field(0, ge=0, le=24)
    per_day: int | None = Field(None, ge=1, le=100)
    bearer_years: int = Field(3, ge=0, le=20, description="For members without a phone; the law wants three at least.")
    store_ids: list[UUID] = Field(default_factory=list, max_length=1_000, description="Empty: all stores of the brand.")
    family_max: int = Field(0, ge=0, le=5)


class CardKindOut(BaseModel):
    """A card on offer, or closed."""

    id: UUID
    name: str
    name_en: str
    what: str
    what_en: str
    form: str
    price_minor: int
    currency: str
    visits: int
    gift_visits: int
    months: int
    per_day: int | None
    bearer_years: int
    store_ids: list[UUID]
    family_max: int
    closed_at: datetime | None


class CardPersonOut(BaseModel):
    id: UUID
    name: str


class CardOut(BaseModel):
    """A card of one's own; `refund_minor` is what would go back today."""

    id: UUID
    number: str
    code: str
    kind: CardKindOut
    price_minor: int
    currency: str
    used: int
    left: int
    days_left: int
    valid_from: date
    valid_until: date | None
    ended: bool
    returned_at: datetime | None
    refund_minor: int
    people: list[CardPersonOut]


class CardUseIn(Strict):
    """A card is used once. `id` is made by whoever scans: the same again is the same answer. `at`: when, if it is told later."""

    id: UUID
    store_id: UUID
    code: str = Field(min_length=1, max_length=40)
    person_id: UUID | None = None
    at: datetime | None = None


class CardUsedOut(BaseModel):
    id: UUID
    card_id: UUID
    visit: int
    store_id: UUID
    person_id: UUID | None
    left: int | None = Field(description="Visits left after it; null for a periodic card.")
    at: datetime


class CardPersonIn(Strict):
    """Somebody of the family who may use the card."""

    id: UUID
    name: str = Field(min_length=1, max_length=60)


def kind_shown(kind: CardKind) -> dict[str, Any]:
    """Give an offer as programs see it."""
    return {name: getattr(kind, name) for name in CardKindOut.model_fields}


def card_shown(one: CardShown) -> dict[str, Any]:
    """Give a card as its owner's programs see it."""
    card = one.card
    plain = ("id", "number", "code", "price_minor", "currency", "used", "valid_from", "valid_until", "returned_at")
    return {
        **{name: getattr(card, name) for name in plain}, "kind": kind_shown(one.kind), "left": one.left, "days_left": one.days_left, "ended": one.ended,
        "refund_minor": 0 if card.returned_at else one.back.refund_minor,
        "people": [{"id": person.id, "name": person.name} for person in one.people],
    }  # fmt: skip


def used_shown(one: Used) -> dict[str, Any]:
    """Give a use as the API answers it."""
    return {name: getattr(one, name) for name in CardUsedOut.model_fields}
