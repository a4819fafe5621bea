"""Define promotions as drafts, and change or drop drafts: what is published never changes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from sitong.marketing.coupons.rules import kept_terms, terms_of
from sitong.marketing.promotions.definition import PromotionWanted, definition_fault
from sitong.marketing.promotions.models import Promotion, PromotionVersion
from sitong.marketing.promotions.queries.live import forget_promotions
from sitong.marketing.promotions.rules import kept_rule, rule_of
from sitong.shared.access.audit import AuditEntry, differing, record
from sitong.shared.errors import NotFound, Refused, RepeatDiffers

KEPT = (
    "kind", "name", "name_en", "members_only", "stores_choose", "stacking", "stack_group", "starts_at", "ends_at",
)  # fmt: skip

RAISE = """
INSERT INTO marketing_promotionversion (brand_id, version) SELECT id, 1 FROM unnest(%s::uuid[]) AS id ORDER BY id
ON CONFLICT (brand_id) DO UPDATE SET version = marketing_promotionversion.version + 1
"""


class PromotionFrozen(Refused):
    """It has been published, so it stays as it is: stop it, and publish a copy."""

    code = "marketing.promotion_frozen"


def define_promotions(
    wanted: Sequence[PromotionWanted], *, by: UUID | None, now: datetime
) -> list[Promotion | Refused]:
    """Define promotions as drafts, each whole or not at all; `publish_promotion` lets them hold. The same id with the same content
    again gives what stands there.

    Refused: marketing.promotion_nameless, promotion_rule, promotion_dates, promotion_group; shared.repeat_differs.
    """
    with transaction.atomic():
        there = Promotion.objects.in_bulk([one.id for one in wanted])
        outcomes: list[Promotion | Refused] = []
        fresh: list[Promotion] = []
        for one in wanted:
            if (before := there.get(one.id)) is not None:
                same = before.brand_id == one.brand_id and _shown(before) == _shown(_row(one, now, by))
                outcomes.append(before if same else RepeatDiffers(id=one.id))
                continue
            if (fault := definition_fault(one)) is not None:
                outcomes.append(fault)
                continue
            promotion = there[one.id] = _row(one, now, by)
            fresh.append(promotion)
            outcomes.append(promotion)
        Promotion.objects.bulk_create(fresh)
        record(
            [AuditEntry("defined", "marketing.promotion", one.id, one.brand_id, by, {}, _shown(one)) for one in fresh],
            at=now,
        )
    return outcomes


def change_promotion(promotion_id: UUID, *, changes: dict[str, Any], by: UUID | None, now: datetime) -> Promotion:
    """Change a draft's fields, named as in `PromotionWanted`. Raises marketing.promotion_frozen, what `define_promotions`
    refuses with, and shared.not_found."""
    with transaction.atomic():
        promotion = _locked_draft(promotion_id)
        new = replace(
            wanted_of(promotion), **{key: value for key, value in changes.items() if key not in {"id", "brand_id"}}
        )
        if (fault := definition_fault(new)) is not None:
            raise fault
        before = _shown(promotion)
        _put(promotion, new)
        promotion.save()
        record([AuditEntry("changed", "marketing.promotion", promotion.id, promotion.brand_id, by, *differing(before, _shown(promotion)))],
               at=now)  # fmt: skip
    return promotion


def drop_draft(promotion_id: UUID, *, by: UUID | None, now: datetime) -> None:
    """Delete a promotion that was never published. Raises marketing.promotion_frozen and shared.not_found."""
    with transaction.atomic():
        promotion = _locked_draft(promotion_id)
        record([AuditEntry("dropped", "marketing.promotion", promotion.id, promotion.brand_id, by, _shown(promotion), {})],
               at=now)  # fmt: skip
        promotion.delete()


def wanted_of(promotion: Promotion) -> PromotionWanted:
    """Give a promotion as it would be defined: for changing it, and for copying it under another id."""
    values = {name: getattr(promotion, name) for name in KEPT}
    return PromotionWanted(
        id=promotion.id, brand_id=promotion.brand_id, rule=rule_of(promotion.rule), terms=terms_of(promotion.terms),
        month_days=tuple(promotion.month_days), **values,
    )  # fmt: skip


def raise_versions(brand_ids: Sequence[UUID]) -> None:
    """Let every process read the published promotions of these brands anew; this one does so at once."""
    with connection.cursor() as cursor:
        cursor.execute(RAISE, [sorted(set(brand_ids))])
    transaction.on_commit(forget_promotions)


def version_of(brand_id: UUID) -> int:
    """Give the version of a brand's published promotions; 0 before there was any."""
    return PromotionVersion.objects.filter(brand_id=brand_id).values_list("version", flat=True).first() or 0


def _locked_draft(promotion_id: UUID) -> Promotion:
    promotion = Promotion.objects.select_for_update(no_key=True).filter(id=promotion_id).first()
    if promotion is None:
        raise NotFound(what="promotion")
    if promotion.published_at is not None:
        raise PromotionFrozen()
    return promotion


def _row(one: PromotionWanted, now: datetime, by: UUID | None) -> Promotion:
    promotion = Promotion(id=one.id, brand_id=one.brand_id, created_at=now, created_by=by)
    _put(promotion, one)
    return promotion


def _put(promotion: Promotion, one: PromotionWanted) -> None:
    for name in KEPT:
        setattr(promotion, name, getattr(one, name))
    promotion.name, promotion.name_en = one.name.strip()[:60], one.name_en.strip()[:60]
    promotion.rule, promotion.terms = kept_rule(one.rule), kept_terms(one.terms)
    promotion.month_days = sorted(set(one.month_days))


def _shown(promotion: Promotion) -> dict[str, Any]:
    """Give what the audit keeps of a promotion."""
    values = {name: getattr(promotion, name) for name in (*KEPT, "rule", "terms", "month_days")}
    return {name: value for name, value in values.items() if value not in (None, "", [], {})}
