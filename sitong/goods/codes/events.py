"""What others may hear of codes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from sitong.shared.events.registry import Happening, happening


@happening
@dataclass(frozen=True, slots=True)
class CodesScanned(Happening):
    """Somebody scanned a genuine code. `before`: how often consumers had scanned it. `cell`: H3, resolution 7 or coarser.

    `standing`: active, idle (never activated) or void, as it was then.
    """

    name: ClassVar[str] = "goods.codes_scanned"
    scan_id: UUID
    batch_id: UUID
    serial: int
    level: str
    side: str
    role: str
    before: int
    standing: str
    member_id: UUID | None = None
    store_id: UUID | None = None
    dealer_id: UUID | None = None
    cell: int | None = None


@happening
@dataclass(frozen=True, slots=True)
class CodesMoved(Happening):
    """Goods with codes went from one place to another, whole trees at once. `kind`: ship, receive, sell or return."""

    name: ClassVar[str] = "goods.codes_moved"
    request_id: UUID
    kind: str
    batch_id: UUID
    first: int
    last: int
    to_kind: str
    to_id: UUID | None = None
    from_kind: str = ""
    from_id: UUID | None = None


@happening
@dataclass(frozen=True, slots=True)
class CodesVoided(Happening):
    """A range of codes holds no more."""

    name: ClassVar[str] = "goods.codes_voided"
    batch_id: UUID
    first: int
    last: int
    reason: str
