"""What others may hear of cards."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import ClassVar
from uuid import UUID

from sitong.shared.events.registry import Happening, happening


@happening
@dataclass(frozen=True, slots=True)
class CardBought(Happening):
    """A member has a new card; it is paid."""

    name: ClassVar[str] = "member.card_bought"
    card_id: UUID
    kind_id: UUID
    member_id: UUID
    price_minor: int
    store_id: UUID | None


@happening
@dataclass(frozen=True, slots=True)
class CardUsed(Happening):
    """A card was used once. `left` is how many visits are left; of a periodic card 0."""

    name: ClassVar[str] = "member.card_used"
    card_id: UUID
    use_id: UUID
    member_id: UUID
    store_id: UUID
    value_minor: int
    left: int
    at: datetime


@happening
@dataclass(frozen=True, slots=True)
class CardReturned(Happening):
    """A card was given back; the refund is on its way."""

    name: ClassVar[str] = "member.card_returned"
    card_id: UUID
    member_id: UUID
    refund_minor: int


@happening
@dataclass(frozen=True, slots=True)
class CardEnding(Happening):
    """A card will end on this day: told once, seven days before."""

    name: ClassVar[str] = "member.card_ending"
    card_id: UUID
    member_id: UUID
    valid_until: date
