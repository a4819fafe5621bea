"""What came of check-in: a member's calendar, a store's day, a plan's results, and what waits for a look."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db.models import Count, Q, QuerySet

from sitong.marketing.checkin.models import CheckIn, CheckInReward, CheckInStanding
from sitong.marketing.checkin.rules import Stands
from sitong.marketing.giving.rules import Reward, reward_read
from sitong.org.stores.queries import store_facts
from sitong.shared.access.viewer import Viewer

PAGE = 100
LATER_MAX = 1_000


@dataclass(frozen=True, slots=True)
class PlanResults:
    """What a plan has brought so far: days, members, what waits, what was refused, and rewards by step."""

    days: int
    members: int
    waiting: int
    refused: int
    by_code: int
    by_step: dict[int, tuple[int, int]]


@dataclass(frozen=True, slots=True)
class WonReward:
    """A reward that a check-in brought; `refused` is the code where it could not be given."""

    reward: Reward
    on: str
    turn: int
    refused: str


def standing_of(place_id: UUID, member_id: UUID) -> Stands:
    """Give how a member stands at a place, the brand or a store."""
    row = CheckInStanding.objects.filter(place_id=place_id, member_id=member_id).first()
    return Stands(row.streak, row.since_on, row.last_on, row.total) if row else Stands()


def days_between(member_id: UUID, place_ids: Sequence[UUID], *, first: date, last: date) -> dict[date, str]:
    """Give a member's days in a brand or a store from `first` to `last`: day → state; counted wins."""
    rows = CheckIn.objects.filter(
        Q(brand_id__in=place_ids) | Q(store_id__in=place_ids), member_id=member_id, on__range=(first, last)
    )
    found: dict[date, str] = {}
    for on, state in rows.values_list("on", "state"):
        if found.get(on) != "counted":
            found[on] = state
    return found


def check_in_of(member_id: UUID, check_in_id: UUID) -> CheckIn | None:
    """Give one of a member's check-ins."""
    return CheckIn.objects.filter(id=check_in_id, member_id=member_id).first()


def won_by(check_in_id: UUID, steps: Sequence[str] = ()) -> list[WonReward]:
    """Give the rewards that a check-in brought."""
    rows = CheckInReward.objects.filter(check_in_id=check_in_id).order_by("step", "turn")
    return [
        WonReward(reward_read(one.reward), steps[one.step] if one.step < len(steps) else "", one.turn, one.refused)
        for one in rows
    ]


def checked_in_today(store_id: UUID, on: date) -> QuerySet[CheckIn]:
    """Give a store's check-ins of one of its days, the last first."""
    return CheckIn.objects.filter(store_id=store_id, on=on).order_by("-at", "-id")


def waiting_of(viewer: Viewer) -> QuerySet[CheckIn]:
    """Give the check-ins that wait for somebody of the brand to look at them, the oldest first."""
    return CheckIn.objects.filter(brand_id__in=viewer.place_ids("brand", "coupon.see"), state="waiting").order_by(
        "at", "id"
    )


def plan_results(plan_id: UUID) -> PlanResults:
    """Add up what a plan has brought. Two statements."""
    sums = CheckIn.objects.filter(plan_id=plan_id).aggregate(
        days=Count("id", filter=Q(state="counted")), members=Count("member_id", distinct=True, filter=Q(state="counted")),
        waiting=Count("id", filter=Q(state="waiting")), refused=Count("id", filter=Q(state="refused")),
        by_code=Count("id", filter=Q(state="counted", way="code")),
    )  # fmt: skip
    rows = CheckInReward.objects.filter(plan_id=plan_id).values("step")
    steps = rows.annotate(given=Count("id", filter=Q(refused="")), gone=Count("id", filter=~Q(refused="")))
    return PlanResults(**sums, by_step={row["step"]: (row["given"], row["gone"]) for row in steps})


def instants_of(check_in_ids: Collection[UUID]) -> dict[UUID, datetime]:
    """Give when check-ins were made."""
    return dict(CheckIn.objects.filter(id__in=check_in_ids).values_list("id", "at"))


def checked_in_since(
    member_id: UUID, since: datetime, *, besides: Collection[UUID]
) -> list[tuple[UUID, str, datetime]]:
    """Give a member's check-ins after an instant, but for some: id, day, instant."""
    rows = CheckIn.objects.filter(member_id=member_id, at__gt=since).exclude(id__in=besides).order_by("at", "id")
    return [(id, on.isoformat(), at) for id, on, at in rows.values_list("id", "on", "at")[:LATER_MAX]]


def check_ins_kept(member_ids: Collection[UUID]) -> list[dict[str, Any]]:
    """Give all that is kept of members' check-ins, the oldest first."""
    rows = list(CheckIn.objects.filter(member_id__in=member_ids).order_by("at", "id"))
    stores = store_facts({one.store_id for one in rows})
    return [
        {"store": stores[one.store_id].name if one.store_id in stores else "", "at": one.at, "way": one.way, "cell": one.cell, "state": one.state}
        for one in rows
    ]  # fmt: skip
