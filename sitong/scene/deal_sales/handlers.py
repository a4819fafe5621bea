"""What the money of group deals does when time passes."""

from __future__ import annotations

from datetime import datetime

from sitong.scene.deal_sales.actions import expire_deal_groups, lapse_deal_places, refund_deals_again
from sitong.shared.events.periodic import every


@every(5, "scene.expire_deal_groups")
def expire(now: datetime) -> None:
    expire_deal_groups(now=now)


@every(15, "scene.lapse_deal_places")
def lapse(now: datetime) -> None:
    lapse_deal_places(now=now)


@every(60, "scene.refund_deals_again")
def refund_again(now: datetime) -> None:
    refund_deals_again(now=now)
