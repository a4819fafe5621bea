"""What advertising tells others."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import ClassVar
from uuid import UUID

from sitong.shared.events.registry import Happening, happening


@happening
@dataclass(frozen=True, slots=True)
class AdCampaignGranted(Happening):
    """A store or dealer has reached its purchase target, and has earned advertising near its store."""

    name: ClassVar[str] = "marketing.ad_campaign_granted"
    campaign_id: UUID
    target_id: UUID
    place_id: UUID
    period_on: date
    reached: int


@happening
@dataclass(frozen=True, slots=True)
class AdCampaignBegun(Happening):
    """A campaign runs at the provider."""

    name: ClassVar[str] = "marketing.ad_campaign_begun"
    campaign_id: UUID
    store_id: UUID
