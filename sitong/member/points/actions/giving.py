"""Give points that nobody paid for: by hand, as a gift, as an opening balance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from sitong.member.points.actions.purses import Entry, open_purses
from sitong.member.points.actions.spending import PointsOutOfRange, entries_before
from sitong.member.points.queries import plans_of
from sitong.member.points.rules import FOR_EVER, expires_on
from sitong.org.brands.queries import brand_facts
from sitong.shared.access.audit import AuditEntry, record
from sitong.shared.clock import business_date
from sitong.shared.errors import Refused, RepeatDiffers

POINTS_MAX = 10_000_000
REASON_MAX = 200


class ReasonMissing(Refused):
    """Whoever gives points by hand says why."""

    code = "member.reason_missing"


class NoPointsPlan(Refused):
    """The brand has no plan for points, so it gives none."""

    code = "member.no_points_plan"


@dataclass(frozen=True, slots=True)
class PointsGift:
    """Points for a member, ready at once. `kind`: gift, birthday, by_hand, opening.

    They expire by the plan, or on `expires_on`, or in `parts` (last day, points) that add up to `points`.
    """

    id: UUID
    brand_id: UUID
    member_id: UUID
    points: int
    kind: str = "gift"
    reason: str = ""
    document_id: UUID | None = None
    expires_on: date | None = None
    parts: tuple[tuple[date, int], ...] = ()
    by: UUID | None = None


@dataclass(frozen=True, slots=True)
class PointsGot:
    """Points that were given, and how many of them settled what the member owed."""

    id: UUID
    member_id: UUID
    points: int
    settled: int


def give_points(wanted: Sequence[PointsGift], *, now: datetime) -> list[PointsGot | Refused]:
    """Give points, ready at once; what a member owes is settled first. By hand needs a reason and leaves who.

    The same id again gets the same answer. Refused: member.points_out_of_range, member.reason_missing,
    member.no_points_plan, shared.repeat_differs.
    """
    if not wanted:
        return []
    with transaction.atomic():
        purses = open_purses({one.member_id: one.brand_id for one in wanted}, now=now)
        before = entries_before([one.id for one in wanted])
        expiry = _expiry({one.brand_id for one in wanted}, now)
        made: list[PointsGift] = []
        outcomes: list[PointsGot | Refused] = []
        for one in wanted:
            if one.id in before:
                outcomes.append(_given_before(one, before[one.id]))
            elif not 1 <= one.points <= POINTS_MAX or (
                one.parts
                and (min(part for _, part in one.parts) < 1 or sum(part for _, part in one.parts) != one.points)
            ):
                outcomes.append(PointsOutOfRange(points=one.points))
            elif one.kind == "by_hand" and not one.reason.strip():
                outcomes.append(ReasonMissing())
            elif one.brand_id not in expiry:
                outcomes.append(NoPointsPlan())
            else:
                on = one.expires_on or expiry[one.brand_id]
                ends = None if one.parts else on
                entry = Entry(one.id, purses.of[one.member_id], one.kind, one.points, one.document_id, ends)
                entry.reason, entry.by = one.reason.strip()[:REASON_MAX], one.by
                settled = purses.put(purses.begin(entry), one.parts or [(on, one.points)])
                before[one.id] = {
                    "kind": one.kind,
                    "member_id": one.member_id,
                    "points": one.points,
                    "owed_change": -settled,
                }
                made.append(one)
                outcomes.append(PointsGot(one.id, one.member_id, one.points, settled))
        if made:
            purses.write(now=now)
            record([
                AuditEntry("points_given", "member.member", one.member_id, one.brand_id, one.by,
                           after={"points": one.points, "reason": one.reason})
                for one in made if one.kind == "by_hand"
            ], at=now)  # fmt: skip
    return outcomes


def _given_before(one: PointsGift, before: dict[str, Any]) -> PointsGot | Refused:
    if (before["kind"], before["member_id"], before["points"]) != (one.kind, one.member_id, one.points):
        return RepeatDiffers(id=one.id)
    return PointsGot(one.id, one.member_id, one.points, -before["owed_change"])


def _expiry(brand_ids: set[UUID], now: datetime) -> dict[UUID, date]:
    """Give when points expire that a brand gives now; brands without a plan are left out."""
    plans, brands = plans_of(brand_ids), brand_facts(brand_ids)
    return {
        key: expires_on(business_date(now, brands[key].zone), plan) if plan.expiry_months else FOR_EVER
        for key, plan in plans.items()
    }
