"""What others may hear of members."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar
from uuid import UUID

from sitong.shared.events.registry import Happening, happening


@happening
@dataclass(frozen=True, slots=True)
class MemberJoined(Happening):
    """A new member. `source` is the entry's name (M9), `store_id` the store through which the member came."""

    name: ClassVar[str] = "member.joined"
    member_id: UUID
    source: str = ""
    store_id: UUID | None = None


@happening
@dataclass(frozen=True, slots=True)
class MemberAbsorbed(Happening):
    """`member_id` turned out to be `survivor_id`; everything of it moved."""

    name: ClassVar[str] = "member.absorbed"
    member_id: UUID
    survivor_id: UUID
    join_id: UUID
    joined_at: datetime


@happening
@dataclass(frozen=True, slots=True)
class MemberSeparated(Happening):
    """A join was undone: `member_id` is itself again, with what the join had moved."""

    name: ClassVar[str] = "member.separated"
    member_id: UUID
    survivor_id: UUID
    join_id: UUID
    undone_at: datetime


@happening
@dataclass(frozen=True, slots=True)
class MemberErased(Happening):
    """The member asked to be forgotten: nothing says any more who it was. Whoever keeps a copy deletes it."""

    name: ClassVar[str] = "member.erased"
    member_id: UUID
