"""Purchase targets are defined, published and ended; the brand's account with the provider is kept."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db import transaction

from sitong.marketing.ads.models import AdAccount, AdTarget
from sitong.marketing.ads.rules import DAILY_MINOR, DAYS, PERIODS, PLACE_KINDS, RADIUS_M, card_fault
from sitong.shared.access.audit import AuditEntry, record
from sitong.shared.errors import NotFound, Refused, RepeatDiffers

GATEWAYS = ("https://", "http://127.0.0.1:")


class AdTargetMalformed(Refused):
    """A target has a name, a quantity from one on, a known period and kind of place, and does not end before it begins."""

    code = "marketing.ad_target_malformed"


class AdCampaignLimits(Refused):
    """Radius, days or daily budget are out of what the provider takes."""

    code = "marketing.ad_campaign_limits"


class AdCardForbidden(Refused):
    """The card says nothing, or something that it may not."""

    code = "marketing.ad_card_forbidden"


class AdTargetPublished(Refused):
    """The target was published; it can be ended, not changed."""

    code = "marketing.ad_target_published"


class AdAccountMalformed(Refused):
    """An account has a number of digits and a token."""

    code = "marketing.ad_account_malformed"


@dataclass(frozen=True, slots=True)
class TargetWanted:
    """A purchase target and what it earns. The id is the caller's."""

    id: UUID
    brand_id: UUID
    name: str
    place_kind: str
    quantity: int
    period: str
    starts_on: date
    daily_minor: int
    title: str
    text: str
    name_en: str = ""
    ends_on: date | None = None
    place_ids: tuple[UUID, ...] = ()
    product_ids: tuple[UUID, ...] = ()
    radius_m: int = 3_000
    days: int = 7
    picture: str = ""


def define_target(wanted: TargetWanted, *, by: UUID | None, now: datetime) -> AdTarget:
    """Keep a target as a draft. A draft's id with other content is the draft as it shall be now; once published, a refusal.

    Refused: marketing.ad_target_malformed, marketing.ad_campaign_limits, marketing.ad_card_forbidden,
    marketing.ad_target_published, shared.repeat_differs.
    """
    if refused := _fault(wanted):
        raise refused
    with transaction.atomic():
        earlier = AdTarget.objects.select_for_update().filter(id=wanted.id).first()
        row = _row(wanted, by, now)
        if earlier is not None:
            if earlier.brand_id != wanted.brand_id:
                raise RepeatDiffers(id=wanted.id)
            if earlier.published_at is not None:
                if _content(earlier) == _content(row):
                    return earlier
                raise AdTargetPublished()
            row.created_at, row.created_by = earlier.created_at, earlier.created_by
        row.save(force_insert=earlier is None, force_update=earlier is not None)
        record(
            [AuditEntry("defined", "marketing.ad_target", row.id, row.brand_id, by, after={"name": row.name})], at=now
        )
    return row


def publish_target(target_id: UUID, *, by: UUID | None, now: datetime) -> AdTarget:
    """Let a target count from its first day on. Twice: nothing more happens. Refused: shared.not_found, …_published (ended)."""
    with transaction.atomic():
        target = _target(target_id)
        if target.ended_at is not None:
            raise AdTargetPublished()
        if target.published_at is None:
            target.published_at = now
            target.save(update_fields=["published_at"])
            record(
                [
                    AuditEntry(
                        "published", "marketing.ad_target", target.id, target.brand_id, by, after={"name": target.name}
                    )
                ],
                at=now,
            )
    return target


def end_target(target_id: UUID, *, by: UUID | None, now: datetime) -> AdTarget:
    """End a target for good; what was earned stays earned. Refused: shared.not_found."""
    with transaction.atomic():
        target = _target(target_id)
        if target.ended_at is None:
            target.ended_at = now
            target.save(update_fields=["ended_at"])
            record(
                [
                    AuditEntry(
                        "ended", "marketing.ad_target", target.id, target.brand_id, by, before={"name": target.name}
                    )
                ],
                at=now,
            )
    return target


def keep_account(brand_id: UUID, account_number: str, *, access_token: str, gateway: str = "", by: UUID | None, now: datetime) -> AdAccount:  # fmt: skip
    """Keep the brand's account with the provider, its token sealed. Refused: marketing.ad_account_malformed."""
    number, token = account_number.strip(), access_token.strip()
    if not (number.isascii() and number.isdigit() and len(number) <= 20 and token and len(token) <= 500):
        raise AdAccountMalformed()
    if gateway and not gateway.startswith(GATEWAYS):
        raise AdAccountMalformed()
    with transaction.atomic():
        account = AdAccount(
            brand_id=brand_id, account_number=number, access_token=token, gateway=gateway, kept_at=now, kept_by=by
        )
        account.save()
        record([AuditEntry("kept", "marketing.ad_account", brand_id, brand_id, by, after={"account": number})], at=now)
    return account


def _fault(one: TargetWanted) -> Refused | None:
    if (
        not one.name.strip() or one.quantity < 1 or one.period not in PERIODS or one.place_kind not in PLACE_KINDS
        or (one.ends_on is not None and one.ends_on < one.starts_on)
    ):  # fmt: skip
        return AdTargetMalformed()
    ranges = ((one.radius_m, RADIUS_M), (one.days, DAYS), (one.daily_minor, DAILY_MINOR))
    if any(not low <= value <= high for value, (low, high) in ranges):
        return AdCampaignLimits()
    if not one.title.strip() or not one.text.strip() or (one.picture and not one.picture.startswith("https://")):
        return AdCardForbidden(what="")
    if found := card_fault([one.title, one.text]):
        return AdCardForbidden(what=found.strip() or "↵")
    return None


def _row(one: TargetWanted, by: UUID | None, now: datetime) -> AdTarget:
    return AdTarget(
        id=one.id, brand_id=one.brand_id, name=one.name.strip()[:60], name_en=one.name_en.strip()[:60], place_kind=one.place_kind,
        place_ids=sorted(map(str, one.place_ids)), product_ids=sorted(map(str, one.product_ids)), quantity=one.quantity, period=one.period,
        starts_on=one.starts_on, ends_on=one.ends_on, radius_m=one.radius_m, days=one.days, daily_minor=one.daily_minor,
        title=one.title.strip()[:30], text=one.text.strip()[:60], picture=one.picture.strip()[:300], created_at=now, created_by=by,
    )  # fmt: skip


def _content(row: AdTarget) -> tuple[object, ...]:
    return (row.name, row.name_en, row.place_kind, row.place_ids, row.product_ids, row.quantity, row.period, row.starts_on, row.ends_on,
            row.radius_m, row.days, row.daily_minor, row.title, row.text, row.picture)  # fmt: skip


def _target(target_id: UUID) -> AdTarget:
    target = AdTarget.objects.select_for_update(no_key=True).filter(id=target_id).first()
    if target is None:
        raise NotFound(what="target")
    return target
