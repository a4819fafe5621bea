"""Publish a brand's plan for points."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from uuid import UUID

from django.db import connection, transaction

from sitong.member.points.models import PointPlan
from sitong.member.points.queries import plan_of
from sitong.member.points.rules import PointsPlan
from sitong.shared.access.audit import AuditEntry, record
from sitong.shared.errors import Refused
from sitong.shared.ids import new_id

LOCK = "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))"
RATE_MAX, WORTH_MAX, STEP_MAX, DAYS_MAX, MONTHS_MAX = 1_000_000, 1_000_000, 1_000_000, 365, 120


class PointPlanOutOfBounds(Refused):
    """A number of the plan makes no sense: fact field."""

    code = "member.point_plan_out_of_bounds"


class PlanChanged(Refused):
    """Somebody has published another version since this one was read: fact version (the one in force)."""

    code = "member.plan_changed"


def publish_points_plan(plan: PointsPlan, *, by: UUID | None, now: datetime, id: UUID | None = None) -> PointsPlan:
    """Put a plan in force. `plan.version` is the version that was read (0: none); the new one is one higher.

    What was earned before keeps its terms. The same `id` again gives the same answer.
    Refused: member.point_plan_out_of_bounds, member.plan_changed.
    """
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(LOCK, [f"points plan {plan.brand_id}"])
        before = plan_of(plan.brand_id)
        if id is not None and PointPlan.objects.filter(id=id).exists() and before is not None:
            return before
        if wrong := out_of_bounds(plan):
            raise PointPlanOutOfBounds(field=wrong)
        if plan.version != (before.version if before else 0):
            raise PlanChanged(version=before.version if before else 0)
        terms = {**asdict(plan), "version": plan.version + 1}
        PointPlan.objects.create(id=id or new_id(), by=by, published_at=now, **terms)
        entry = AuditEntry(
            "points_plan_published", "member.pointplan", plan.brand_id, plan.brand_id, by,
            _told(before) if before else {}, _told(PointsPlan(**terms)),
        )  # fmt: skip
        record([entry], at=now)
    return PointsPlan(**terms)


def out_of_bounds(plan: PointsPlan) -> str:
    """Name the first field of a plan that makes no sense; "" when all do."""
    bounds = {
        "earn_points_per_100": (0, RATE_MAX), "minor_per_point": (1, WORTH_MAX), "spend_step": (1, STEP_MAX),
        "spend_share_bp": (0, 10_000), "pending_days": (0, DAYS_MAX), "expiry_months": (0, MONTHS_MAX), "notice_days": (1, DAYS_MAX),
    }  # fmt: skip
    return next((field for field, (low, high) in bounds.items() if not low <= getattr(plan, field) <= high), "")


def _told(plan: PointsPlan) -> dict[str, int]:
    return {field: value for field, value in asdict(plan).items() if field != "brand_id"}
