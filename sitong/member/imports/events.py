"""What others may hear of imported files."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar
from uuid import UUID

from sitong.shared.events.registry import Happening, happening


@happening
@dataclass(frozen=True, slots=True)
class ImportAccepted(Happening):
    """A person accepted a file: its records may be linked to members now. Read them with `records_of(import_id)`."""

    name: ClassVar[str] = "member.import_accepted"
    import_id: UUID
    records: int
    accepted_at: datetime


@happening
@dataclass(frozen=True, slots=True)
class ImportLinked(Happening):
    """Every record of a file has been looked at: it is a member's, waits for a person, or is left alone."""

    name: ClassVar[str] = "member.import_linked"
    import_id: UUID
    linked_at: datetime
