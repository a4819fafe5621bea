"""Reads of scan plans: what headquarters sees, and what came of them."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Case, CharField, Count, F, OuterRef, Q, QuerySet, Subquery, Sum, Value, When
from django.db.models.functions import TruncDate

from sitong.goods.codes.queries import CodeRead
from sitong.marketing.coupons.queries.kept import zone_of
from sitong.marketing.scans.knowing import closed, plan_for
from sitong.marketing.scans.models import CodeDraw, Rebate, RebatePlan, ScanPlan, ScanPlanCount
from sitong.marketing.scans.rules import PlanTerms
from sitong.marketing.scans.terms import plans_found
from sitong.shared.access.viewer import Viewer


def plans_visible_to(viewer: Viewer, permission: str = "coupon.see") -> QuerySet[ScanPlan]:
    """Give the plans that an account of headquarters may see; nobody else sees any."""
    return ScanPlan.objects.filter(brand_id__in=viewer.place_ids("brand", permission))


def plans_with_state(plans: QuerySet[ScanPlan], *, at: datetime) -> QuerySet[ScanPlan]:
    """Add each plan's `state` (draft, coming, running, paused, over, ended) and its counts."""
    counts = ScanPlanCount.objects.filter(plan_id=OuterRef("id"))
    return plans.annotate(
        state=Case(
            When(ended_at__isnull=False, then=Value("ended")),
            When(published_at__isnull=True, then=Value("draft")),
            When(ends_at__lte=at, then=Value("over")),
            When(paused_at__isnull=False, then=Value("paused")),
            When(starts_at__gt=at, then=Value("coming")),
            default=Value("running"),
            output_field=CharField(),
        ),
        **{name: Subquery(counts.values(name)[:1]) for name in ("drawn", "won", "spent_minor", "won_each")},
    )


def plan_days(plan: ScanPlan) -> list[dict[str, Any]]:
    """Give a plan's draws, prizes and cost by the brand's day and by store, the latest day first. One statement."""
    zone = ZoneInfo(zone_of(plan.brand_id))
    rows = (
        CodeDraw.objects.filter(plan_id=plan.id)
        .annotate(on=TruncDate("drawn_at", tzinfo=zone))
        .values("on", "store_id")
    )
    counted = rows.annotate(drawn=Count("scan_id"), won=Count("prize"), cost_minor=Sum("cost_minor"))
    return [dict(row) for row in counted.order_by("-on", F("drawn").desc(), "store_id")[:2000]]


def plan_stores(plan_id: UUID, *, limit: int = 50) -> list[dict[str, Any]]:
    """Give a plan's draws, prizes and cost by store, the most first. One statement."""
    rows = CodeDraw.objects.filter(plan_id=plan_id).values("store_id")
    counted = rows.annotate(drawn=Count("scan_id"), won=Count("prize"), cost_minor=Sum("cost_minor"))
    return [dict(row) for row in counted.order_by(F("drawn").desc(), "store_id")[:limit]]


def plan_people(plan_id: UUID) -> tuple[int, int]:
    """Give how many members have drawn under a plan, and how many prizes wait to be handed over. One statement."""
    rows = CodeDraw.objects.filter(plan_id=plan_id)
    told = rows.aggregate(people=Count("member_id", distinct=True), owed=Count("scan_id", filter=~Q(fault="")))
    return int(told["people"]), int(told["owed"])


def draws_kept(member_ids: Collection[UUID]) -> list[dict[str, Any]]:
    """Give every code that these members have drawn with, the oldest first."""
    rows = CodeDraw.objects.filter(member_id__in=list(member_ids)).order_by("drawn_at", "scan_id")
    return [
        {"at": one.drawn_at, "batch_id": one.batch_id, "serial": one.serial, "plan_id": one.plan_id, "won": one.prize is not None,
         "store_id": one.store_id}
        for one in rows
    ]  # fmt: skip


def draws_since(member_id: UUID, since: datetime, *, besides: Collection[UUID]) -> list[tuple[UUID, str, datetime]]:
    """Give the draws that a member has made since then, besides these, the oldest first."""
    rows = CodeDraw.objects.filter(member_id=member_id, drawn_at__gte=since).exclude(scan_id__in=list(besides))
    return [(one.scan_id, str(one.serial), one.drawn_at) for one in rows.order_by("drawn_at", "scan_id")]


def open_plan(read: CodeRead, *, at: datetime) -> PlanTerms | None:
    """Give the plan under which a code is drawn with now; None when nothing can be won with it. One statement."""
    plan = plan_for(
        read, plans_found((), batches=[read.batch_id], products=[read.product_id] if read.product_id else []), now=at
    )
    return plan if closed(plan, at) is None else None


def kinds_to_win(brand_id: UUID, *, at: datetime) -> frozenset[str]:
    """Give which kinds of reward a brand's codes win now. One statement."""
    rows = ScanPlan.objects.filter(
        brand_id=brand_id, published_at__isnull=False, paused_at=None, ended_at=None, starts_at__lte=at, ends_at__gt=at
    )
    return frozenset(one["reward"]["kind"] for prizes in rows.values_list("prizes", flat=True) for one in prizes)


def rebate_plans_open(brand_id: UUID, *, at: datetime) -> list[RebatePlan]:
    """Give the rebates that scanned receipts earn now, the best first."""
    rows = RebatePlan.objects.filter(brand_id=brand_id, ended_at=None, starts_at__lte=at, ends_at__gt=at)
    return list(rows.order_by("-amount_minor", "id"))


def rebate_plans_visible_to(viewer: Viewer, permission: str = "coupon.see") -> QuerySet[RebatePlan]:
    """Give the rebates that an account of headquarters may see; nobody else sees any."""
    return RebatePlan.objects.filter(brand_id__in=viewer.place_ids("brand", permission))


def rebates_of(holder_id: UUID, *, limit: int = 50) -> list[dict[str, Any]]:
    """Give what a store or dealer has earned by scanned receipts: by day and plan, the latest first. One statement."""
    rows = Rebate.objects.filter(holder_id=holder_id).annotate(on=TruncDate("at")).values("on", "plan_id")
    names = {
        one.id: one
        for one in RebatePlan.objects.filter(id__in=Rebate.objects.filter(holder_id=holder_id).values("plan_id"))
    }
    counted = rows.annotate(codes=Count("id"), minor=Sum("amount_minor")).order_by("-on", "plan_id")[:limit]
    return [{**row, "plan": names.get(row["plan_id"])} for row in counted]


def rebate_owed_minor(holder_id: UUID) -> int:
    """Give what a store or dealer has earned by scanned receipts in all, in minor units. One statement."""
    return int(Rebate.objects.filter(holder_id=holder_id).aggregate(minor=Sum("amount_minor"))["minor"] or 0)
