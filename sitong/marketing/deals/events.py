"""What others may hear of group deals."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from sitong.shared.events.registry import Happening, happening


@happening
@dataclass(frozen=True, slots=True)
class DealPublished(Happening):
    """A group deal can be joined once it begins, and is frozen from now on."""

    name: ClassVar[str] = "marketing.deal_published"
    deal_id: UUID


@happening
@dataclass(frozen=True, slots=True)
class DealPlaceTaken(Happening):
    """A member has a place in a group, to be paid."""

    name: ClassVar[str] = "marketing.deal_place_taken"
    place_id: UUID
    group_id: UUID
    deal_id: UUID
    member_id: UUID
    store_id: UUID | None


@happening
@dataclass(frozen=True, slots=True)
class DealGroupCompleted(Happening):
    """All places of a group are paid: everybody has got what it paid for."""

    name: ClassVar[str] = "marketing.deal_group_completed"
    group_id: UUID
    deal_id: UUID
    people: int


@happening
@dataclass(frozen=True, slots=True)
class DealGroupExpired(Happening):
    """A group was not complete in time: what was paid goes back."""

    name: ClassVar[str] = "marketing.deal_group_expired"
    group_id: UUID
    deal_id: UUID
    paid: int


@happening
@dataclass(frozen=True, slots=True)
class DealTicketClaimed(Happening):
    """A member has claimed its ticket in a store: it takes part in the draws that are left."""

    name: ClassVar[str] = "marketing.deal_ticket_claimed"
    ticket_id: UUID
    deal_id: UUID
    member_id: UUID
    store_id: UUID


@happening
@dataclass(frozen=True, slots=True)
class DealDayDrawn(Happening):
    """A day of a draw has been drawn and published."""

    name: ClassVar[str] = "marketing.deal_day_drawn"
    deal_id: UUID
    day: int
    tickets: int
    winners: int
