"""Campaigns as headquarters, dealers and stores may see them, what is to be sent, and what they brought."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db.models import Count, Q, QuerySet, Sum

from sitong.marketing.ads.models import AdAccount, AdCampaign, AdDay, AdState, AdStep, AdTarget
from sitong.org.dealers.queries import dealers_visible_to
from sitong.org.stores.queries import stores_visible_to
from sitong.shared.access.viewer import Viewer

SEND_AT_ONCE = 20


@dataclass(frozen=True, slots=True)
class AccountFacts:
    """A brand's account with the provider, its token in clear: for the adapter, never for a page."""

    brand_id: UUID
    account_number: str
    access_token: str
    gateway: str


@dataclass(frozen=True, slots=True)
class CampaignFacts:
    """An approved campaign as the words above need it. `asked` counts the tries to send it."""

    id: UUID
    brand_id: UUID
    number: str
    store_id: UUID | None
    radius_m: int
    daily_minor: int
    title: str
    text: str
    picture: str
    starts_on: date
    ends_on: date
    asked: int


@dataclass(frozen=True, slots=True)
class AdSums:
    """What a campaign brought so far, by the provider's word."""

    days: int = 0
    shown: int = 0
    clicked: int = 0
    cost_minor: int = 0

    @property
    def click_bp(self) -> int:
        return self.clicked * 10_000 // self.shown if self.shown else 0


FACTS = tuple(CampaignFacts.__dataclass_fields__)


def targets_visible_to(viewer: Viewer) -> QuerySet[AdTarget]:
    """Give the brand's targets to its staff with coupon.see."""
    return AdTarget.objects.filter(brand_id__in=viewer.place_ids("brand", "coupon.see"))


def campaigns_visible_to(viewer: Viewer, permission: str = "coupon.see") -> QuerySet[AdCampaign]:
    """Give the campaigns that bring people to a store, or were earned by a place, within the viewer's reach."""
    stores = stores_visible_to(viewer, permission).values("id")
    dealers = dealers_visible_to(viewer, permission).values("id")
    return AdCampaign.objects.filter(
        Q(brand_id__in=viewer.place_ids("brand", permission))
        | Q(store_id__in=stores)
        | Q(place_id__in=stores)
        | Q(place_id__in=dealers),
        Q(brand_id=viewer.brand_id),
    )


def campaigns_of_store(store_id: UUID) -> QuerySet[AdCampaign]:
    """Give the campaigns of one store, the newest first."""
    return AdCampaign.objects.filter(Q(store_id=store_id) | Q(place_id=store_id)).order_by("-granted_at", "-id")


def campaigns_to_send(*, now: datetime) -> list[CampaignFacts]:
    """Give approved campaigns whose time to be sent has come, the longest waiting first; a few at once."""
    due = AdCampaign.objects.filter(state=AdState.APPROVED, next_at__lte=now).order_by("next_at", "id")
    return [CampaignFacts(*row) for row in due.values_list(*FACTS)[:SEND_AT_ONCE]]


def campaigns_to_ask_about(*, since: date) -> list[CampaignFacts]:
    """Give the campaigns that run, or ended on a day from `since` on: their figures may still change."""
    rows = AdCampaign.objects.filter(state__in=[AdState.RUNNING, AdState.ENDED], ends_on__gte=since)
    return [CampaignFacts(*row) for row in rows.order_by("brand_id", "id").values_list(*FACTS)]


def made_of(campaign_ids: Collection[UUID], step: str) -> dict[UUID, str]:
    """Give the provider's number of one step of campaigns, where it is known."""
    rows = AdStep.objects.filter(campaign_id__in=campaign_ids, step=step).exclude(provider_id="")
    return dict(rows.values_list("campaign_id", "provider_id"))


def account_of(brand_id: UUID) -> AccountFacts | None:
    """Give a brand's account with the provider."""
    row = AdAccount.objects.filter(brand_id=brand_id).first()
    return AccountFacts(row.brand_id, row.account_number, row.access_token, row.gateway) if row else None


def sums_of(campaign_ids: Collection[UUID]) -> dict[UUID, AdSums]:
    """Give what campaigns brought; those of which nothing was told yet, too. One statement."""
    rows = AdDay.objects.filter(campaign_id__in=campaign_ids).values_list("campaign_id")
    told = rows.annotate(Count("on"), Sum("shown"), Sum("clicked"), Sum("cost_minor"))
    return {key: AdSums() for key in campaign_ids} | {row[0]: AdSums(*map(int, row[1:])) for row in told}


def days_told(campaign_id: UUID) -> list[AdDay]:
    """Give a campaign's days, the first first."""
    return list(AdDay.objects.filter(campaign_id=campaign_id).order_by("on"))
