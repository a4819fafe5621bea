"""What others may hear of stores."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from sitong.shared.events.registry import Happening, happening


@dataclass(frozen=True, slots=True)
class StoreHappening(Happening):
    store_id: UUID
    dealer_id: UUID | None
    kind: str


@happening
@dataclass(frozen=True, slots=True)
class StoreOpened(StoreHappening):
    name: ClassVar[str] = "org.store_opened"


@happening
@dataclass(frozen=True, slots=True)
class StoreChanged(StoreHappening):
    name: ClassVar[str] = "org.store_changed"


@happening
@dataclass(frozen=True, slots=True)
class StoreClosed(StoreHappening):
    name: ClassVar[str] = "org.store_closed"
