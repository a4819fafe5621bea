"""What others may hear of promotions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from sitong.shared.events.registry import Happening, happening


@happening
@dataclass(frozen=True, slots=True)
class PromotionPublished(Happening):
    """From its start on, a promotion is in the price."""

    name: ClassVar[str] = "marketing.promotion_published"
    promotion_id: UUID
    kind: str


@happening
@dataclass(frozen=True, slots=True)
class PromotionStopped(Happening):
    """A promotion holds no more."""

    name: ClassVar[str] = "marketing.promotion_stopped"
    promotion_id: UUID
