"""What the provider was asked and what it has said. Each question is written before it is asked, so none is asked twice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db import transaction
from django.db.models import F

from sitong.marketing.ads.events import AdCampaignBegun
from sitong.marketing.ads.models import AdCampaign, AdDay, AdState, AdStep
from sitong.shared.events.actions import announce


@dataclass(frozen=True, slots=True)
class DayTold:
    """The provider's word about a campaign's day."""

    brand_id: UUID
    campaign_id: UUID
    on: date
    shown: int
    clicked: int
    cost_minor: int


def note_asked(campaign_id: UUID, step: str, *, brand_id: UUID, now: datetime) -> bool:
    """Keep that the provider is about to be asked. Tells whether it was asked before, so that it must be looked for first."""
    with transaction.atomic():
        row, fresh = AdStep.objects.get_or_create(
            campaign_id=campaign_id, step=step, defaults={"brand_id": brand_id, "asked_at": now}
        )
        if not fresh:
            AdStep.objects.filter(campaign_id=campaign_id, step=row.step).update(asked_at=now)
        AdCampaign.objects.filter(id=campaign_id).update(asked=F("asked") + 1)
    return not fresh


def note_made(campaign_id: UUID, step: str, *, provider_id: str, now: datetime) -> None:
    """Keep the provider's own number of what it has made."""
    AdStep.objects.filter(campaign_id=campaign_id, step=step).update(provider_id=provider_id, made_at=now)


def note_fault(campaign_id: UUID, fault: str, *, retry_at: datetime | None) -> None:
    """Keep why a campaign could not be sent: to be tried again at an instant, or (None) refused until somebody mends it."""
    state = {} if retry_at else {"state": AdState.FAILED}
    AdCampaign.objects.filter(id=campaign_id, state=AdState.APPROVED).update(
        fault=fault[:200], next_at=retry_at, **state
    )


def begin_campaign(campaign_id: UUID, *, now: datetime) -> bool:
    """Let a campaign of which the provider has made everything run. Tells whether it was begun now."""
    with transaction.atomic():
        campaign = (
            AdCampaign.objects.select_for_update(no_key=True).filter(id=campaign_id, state=AdState.APPROVED).first()
        )
        if campaign is None or campaign.store_id is None:
            return False
        campaign.state, campaign.next_at, campaign.fault = AdState.RUNNING, None, ""
        campaign.save(update_fields=["state", "next_at", "fault"])
        announce([AdCampaignBegun(campaign.brand_id, campaign.id, campaign.store_id)], at=now)
    return True


def keep_days(told: Sequence[DayTold], *, now: datetime) -> int:
    """Keep what the provider says of campaigns' days; its newest word holds. Gives how many days."""
    newest = {(one.campaign_id, one.on): one for one in told}
    rows = [
        AdDay(campaign_id=one.campaign_id, on=one.on, brand_id=one.brand_id, shown=one.shown, clicked=one.clicked, cost_minor=one.cost_minor, told_at=now)
        for _, one in sorted(newest.items(), key=lambda item: (item[0][0].int, item[0][1]))
    ]  # fmt: skip
    AdDay.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["campaign_id", "on"],
        update_fields=["shown", "clicked", "cost_minor", "told_at"],
    )
    return len(rows)
