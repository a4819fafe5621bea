"""Talking with the advertising provider, outside of transactions: each question is written before it is asked.

An answer may be lost, and the provider knows no ids of ours. So what was asked and not answered is looked for by its name,
which is ours alone, before it is asked for again: nothing is made twice, and nobody pays twice.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import lru_cache
from uuid import UUID

import structlog
from django.conf import settings

from sitong.marketing.ads.actions import DayTold, begin_campaign, keep_days, note_asked, note_fault, note_made
from sitong.marketing.ads.queries.campaigns import (
    CampaignFacts,
    account_of,
    campaigns_to_ask_about,
    campaigns_to_send,
    made_of,
)
from sitong.marketing.ads.rules import plain
from sitong.org.brands.queries import brand_facts
from sitong.org.stores.queries import StoreFacts, store_facts
from sitong.scene.adverts.provider import AdProvider, AdProviderRefused, AdProviderUnreachable, AdWanted, CardWanted
from sitong.scene.adverts.tencent import TencentAds
from sitong.shared.clock import business_date
from sitong.shared.geo import Position

NO_ACCOUNT = "no account"
WAIT_FIRST = timedelta(seconds=30)
WAIT_MAX = timedelta(hours=1)
FIGURES_BACK = timedelta(days=3)
"""How long a day's figures may still change at the provider."""

log = structlog.get_logger(__name__)


def provider_of(brand_id: UUID) -> AdProvider | None:
    """Give the adapter of a brand's account; None for a brand without one."""
    account = account_of(brand_id)
    return _adapter(account.account_number, account.access_token, account.gateway) if account else None


def send_campaigns(*, now: datetime) -> int:
    """Send approved campaigns to the provider, each in two steps, and let those run of which everything is made. Gives how many."""
    return sum(_send(one, now) for one in campaigns_to_send(now=now))


def pull_figures(*, now: datetime) -> int:
    """Ask the provider for the figures of all campaigns that run or ended lately, and keep them. Gives how many days."""
    kept = 0
    campaigns = campaigns_to_ask_about(since=now.date() - FIGURES_BACK)
    for brand_id in dict.fromkeys(one.brand_id for one in campaigns):
        provider, own = provider_of(brand_id), [one for one in campaigns if one.brand_id == brand_id]
        groups = {number: key for key, number in made_of([one.id for one in own], "adgroup").items()}
        if provider is None or not groups:
            continue
        today = business_date(now, brand_facts([brand_id])[brand_id].zone)
        first = min(one.starts_on for one in own)
        try:
            told = provider.figures(sorted(groups), first=max(first, today - timedelta(days=90)), last=today)
        except (AdProviderRefused, AdProviderUnreachable) as failed:
            log.warning("ad_figures_missing", brand=str(brand_id), why=str(failed))
            continue
        days = [
            DayTold(brand_id, groups[one.group_id], one.on, one.shown, one.clicked, one.cost_minor)
            for one in told
            if one.group_id in groups
        ]
        kept += keep_days(days, now=now)
    return kept


def link_of(store: StoreFacts, number: str) -> str:
    """Give the address of a store's mini shop that says what brought the visitor."""
    brand = brand_facts([store.brand_id])[store.brand_id]
    return f"{settings.PUBLIC_URL}/s/{brand.code}/{store.code}/?from=ad&tag={number}"


def _send(campaign: CampaignFacts, now: datetime) -> bool:
    store = store_facts([campaign.store_id]).get(campaign.store_id) if campaign.store_id else None
    if store is None or store.latitude_e6 is None or store.longitude_e6 is None:
        note_fault(campaign.id, "store", retry_at=None)
        return False
    provider = provider_of(campaign.brand_id)
    if provider is None:
        note_fault(campaign.id, NO_ACCOUNT, retry_at=now + WAIT_MAX)
        return False
    name = f"{campaign.number} {plain(store.name)}"[:60]
    center = Position(store.latitude_e6, store.longitude_e6)
    group = AdWanted(name, center, campaign.radius_m, campaign.starts_on, campaign.ends_on, campaign.daily_minor)
    try:
        group_id = _made(
            campaign, "adgroup", lambda: provider.find_group(name), lambda: provider.make_group(group), now
        )
        link = link_of(store, campaign.number)
        card = CardWanted(name, group_id, campaign.title, campaign.text, campaign.picture, link)
        _made(campaign, "creative", lambda: provider.find_card(name), lambda: provider.make_card(card), now)
    except AdProviderUnreachable as failed:
        note_fault(campaign.id, "unreachable", retry_at=now + _wait(campaign.asked))
        log.warning("ad_not_sent", number=campaign.number, why=str(failed))
        return False
    except AdProviderRefused as refused:
        note_fault(campaign.id, f"{refused.facts['provider_code']}: {refused.facts['why']}", retry_at=None)
        log.error("ad_refused", number=campaign.number, provider_code=refused.facts["provider_code"])
        return False
    return begin_campaign(campaign.id, now=now)


def _made(
    campaign: CampaignFacts, step: str, find: Callable[[], str | None], make: Callable[[], str], now: datetime
) -> str:
    """Give the provider's number of one step: known, found after an answer was lost, or made now."""
    known = made_of([campaign.id], step).get(campaign.id)
    if known:
        return known
    asked_before = note_asked(campaign.id, step, brand_id=campaign.brand_id, now=now)
    number = (find() if asked_before else None) or make()
    note_made(campaign.id, step, provider_id=number, now=now)
    return number


def _wait(asked: int) -> timedelta:
    return min(WAIT_FIRST * (1 << min(asked, 10)), WAIT_MAX)


@lru_cache(maxsize=256)
def _adapter(account_number: str, access_token: str, gateway: str) -> TencentAds:
    return TencentAds(account_number=account_number, access_token=access_token, gateway=gateway)
