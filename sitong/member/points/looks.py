"""What pages and API show of points: a member's balance, dates and history, and what a brand owes its members."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db.models import Count, F, Sum
from django.utils.translation import gettext_lazy as _

from sitong.member.points.models import PointBucket, PointsEarning, PointsEntry
from sitong.member.points.queries import plan_of, points_now
from sitong.member.points.rules import FOR_EVER, PointsPlan, worth_minor
from sitong.org.brands.queries import brand_facts
from sitong.shared.clock import business_date

PAGE = 30
MONTHS_SHOWN = 13

KINDS = {
    "earned": _("Earned, still pending"),
    "matured": _("Ready to be spent"),
    "spent": _("Spent"),
    "given_back": _("Given back"),
    "taken_back": _("Taken back for a return"),
    "expired": _("Expired"),
    "gift": _("Gift points"),
    "birthday": _("Birthday gift"),
    "by_hand": _("Given by the brand"),
    "opening": _("Brought along"),
    "moved_out": _("Moved to the other membership"),
    "moved_in": _("From the other membership"),
}
MINUS = frozenset({"spent", "taken_back", "expired", "moved_out"})


@dataclass(frozen=True, slots=True)
class HistoryRow:
    """One line of a member's history. `points` is signed; `settled` of them went to what was owed, `owed` is new debt."""

    id: UUID
    at: datetime
    kind: str
    points: int
    settled: int
    owed: int
    reason: str
    document_id: UUID | None
    expires_on: date | None

    @property
    def title(self) -> str:
        return str(KINDS.get(self.kind, self.kind))


@dataclass(frozen=True, slots=True)
class PointsSeen:
    """All that a member's page shows: balance, what it pays, what becomes ready when, what expires when, the history."""

    plan: PointsPlan
    ready: int
    pending: int
    owed: int
    worth_minor: int
    maturing: list[tuple[date, int]]
    expiring: list[tuple[date, int]]
    history: list[HistoryRow]
    currency: str
    zone: str


@dataclass(frozen=True, slots=True)
class Liabilities:
    """What a brand's points come to: members who have some, the sums, and what expires in which month."""

    members: int
    ready: int
    pending: int
    owed: int
    worth_minor: int
    expiring: list[tuple[date, int]]
    for_ever: int


def points_seen(brand_id: UUID, member_id: UUID, *, limit: int = PAGE) -> PointsSeen | None:
    """Give what a member sees of its points; None: the brand has no plan."""
    plan, brand = plan_of(brand_id), brand_facts([brand_id])[brand_id]
    if plan is None:
        return None
    now = points_now([member_id])[member_id]
    buckets = PointBucket.objects.filter(member_id=member_id, left__gt=0).order_by("expires_on")
    return PointsSeen(
        plan, now.ready, now.pending, now.owed, worth_minor(now.ready, plan), _maturing(member_id, brand.zone),
        [row for row in buckets.values_list("expires_on", "left") if row[0] != FOR_EVER],
        history_of(member_id, limit=limit), brand.currency, brand.zone,
    )  # fmt: skip


def history_of(member_id: UUID, *, before: datetime | None = None, limit: int = PAGE) -> list[HistoryRow]:
    """Give what happened to a member's points, the latest first."""
    rows = PointsEntry.objects.filter(member_id=member_id)
    rows = rows.filter(at__lt=before) if before else rows
    return [
        HistoryRow(
            row.id, row.at, row.kind, -row.points if row.kind in MINUS else row.points, max(0, -row.owed_change),
            max(0, row.owed_change), row.reason, row.document_id, row.expires_on if row.expires_on != FOR_EVER else None,
        )
        for row in rows.order_by("-at", "-id")[:limit]
    ]  # fmt: skip


def liabilities(brand_id: UUID) -> Liabilities:
    """Give what a brand's points come to. Four statements."""
    plan = plan_of(brand_id)
    buckets = PointBucket.objects.filter(brand_id=brand_id, left__gt=0)
    by_month = list(buckets.values_list("expires_on").annotate(Sum("left")).order_by("expires_on"))
    members = buckets.aggregate(members=Count("member_id", distinct=True))["members"]
    pending: dict[str, Any] = PointsEarning.objects.filter(brand_id=brand_id, matured_at=None).aggregate(
        points=Sum(F("points") - F("taken_back"))
    )
    owed = PointsEntry.objects.filter(brand_id=brand_id).exclude(owed_change=0).aggregate(points=Sum("owed_change"))
    ready = sum(points for _, points in by_month)
    return Liabilities(
        members, ready, pending["points"] or 0, owed["points"] or 0, worth_minor(ready, plan) if plan else 0,
        [row for row in by_month if row[0] != FOR_EVER][:MONTHS_SHOWN],
        sum(points for on, points in by_month if on == FOR_EVER),
    )  # fmt: skip


def _maturing(member_id: UUID, zone: str) -> list[tuple[date, int]]:
    sums: dict[date, int] = {}
    rows = PointsEarning.objects.filter(member_id=member_id, matured_at=None).order_by("matures_at")
    for at, points, back in rows.values_list("matures_at", "points", "taken_back"):
        if points > back:
            on = business_date(at, zone)
            sums[on] = sums.get(on, 0) + points - back
    return list(sums.items())
