"""A purchase target of brand one, a draft beside it, and a campaign that its store has earned."""

from __future__ import annotations

from typing import Any

from sitong.marketing.ads.actions import grant_campaigns
from sitong.marketing.models import AdCampaign
from sitong.shared import clock
from tests.make.ads import a_target, receives


def ads_samples(brand: Any, store: Any, product: Any) -> dict[str, str]:
    """Give the ids of a draft and of a campaign that waits for headquarters."""
    now = clock.now()
    a_target(brand, quantity=10, now=now, name="秘密目标", starts_on=now.date())
    draft = a_target(brand, now=now, name="秘密草案", published=False, starts_on=now.date())
    receives(store, product, 10, now=now)
    grant_campaigns(now=now)
    campaign = AdCampaign.objects.get(brand_id=brand.id)
    return {"ad_target_id": str(draft.id), "ad_campaign_id": str(campaign.id), "starts_on": "2099-01-01"}
