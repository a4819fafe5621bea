"""Publish a brand's plan for tiers."""

from __future__ import annotations

from dataclasses import asdict, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from sitong.member.tiers.actions.retiering import ask_for_retiering
from sitong.member.tiers.models import TierLevel, TierPlan
from sitong.member.tiers.queries import PLAN_FIELDS, days_of_brands, plan_of
from sitong.member.tiers.rules import Plan, plan_problem
from sitong.shared.access.audit import AuditEntry, record
from sitong.shared.errors import Refused
from sitong.shared.ids import new_id

LOCK = "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))"


class TierPlanWrong(Refused):
    """The plan makes no sense: fact field."""

    code = "member.tier_plan_wrong"


class TierPlanChanged(Refused):
    """Somebody has published another version since this one was read: fact version (the one in force)."""

    code = "member.plan_changed"


def publish_tier_plan(plan: Plan, *, by: UUID | None, now: datetime, id: UUID | None = None) -> Plan:
    """Put a plan in force. `plan.version` is the version that was read (0: none); the new one is one higher.

    Members rise by it at once. Whom it would lower keeps the level of the same code until the period's end. All standings are
    asked to be settled by it (`retier_all`, in the worker). The same `id` again gives the same answer. Refused: member.tier_plan_wrong, member.plan_changed.
    """
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(LOCK, [f"tier plan {plan.brand_id}"])
        before = plan_of(plan.brand_id)
        if id is not None and before is not None and TierPlan.objects.filter(id=id).exists():
            return before
        if wrong := plan_problem(plan):
            raise TierPlanWrong(field=wrong)
        if plan.version != (before.version if before else 0):
            raise TierPlanChanged(version=before.version if before else 0)
        new = replace(plan, version=plan.version + 1)
        row = TierPlan.objects.create(
            id=id or new_id(), by=by, published_at=now, **{name: getattr(new, name) for name in PLAN_FIELDS}
        )
        TierLevel.objects.bulk_create(
            TierLevel(plan_id=row.id, brand_id=plan.brand_id, **asdict(level)) for level in new.levels
        )
        change = _told(before) if before else {}, _told(new)
        ask_for_retiering(new, because="plan", on=days_of_brands([plan.brand_id], now)[plan.brand_id], now=now)
        record([AuditEntry("tier_plan_published", "member.tierplan", row.id, plan.brand_id, by, *change)], at=now)
    return new


def _told(plan: Plan) -> dict[str, Any]:
    return {
        **{name: getattr(plan, name) for name in PLAN_FIELDS if name != "brand_id"},
        "levels": [asdict(level) for level in plan.levels],
    }
