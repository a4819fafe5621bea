"""What others may hear of members."""

from __future__ import annotations

from collections.abc import Iterable
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
    """`member_id` turned out to be `survivor_id`; everything of it moved. Said again when something came late and moved too."""

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


@happening
@dataclass(frozen=True, slots=True)
class MembersChanged(Happening):
    """Something that is known of these members is another now: what it is, is read from where it stands.

    `what`: account, birthday, consent, keys, points, tags or visits. At most CHANGED_MAX members an event.
    """

    name: ClassVar[str] = "member.changed"
    what: str
    member_ids: tuple[UUID, ...]


CHANGED_MAX = 1_000


def changed(what: str, members: Iterable[tuple[UUID, UUID]]) -> list[MembersChanged]:
    """Give the events that say so of these (brand, member), each named once."""
    brands: dict[UUID, set[UUID]] = {}
    for brand_id, member_id in members:
        brands.setdefault(brand_id, set()).add(member_id)
    return [
        MembersChanged(brand_id, what, tuple(ids[first : first + CHANGED_MAX]))
        for brand_id, ids in ((brand_id, sorted(found)) for brand_id, found in sorted(brands.items()))
        for first in range(0, len(ids), CHANGED_MAX)
    ]
