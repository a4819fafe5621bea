"""Plans of check-in are defined, published and ended. What runs is never changed under the members' hands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db import transaction

from sitong.marketing.checkin.models import CheckInPer, CheckInPlan
from sitong.marketing.checkin.queries.plans import steps_written
from sitong.marketing.checkin.rules import Step, steps_fault
from sitong.marketing.giving.queries import rewards_fault
from sitong.member.consent.queries import wordings_now
from sitong.org.stores.queries import store_facts
from sitong.shared.access.audit import AuditEntry, record
from sitong.shared.errors import NotFound, Refused, RepeatDiffers

ACCURACY_M = (5, 1_000)
DEVICE_MEMBERS = (1, 20)
CROWD_MEMBERS = (2, 1_000_000)
CROWD_S = (1, 600)


class CheckInNameless(Refused):
    """The plan needs a name."""

    code = "marketing.check_in_nameless"


class CheckInSteps(Refused):
    """A plan has 1 to 12 rewards, each for another number of days, from 1 to 366."""

    code = "marketing.check_in_steps"


class CheckInDates(Refused):
    """The plan may not end before it begins."""

    code = "marketing.check_in_dates"


class CheckInWays(Refused):
    """Members must have at least one way to prove that they are there."""

    code = "marketing.check_in_ways"


class CheckInLimits(Refused):
    """A limit is out of its range."""

    code = "marketing.check_in_limits"


class CheckInRunning(Refused):
    """Another plan runs there; end it first."""

    code = "marketing.check_in_running"


class CheckInPublished(Refused):
    """The plan was published; it can be ended, not changed."""

    code = "marketing.check_in_published"


class LocationWordingMissing(Refused):
    """The brand asks nobody for consent to look at positions, so no plan may look at them."""

    code = "marketing.location_wording_missing"


@dataclass(frozen=True, slots=True)
class PlanWanted:
    """A plan of a brand, or of a store on top of the brand's. The id is the caller's."""

    id: UUID
    brand_id: UUID
    name: str
    steps: tuple[Step, ...]
    starts_on: date
    ends_on: date | None = None
    store_id: UUID | None = None
    name_en: str = ""
    per: str = "brand"
    by_position: bool = True
    by_code: bool = True
    accuracy_m_max: int = 100
    device_members_max: int = 2
    crowd_members: int = 10
    crowd_s: int = 10


def define_plans(wanted: Sequence[PlanWanted], *, by: UUID | None, now: datetime) -> list[CheckInPlan | Refused]:
    """Keep plans as drafts. A draft's id with other content is the draft as it shall be now; once published, a refusal.

    Refused: marketing.check_in_nameless, …_steps, …_dates, …_ways, …_limits, marketing.check_in_published, what the
    rewards are refused with, shared.not_found.
    """
    with transaction.atomic():
        there = {
            one.id: one
            for one in CheckInPlan.objects.select_for_update().filter(id__in=[one.id for one in wanted]).order_by("id")
        }
        stores = store_facts({one.store_id for one in wanted if one.store_id})
        outcomes: list[CheckInPlan | Refused] = []
        for one in wanted:
            row, earlier = _row(one, by, now), there.get(one.id)
            if earlier is not None and (earlier.brand_id, earlier.store_id) != (one.brand_id, one.store_id):
                outcomes.append(RepeatDiffers(id=one.id))
            elif earlier is not None and earlier.published_at is not None:
                outcomes.append(earlier if _content(earlier) == _content(row) else CheckInPublished())
            elif one.store_id and ((store := stores.get(one.store_id)) is None or store.brand_id != one.brand_id):
                outcomes.append(NotFound(what="store"))
            elif fault := _fault(one):
                outcomes.append(fault)
            else:
                if earlier is not None:
                    row.created_at, row.created_by = earlier.created_at, earlier.created_by
                row.save(force_insert=earlier is None, force_update=earlier is not None)
                there[one.id] = row
                record(
                    [
                        AuditEntry(
                            "defined", "marketing.check_in_plan", row.id, row.brand_id, by, after={"name": row.name}
                        )
                    ],
                    at=now,
                )
                outcomes.append(row)
    return outcomes


def publish_plan(plan_id: UUID, *, by: UUID | None, now: datetime) -> CheckInPlan:
    """Let a plan run from its first day on. Twice: nothing more happens.

    Refused: marketing.check_in_running, marketing.location_wording_missing, marketing.check_in_published (it has ended),
    shared.not_found.
    """
    with transaction.atomic():
        plan = _plan(plan_id)
        if plan.ended_at is not None:
            raise CheckInPublished()
        if plan.published_at is None:
            others = CheckInPlan.objects.select_for_update().filter(
                brand_id=plan.brand_id, store_id=plan.store_id, published_at__isnull=False, ended_at=None
            )
            if other := others.first():
                raise CheckInRunning(name=other.name)
            if plan.by_position and not any(one.purpose == "location" for one in wordings_now(plan.brand_id)):
                raise LocationWordingMissing()
            plan.published_at = now
            plan.save(update_fields=["published_at"])
            record(
                [
                    AuditEntry(
                        "published", "marketing.check_in_plan", plan.id, plan.brand_id, by, after={"name": plan.name}
                    )
                ],
                at=now,
            )
    return plan


def end_plan(plan_id: UUID, *, by: UUID | None, now: datetime) -> CheckInPlan:
    """End a plan for good: days that were counted and rewards that were given stay. Refused: shared.not_found."""
    with transaction.atomic():
        plan = _plan(plan_id)
        if plan.ended_at is None:
            plan.ended_at = now
            plan.save(update_fields=["ended_at"])
            record(
                [
                    AuditEntry(
                        "ended", "marketing.check_in_plan", plan.id, plan.brand_id, by, before={"name": plan.name}
                    )
                ],
                at=now,
            )
    return plan


def _fault(one: PlanWanted) -> Refused | None:
    if not one.name.strip():
        return CheckInNameless()
    if steps_fault(one.steps):
        return CheckInSteps()
    if one.ends_on is not None and one.ends_on < one.starts_on:
        return CheckInDates()
    if not (one.by_position or one.by_code):
        return CheckInWays()
    ranges = (
        (one.accuracy_m_max, ACCURACY_M), (one.device_members_max, DEVICE_MEMBERS), (one.crowd_members, CROWD_MEMBERS), (one.crowd_s, CROWD_S),
    )  # fmt: skip
    if one.per not in CheckInPer.values or any(not low <= value <= high for value, (low, high) in ranges):
        return CheckInLimits()
    return rewards_fault(one.brand_id, [step.reward for step in one.steps])


def _row(one: PlanWanted, by: UUID | None, now: datetime) -> CheckInPlan:
    return CheckInPlan(
        id=one.id, brand_id=one.brand_id, store_id=one.store_id, name=one.name.strip()[:60], name_en=one.name_en.strip()[:60],
        per="store" if one.store_id else one.per, steps=steps_written(one.steps), by_position=one.by_position, by_code=one.by_code,
        accuracy_m_max=one.accuracy_m_max, device_members_max=one.device_members_max, crowd_members=one.crowd_members,
        crowd_s=one.crowd_s, starts_on=one.starts_on, ends_on=one.ends_on, created_at=now, created_by=by,
    )  # fmt: skip


def _content(row: CheckInPlan) -> tuple[object, ...]:
    return (row.name, row.name_en, row.per, row.steps, row.by_position, row.by_code, row.accuracy_m_max, row.device_members_max,
            row.crowd_members, row.crowd_s, row.starts_on, row.ends_on)  # fmt: skip


def _plan(plan_id: UUID) -> CheckInPlan:
    plan = CheckInPlan.objects.select_for_update(no_key=True).filter(id=plan_id).first()
    if plan is None:
        raise NotFound(what="plan")
    return plan
