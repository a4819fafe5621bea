"""Campaigns near a store are earned by reached targets, given a store, approved or declined, and ended."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from uuid import UUID, uuid5

from django.db import transaction

from sitong.marketing.ads.events import AdCampaignGranted
from sitong.marketing.ads.models import AdCampaign, AdState
from sitong.marketing.ads.queries.progress import Reached, places_reached
from sitong.marketing.ads.rules import audience, number_of
from sitong.org.brands.queries import brand_facts
from sitong.org.stores.queries import store_facts
from sitong.shared.access.audit import AuditEntry, record
from sitong.shared.clock import business_date
from sitong.shared.errors import NotFound, Refused
from sitong.shared.events.actions import announce
from sitong.shared.geo import Position

PIECE = 500


class AdCampaignDecided(Refused):
    """The campaign was decided already: approved, declined, or over."""

    code = "marketing.ad_campaign_decided"


class AdStoreMissing(Refused):
    """The campaign needs a store of the place that earned it, and the store a position on the map."""

    code = "marketing.ad_store_missing"


class AdDatesPast(Refused):
    """The campaign cannot begin on a day that is over."""

    code = "marketing.ad_dates_past"


def grant_campaigns(*, now: datetime) -> int:
    """Grant a campaign to every place that has reached a target, once in each period. Gives how many were granted now.

    Receipts are added up from the stock's own ledger. It may run as often as one likes, in two workers at once: what is
    granted already is there already.
    """
    granted = 0
    reached = places_reached(now=now)
    for start in range(0, len(reached), PIECE):
        with transaction.atomic():
            rows = [_granted(one, now) for one in reached[start : start + PIECE]]
            there = set(AdCampaign.objects.filter(id__in=[row.id for row in rows]).values_list("id", flat=True))
            fresh = [row for row in rows if row.id not in there]
            AdCampaign.objects.bulk_create(fresh, ignore_conflicts=True)
            announce(
                [
                    AdCampaignGranted(row.brand_id, row.id, row.target_id, row.place_id, row.period_on, row.reached)
                    for row in fresh
                ],
                at=now,
            )
            granted += len(fresh)
    return granted


def choose_store(campaign_id: UUID, store_id: UUID, *, by: UUID | None, now: datetime) -> AdCampaign:
    """Say to which store a campaign shall bring people, before it is approved. Refused: marketing.ad_store_missing, …_decided."""

    def change(campaign: AdCampaign) -> None:
        if campaign.state != AdState.GRANTED:
            raise AdCampaignDecided()
        store = store_facts([store_id]).get(store_id)
        own = store is not None and store.closed_at is None and store.brand_id == campaign.brand_id
        if not own or store is None or store.latitude_e6 is None:
            raise AdStoreMissing()
        campaign.store_id = store_id

    return _changed(campaign_id, change, "store_chosen", by, now)


def approve_campaign(campaign_id: UUID, *, starts_on: date, by: UUID | None, now: datetime) -> AdCampaign:
    """Let a campaign go to the provider, to run from a day on. Twice with the same day: nothing more happens.

    Refused: marketing.ad_campaign_decided, marketing.ad_store_missing, marketing.ad_dates_past, shared.not_found.
    """

    def change(campaign: AdCampaign) -> None:
        if campaign.state == AdState.APPROVED and campaign.starts_on == starts_on:
            return
        if campaign.state != AdState.GRANTED:
            raise AdCampaignDecided()
        store = store_facts([campaign.store_id]).get(campaign.store_id) if campaign.store_id else None
        if store is None or store.closed_at is not None or store.latitude_e6 is None or store.longitude_e6 is None:
            raise AdStoreMissing()
        if starts_on < business_date(now, brand_facts([campaign.brand_id])[campaign.brand_id].zone):
            raise AdDatesPast()
        campaign.cells = list(audience(Position(store.latitude_e6, store.longitude_e6), campaign.radius_m).cells)
        campaign.starts_on, campaign.ends_on = starts_on, starts_on + timedelta(days=campaign.days - 1)
        campaign.state, campaign.next_at = AdState.APPROVED, now
        campaign.decided_at, campaign.decided_by = now, by

    return _changed(campaign_id, change, "approved", by, now)


def decline_campaign(campaign_id: UUID, *, by: UUID | None, now: datetime) -> AdCampaign:
    """Let a granted campaign not run. Refused: marketing.ad_campaign_decided, shared.not_found."""

    def change(campaign: AdCampaign) -> None:
        if campaign.state == AdState.DECLINED:
            return
        if campaign.state != AdState.GRANTED:
            raise AdCampaignDecided()
        campaign.state, campaign.decided_at, campaign.decided_by = AdState.DECLINED, now, by

    return _changed(campaign_id, change, "declined", by, now)


def try_again(campaign_id: UUID, *, by: UUID | None, now: datetime) -> AdCampaign:
    """Send a campaign again that the provider has refused, once its reason is mended. Refused: marketing.ad_campaign_decided."""

    def change(campaign: AdCampaign) -> None:
        if campaign.state != AdState.FAILED:
            raise AdCampaignDecided()
        campaign.state, campaign.next_at, campaign.fault = AdState.APPROVED, now, ""

    return _changed(campaign_id, change, "tried_again", by, now)


def end_campaigns(*, now: datetime) -> int:
    """End campaigns whose last day is over. Gives how many."""
    with transaction.atomic():
        rows = list(AdCampaign.objects.select_for_update(skip_locked=True).filter(state=AdState.RUNNING).order_by("id"))
        brands = brand_facts({row.brand_id for row in rows})
        over = [row for row in rows if row.ends_on and row.ends_on < business_date(now, brands[row.brand_id].zone)]
        AdCampaign.objects.filter(id__in=[row.id for row in over]).update(state=AdState.ENDED)
    return len(over)


def _granted(one: Reached, now: datetime) -> AdCampaign:
    target, campaign_id = one.target, uuid5(one.target.id, f"{one.place_id}:{one.period.first.isoformat()}")
    return AdCampaign(
        id=campaign_id, brand_id=target.brand_id, target_id=target.id, place_id=one.place_id, period_on=one.period.first,
        reached=one.quantity, number=number_of(campaign_id), store_id=one.place_id if target.place_kind == "store" else None,
        radius_m=target.radius_m, days=target.days, daily_minor=target.daily_minor, title=target.title, text=target.text,
        picture=target.picture, granted_at=now,
    )  # fmt: skip


def _changed(
    campaign_id: UUID, change: Callable[[AdCampaign], None], verb: str, by: UUID | None, now: datetime
) -> AdCampaign:
    with transaction.atomic():
        campaign = AdCampaign.objects.select_for_update(no_key=True).filter(id=campaign_id).first()
        if campaign is None:
            raise NotFound(what="campaign")
        before = (campaign.state, campaign.store_id)
        change(campaign)
        campaign.save()
        if before != (campaign.state, campaign.store_id):
            record(
                [
                    AuditEntry(
                        verb,
                        "marketing.ad_campaign",
                        campaign.id,
                        campaign.brand_id,
                        by,
                        after={"number": campaign.number},
                    )
                ],
                at=now,
            )
    return campaign
