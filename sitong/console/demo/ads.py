"""The demo brand's advertising: a monthly purchase target, one campaign that runs near a store, one that waits for headquarters."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID, uuid5

from sitong.console.demo.files import made_id, made_number
from sitong.marketing.ads.actions import (
    DayTold,
    TargetWanted,
    approve_campaign,
    begin_campaign,
    define_target,
    grant_campaigns,
    keep_days,
    note_asked,
    note_made,
    publish_target,
)
from sitong.marketing.ads.rules import period_of
from sitong.shared.clock import business_date
from sitong.shared.errors import Refused

ZONE = "Asia/Shanghai"
DAYS = 3
GROUP, CARD = "20000001", "50000001"


def open_ads(brand_id: UUID, stores: Sequence[UUID], *, now: datetime) -> None:
    """Publish the target, grant what the opening stock has earned, and let the first store's campaign run since three days.

    Its figures are made up, as the rest of the demo's; nothing is sent anywhere.
    """
    today = business_date(now, ZONE)
    target_id = made_id("ad target", "monthly")
    wanted = TargetWanted(
        target_id, brand_id, "月度进货达标", "store", 5_000, "month", today.replace(day=1), 10_000, "家门口的四通优选", "新鲜到店，三公里内即买即取",
        name_en="Monthly supply", place_ids=tuple(stores),
    )  # fmt: skip
    try:
        define_target(wanted, by=None, now=now)
    except Refused:  # loaded in an earlier month: it runs as it was published then
        return
    publish_target(target_id, by=None, now=now)
    grant_campaigns(now=now)
    period = period_of("month", today, today.replace(day=1), None)
    assert period is not None
    campaign_id = uuid5(target_id, f"{stores[0]}:{period.first.isoformat()}")
    begun = now - timedelta(days=DAYS)
    try:
        approve_campaign(campaign_id, starts_on=business_date(begun, ZONE), by=None, now=begun)
    except Refused:  # not reached, or decided at an earlier load
        return
    for step, number in (("adgroup", GROUP), ("creative", CARD)):
        note_asked(campaign_id, step, brand_id=brand_id, now=begun)
        note_made(campaign_id, step, provider_id=number, now=begun)
    begin_campaign(campaign_id, now=begun)
    told = []
    for day in range(DAYS):
        on = business_date(begun + timedelta(days=day), ZONE)
        shown = 900 + made_number("shown", on.isoformat(), 500)
        told.append(DayTold(brand_id, campaign_id, on, shown, shown // 24, shown // 24 * 95))
    keep_days(told, now=now)
