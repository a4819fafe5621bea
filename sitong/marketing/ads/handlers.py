"""What advertising does when time passes: reached targets earn their campaigns, and campaigns come to their end."""

from __future__ import annotations

from datetime import datetime

from sitong.marketing.ads.actions import end_campaigns, grant_campaigns
from sitong.shared.events.periodic import every


@every(300, "marketing.grant_ad_campaigns")
def grant_what_was_earned(now: datetime) -> None:
    grant_campaigns(now=now)


@every(3600, "marketing.end_ad_campaigns")
def end_what_is_over(now: datetime) -> None:
    end_campaigns(now=now)
