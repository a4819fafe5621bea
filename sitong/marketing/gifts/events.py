"""What others may hear of gifts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from sitong.shared.events.registry import Happening, happening


@happening
@dataclass(frozen=True, slots=True)
class GiftGiven(Happening):
    """A member has got a gift, to be fetched at a counter."""

    name: ClassVar[str] = "marketing.gift_given"
    claim_id: UUID
    gift_id: UUID
    member_id: UUID
    source: str = ""
    store_id: UUID | None = None


@happening
@dataclass(frozen=True, slots=True)
class GiftRedeemed(Happening):
    """A store has handed a gift over. `value_minor` is what the store claims back; its proof stands in the redemption."""

    name: ClassVar[str] = "marketing.gift_redeemed"
    redemption_id: UUID
    claim_id: UUID
    gift_id: UUID
    member_id: UUID
    store_id: UUID
    value_minor: int
    way: str = ""


@happening
@dataclass(frozen=True, slots=True)
class GiftTakenBack(Happening):
    """A redemption was taken back: the member has the gift again, and nobody claims anything for it."""

    name: ClassVar[str] = "marketing.gift_taken_back"
    redemption_id: UUID
    claim_id: UUID
    gift_id: UUID
    member_id: UUID
    store_id: UUID
    value_minor: int
    reason: str = ""


@happening
@dataclass(frozen=True, slots=True)
class GiftVoided(Happening):
    """A gift in a member's hands holds no more."""

    name: ClassVar[str] = "marketing.gift_voided"
    claim_id: UUID
    gift_id: UUID
    member_id: UUID
    reason: str = ""


@happening
@dataclass(frozen=True, slots=True)
class GiftAsked(Happening):
    """A consumer stands at the counter and asks for a gift: the clerk's phone rings."""

    name: ClassVar[str] = "marketing.gift_asked"
    ask_id: UUID
    claim_id: UUID
    gift_id: UUID
    store_id: UUID
