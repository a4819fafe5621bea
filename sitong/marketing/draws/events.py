"""What others may hear of draws."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from sitong.shared.events.registry import Happening, happening


@happening
@dataclass(frozen=True, slots=True)
class DrawPublished(Happening):
    """A draw's rules and the commitment to its seed are public."""

    name: ClassVar[str] = "marketing.draw_published"
    draw_id: UUID
    commitment: str


@happening
@dataclass(frozen=True, slots=True)
class DrawChanged(Happening):
    """A draw has other rules from now on: after its start only ones that favor the players."""

    name: ClassVar[str] = "marketing.draw_changed"
    draw_id: UUID
    version: int


@happening
@dataclass(frozen=True, slots=True)
class DrawStopped(Happening):
    """A draw has ended early. What was won is still given."""

    name: ClassVar[str] = "marketing.draw_stopped"
    draw_id: UUID
    reason: str = ""


@happening
@dataclass(frozen=True, slots=True)
class DrawSeedPublished(Happening):
    """A draw is over and its seed is public: anybody can compute it again."""

    name: ClassVar[str] = "marketing.draw_seed_published"
    draw_id: UUID
    commitment: str
    seed: str


@happening
@dataclass(frozen=True, slots=True)
class DrawPlayed(Happening):
    """A member has played, and won nothing or a consolation."""

    name: ClassVar[str] = "marketing.draw_played"
    draw_id: UUID
    play_id: UUID
    member_id: UUID
    number: int
    prize_id: UUID | None = None
    store_id: UUID | None = None


@happening
@dataclass(frozen=True, slots=True)
class DrawWon(Happening):
    """A member has won a prize: tell it. `kind`: points, coupon, gift, cash, chance, or goods."""

    name: ClassVar[str] = "marketing.draw_won"
    draw_id: UUID
    play_id: UUID
    member_id: UUID
    number: int
    prize_id: UUID
    kind: str
    store_id: UUID | None = None


@happening
@dataclass(frozen=True, slots=True)
class PrizeClaimed(Happening):
    """A member has said where a prize is to be sent."""

    name: ClassVar[str] = "marketing.prize_claimed"
    win_id: UUID
    draw_id: UUID
    prize_id: UUID
    member_id: UUID


@happening
@dataclass(frozen=True, slots=True)
class PrizeSent(Happening):
    """A prize is on its way to the member."""

    name: ClassVar[str] = "marketing.prize_sent"
    win_id: UUID
    draw_id: UUID
    prize_id: UUID
    member_id: UUID
    parcel: str = ""


@happening
@dataclass(frozen=True, slots=True)
class PrizeHandedOver(Happening):
    """A prize was handed to the member in a store."""

    name: ClassVar[str] = "marketing.prize_handed_over"
    win_id: UUID
    draw_id: UUID
    prize_id: UUID
    member_id: UUID
    store_id: UUID


@happening
@dataclass(frozen=True, slots=True)
class PrizeExpired(Happening):
    """Nobody claimed a prize in time; it is in its pool again."""

    name: ClassVar[str] = "marketing.prize_expired"
    win_id: UUID
    draw_id: UUID
    prize_id: UUID
    member_id: UUID
