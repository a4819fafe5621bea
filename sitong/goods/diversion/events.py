"""What others may hear of the watch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from sitong.shared.events.registry import Happening, happening


@happening
@dataclass(frozen=True, slots=True)
class AlertOpened(Happening):
    """Scans speak so strongly for diversion or copies that somebody should look. `kind`: dealer, store, boxes or code."""

    name: ClassVar[str] = "goods.code_alert_opened"
    alert_id: UUID
    kind: str
    dealer_id: UUID | None = None


@happening
@dataclass(frozen=True, slots=True)
class AlertDecided(Happening):
    """An alert was dismissed or confirmed, which `verb` says."""

    name: ClassVar[str] = "goods.code_alert_decided"
    alert_id: UUID
    verb: str
    kind: str
    dealer_id: UUID | None = None
