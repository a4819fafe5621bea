"""What others may hear of segments."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Final
from uuid import UUID

from sitong.shared.events.registry import Happening, happening

MEMBERS_MAX: Final = 1_000
"""How many members one event names at most."""


@happening
@dataclass(frozen=True, slots=True)
class SegmentEntered(Happening):
    """These members belong to a live segment since now."""

    name: ClassVar[str] = "member.segment_entered"
    segment_id: UUID
    member_ids: tuple[UUID, ...]
    at: datetime


@happening
@dataclass(frozen=True, slots=True)
class SegmentLeft(Happening):
    """These members do not belong to a live segment any more."""

    name: ClassVar[str] = "member.segment_left"
    segment_id: UUID
    member_ids: tuple[UUID, ...]
    at: datetime


@happening
@dataclass(frozen=True, slots=True)
class SegmentChanged(Happening):
    """A segment was made, has another rule, went live or stopped being so, or was archived."""

    name: ClassVar[str] = "member.segment_changed"
    segment_id: UUID
    version: int
