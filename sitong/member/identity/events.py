"""What others may hear of members."""

from __future__ import annotations

from dataclasses import dataclass
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
