"""What others may hear of dealers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from sitong.shared.events.registry import Happening, happening


@dataclass(frozen=True, slots=True)
class DealerHappening(Happening):
    dealer_id: UUID
    parent_id: UUID | None


@happening
@dataclass(frozen=True, slots=True)
class DealerAppointed(DealerHappening):
    name: ClassVar[str] = "org.dealer_appointed"


@happening
@dataclass(frozen=True, slots=True)
class DealerChanged(DealerHappening):
    name: ClassVar[str] = "org.dealer_changed"


@happening
@dataclass(frozen=True, slots=True)
class DealerClosed(DealerHappening):
    name: ClassVar[str] = "org.dealer_closed"
