"""Read points: the plan, what members have, what documents earned and spent."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from django.db.models import F, Sum

from sitong.member.points.models import PointPlan, PointsEarning
from sitong.member.points.rules import PointsNow, PointsPlan
from sitong.shared.ledger.queries import accounts_of

UNIT = "points"
PENDING, READY, OWED = "points.pending", "points.ready", "points.owed"
PLAN_FIELDS = tuple(PointsPlan.__dataclass_fields__)


@dataclass(frozen=True, slots=True)
class EarningNow:
    """What a line of a document has earned, by which terms, and how much of it was taken back."""

    id: UUID
    document_id: UUID
    member_id: UUID
    position: int
    rate: int
    factor_bp: int
    points: int
    taken_back: int


EARNING_FIELDS = tuple(EarningNow.__dataclass_fields__)


def plan_of(brand_id: UUID) -> PointsPlan | None:
    """Give the brand's plan in force; None: the brand gives no points."""
    return plans_of([brand_id]).get(brand_id)


def plans_of(brand_ids: Collection[UUID]) -> dict[UUID, PointsPlan]:
    """Give the plans in force of brands; one without is left out. One statement."""
    newest = PointPlan.objects.filter(brand_id__in=brand_ids).order_by("brand_id", "-version").distinct("brand_id")
    return {row[0]: PointsPlan(*row) for row in newest.values_list(*PLAN_FIELDS)}


def points_now(member_ids: Collection[UUID]) -> dict[UUID, PointsNow]:
    """Give what members have, each of them, without a lock: what is shown, not what may be promised. One statement."""
    balances: dict[UUID, dict[str, int]] = {member_id: {} for member_id in member_ids}
    rows = accounts_of(member_ids).filter(unit=UNIT).values_list("owner_id", "kind", "debits_posted", "credits_posted")
    for owner_id, kind, debits, credits in rows:
        balances[owner_id][kind] = credits - debits
    return {
        member_id: PointsNow(of.get(READY, 0), of.get(PENDING, 0), -of.get(OWED, 0))
        for member_id, of in balances.items()
    }


def earnings_of(document_ids: Collection[UUID]) -> list[EarningNow]:
    """Give what these documents have earned, line by line. One statement."""
    rows = PointsEarning.objects.filter(document_id__in=document_ids).order_by("document_id", "position")
    return [EarningNow(*row) for row in rows.values_list(*EARNING_FIELDS)]


def earned_by_document(brand_id: UUID) -> dict[UUID, int]:
    """Give what each document of a brand has earned less what was taken back: for checks, not for pages."""
    rows = PointsEarning.objects.filter(brand_id=brand_id).values_list("document_id")
    return dict(rows.annotate(left=Sum(F("points") - F("taken_back"))))
