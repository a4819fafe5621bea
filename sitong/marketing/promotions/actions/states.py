"""Publish promotions, and stop them for good."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from sitong.marketing.promotions.actions.define import raise_versions
from sitong.marketing.promotions.definition import PromotionDates
from sitong.marketing.promotions.events import PromotionPublished, PromotionStopped
from sitong.marketing.promotions.models import FlashItem, Promotion
from sitong.marketing.promotions.rules import FLASH, rule_of
from sitong.shared.access.audit import AuditEntry, record
from sitong.shared.errors import NotFound, Refused
from sitong.shared.events.actions import announce

RUNNING_MAX = 200


class PromotionsTooMany(Refused):
    """A brand may have so many published at a time that are not over."""

    code = "marketing.promotions_too_many"


def publish_promotion(promotion_id: UUID, *, by: UUID | None, now: datetime) -> Promotion:
    """Let a promotion hold, from its start on. Publishing again changes nothing; what is published never changes, but it may be
    stopped. Raises marketing.promotion_dates (it would be over), marketing.promotions_too_many, shared.not_found."""
    with transaction.atomic():
        promotion = _locked(promotion_id)
        if promotion.published_at is not None:
            return promotion
        if promotion.ends_at <= now:
            raise PromotionDates(what="ends_at")
        running = Promotion.objects.filter(
            brand_id=promotion.brand_id, published_at__isnull=False, stopped_at=None, ends_at__gt=now
        )
        if running.count() >= RUNNING_MAX:
            raise PromotionsTooMany(most=RUNNING_MAX)
        promotion.published_at = now
        promotion.save(update_fields=["published_at"])
        if promotion.kind == FLASH:
            FlashItem.objects.bulk_create([
                FlashItem(promotion_id=promotion.id, sku_id=one.sku_id, brand_id=promotion.brand_id, stock=one.stock)
                for one in rule_of(promotion.rule).flash
            ])  # fmt: skip
        _keep(promotion, "published", by, now)
        announce([PromotionPublished(promotion.brand_id, promotion.id, promotion.kind)], at=now)
    return promotion


def stop_promotion(promotion_id: UUID, *, by: UUID | None, now: datetime) -> Promotion:
    """Let a promotion hold no more, for good. Quotes that were given before keep what they promised for their minutes.

    Stopping again, or before it was published, changes nothing. Raises shared.not_found.
    """
    with transaction.atomic():
        promotion = _locked(promotion_id)
        if promotion.published_at is None or promotion.stopped_at is not None:
            return promotion
        promotion.stopped_at = now
        promotion.save(update_fields=["stopped_at"])
        _keep(promotion, "stopped", by, now)
        announce([PromotionStopped(promotion.brand_id, promotion.id)], at=now)
    return promotion


def _locked(promotion_id: UUID) -> Promotion:
    promotion = Promotion.objects.select_for_update(no_key=True).filter(id=promotion_id).first()
    if promotion is None:
        raise NotFound(what="promotion")
    return promotion


def _keep(promotion: Promotion, verb: str, by: UUID | None, now: datetime) -> None:
    raise_versions([promotion.brand_id])
    record(
        [AuditEntry(verb, "marketing.promotion", promotion.id, promotion.brand_id, by, {}, {"name": promotion.name})],
        at=now,
    )
