"""Read tiers: the plan, and where members stand. Exact at any moment: a standing that is not settled is reckoned from its days."""

from __future__ import annotations

from calendar import isleap
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID

from django.db.models import Q, QuerySet, Sum

from sitong.member.identity.models import Member
from sitong.member.tiers.models import Birthday, Retiering, Standing, TierDay, TierLevel, TierPlan
from sitong.member.tiers.rules import (
    DAY,
    Level,
    NextStep,
    Plan,
    Sums,
    TierNow,
    first_day_needed,
    next_step,
    period_end,
    period_start,
    stands_on,
    window_start,
)
from sitong.org.brands.queries import brand_facts
from sitong.shared.clock import business_date
from sitong.shared.statements import days, run, texts, uuids

LEVEL_FIELDS = tuple(Level.__dataclass_fields__)
PLAN_FIELDS = ("brand_id", "version", "measure", "window", "window_months", "period", "notice_days")


DECIDING = """
SELECT t.member_id, CASE WHEN t."on" BETWEEN b.window_from AND b.before THEN b.before ELSE t."on" END,
  sum(CASE b.measure WHEN 'points' THEN t.points ELSE t.amount_minor END)::bigint
FROM unnest(%s::uuid[], %s::date[], %s::date[], %s::date[], %s::text[]) AS b(brand_id, first_on, window_from, before, measure)
JOIN member_tierday AS t ON t.brand_id = b.brand_id AND t."on" >= b.first_on
WHERE t.member_id = ANY(%s::uuid[]) GROUP BY 1, 2
"""


@dataclass(frozen=True, slots=True)
class StandingSeen:
    """A member's standing with all that a page shows of it. `level` None: the member has none."""

    member_id: UUID
    plan: Plan
    level: Level | None
    value: int
    since: date | None
    keeps_until: date
    step: NextStep
    on: date


def plan_of(brand_id: UUID) -> Plan | None:
    """Give the brand's plan in force with its levels; None: the brand has no tiers. Two statements."""
    return plans_of([brand_id]).get(brand_id)


def retierings_of(brand_id: UUID, *, limit: int = 20) -> list[Retiering]:
    """Give when the tiers of the whole brand were settled, the newest first, one that is under way included."""
    return list(Retiering.objects.filter(brand_id=brand_id).order_by("-asked_at", "-id")[:limit])


def plans_of(brand_ids: Collection[UUID]) -> dict[UUID, Plan]:
    """Give the plans in force of brands. Two statements."""
    newest = TierPlan.objects.filter(brand_id__in=brand_ids).order_by("brand_id", "-version").distinct("brand_id")
    return {plan.brand_id: plan for plan in _plans(newest)}


def tiers_of(member_ids: Collection[UUID], *, at: datetime) -> dict[UUID, TierNow]:
    """Give the tier of each member at an instant; one who has none, or whose brand has no plan, is left out.

    Five statements at most, whatever the number; members whose standing is settled (nearly all) need no look at days.
    """
    ids = set(member_ids)
    brands = dict(Member.objects.filter(id__in=ids).values_list("id", "brand_id")) if ids else {}
    plans = plans_of(set(brands.values())) if brands else {}
    if not plans:
        return {}
    today = days_of_brands(plans, at)
    rows = {row.member_id: row for row in Standing.objects.filter(member_id__in=ids)}
    stale = {
        key: brand_id
        for key, brand_id in brands.items()
        if brand_id in plans and key in rows and not is_settled(rows[key], plans[brand_id], today[brand_id])
    }
    sums = sums_of(stale, plans, today)
    before = plans_before([rows[key] for key in stale], plans)
    found = {}
    for key, brand_id in brands.items():
        if (plan := plans.get(brand_id)) is None:
            continue
        on, row = today[brand_id], rows.get(key)
        if row is None:
            level = plan.level_for(0)
        elif key not in stale:
            level = max(row.level, floor_of(row, plan, on))
        else:
            floor = floor_of(row, plan, on) or held_level(row, plan, before)
            level = max(stands_on(sums[key], on, plan).level, floor)
        if level:
            found[key] = plan.levels[level - 1].now
    return found


def members_at_level(brand_id: UUID, level: int) -> QuerySet[Standing, UUID]:
    """Give the ids of the members whose kept standing has this level: as jobs have settled it, a few minutes old at most."""
    return Standing.objects.filter(brand_id=brand_id, level=level).values_list("member_id", flat=True)


def standing_of(member_id: UUID, at: datetime) -> StandingSeen | None:
    """Give where one member stands, what counts, and what is needed by when; None: the brand has no plan."""
    brand_id = Member.objects.filter(id=member_id).values_list("brand_id", flat=True).first()
    plan = plan_of(brand_id) if brand_id else None
    if brand_id is None or plan is None:
        return None
    on = days_of_brands([brand_id], at)[brand_id]
    sums = sums_of({member_id: brand_id}, {brand_id: plan}, {brand_id: on})[member_id]
    row = Standing.objects.filter(member_id=member_id).first()
    stands = stands_on(sums, on, plan)
    number = stands.level
    if row is not None:
        floor = floor_of(row, plan, on) or held_level(row, plan, plans_before([row], {brand_id: plan}))
        if floor > number:
            number, stands = floor, replace(stands, keeps_until=row.floor_until or period_end(on, plan))
    return StandingSeen(
        member_id, plan, plan.levels[number - 1] if number else None, stands.value,
        row.since if row and row.level == number else None, stands.keeps_until, next_step(sums, number, on, plan), on,
    )  # fmt: skip


def is_settled(row: Standing, plan: Plan, on: date) -> bool:
    """Tell whether a row says where its member stands on a day."""
    return row.version == plan.version and row.settled_on <= on <= row.keeps_until


def floor_of(row: Standing, plan: Plan, on: date) -> int:
    """Give the level that a change of plan has left to a member for the rest of the period; 0: none."""
    held = row.version == plan.version and row.floor_until is not None and on <= row.floor_until
    return row.floor_level if held else 0


def plans_before(rows: Iterable[Standing], plans: Mapping[UUID, Plan]) -> dict[tuple[UUID, int], Plan]:
    """Give the earlier versions of plans under which these standings were settled. Two statements, or none."""
    wanted = {(row.brand_id, row.version) for row in rows if row.version and row.version != plans[row.brand_id].version}
    if not wanted:
        return {}
    brands, versions = {key for key, _ in wanted}, {version for _, version in wanted}
    found = _plans(TierPlan.objects.filter(brand_id__in=brands, version__in=versions))
    return {(plan.brand_id, plan.version): plan for plan in found}


def olds_of(plan: Plan, versions: Iterable[int]) -> dict[int, Plan]:
    """Give the earlier ones of these versions of a brand's plan. Two statements."""
    found = _plans(TierPlan.objects.filter(brand_id=plan.brand_id, version__in=set(versions) - {plan.version}))
    return {old.version: old for old in found}


def held_level(row: Standing, plan: Plan, before: Mapping[tuple[UUID, int], Plan]) -> int:
    """Give the level of a new plan that has the code of the level held under an earlier one; 0: none."""
    old = before.get((row.brand_id, row.version)) if row.version != plan.version else None
    return plan.level_of(old.levels[row.level - 1].code) if old and row.level else 0


def sums_of(brands: Mapping[UUID, UUID], plans: Mapping[UUID, Plan], today: Mapping[UUID, date]) -> dict[UUID, Sums]:
    """Give what members bought on the days on which their standing depends. One statement, an indexed range of days each."""
    if not brands:
        return {}
    measured = days_of(brands, plans, today)
    return {key: Sums(measured.get(key, {})) for key in brands}


def days_of(
    brands: Mapping[UUID, UUID], plans: Mapping[UUID, Plan], today: Mapping[UUID, date]
) -> dict[UUID, dict[date, int]]:
    """Give the measured days of members since the first one that their standing needs, those after `today` too."""
    since = min(first_day_needed(today[brand_id], plans[brand_id]) for brand_id in set(brands.values()))
    rows = TierDay.objects.filter(member_id__in=list(brands), on__gte=since).values_list(
        "member_id", "on", "amount_minor", "points"
    )
    found: dict[UUID, dict[date, int]] = {}
    for key, on, amount, points in rows:
        measure = plans[brands[key]].measure
        found.setdefault(key, {})[on] = points if measure == "points" else amount
    return found


def days_that_decide(
    brands: Mapping[UUID, UUID], plans: Mapping[UUID, Plan], today: Mapping[UUID, date]
) -> dict[UUID, dict[date, int]]:
    """Give what decides the standing of today, of members under their plans: like `days_of`, but in fewer rows.

    The days from the window's first one up to the last period's end lie in every window that is looked at, so they come
    added up, as that one day.
    """
    wanted = sorted(set(brands.values()), key=str)
    before = [period_start(today[key], plans[key]) - DAY for key in wanted]
    rows = run(DECIDING, [
        uuids(wanted), days([first_day_needed(today[key], plans[key]) for key in wanted]),
        days([window_start(today[key], plans[key]) for key in wanted]), days(before),
        texts([plans[key].measure for key in wanted]), uuids(brands),
    ])  # fmt: skip
    found: dict[UUID, dict[date, int]] = {}
    for key, on, amount in rows:
        if key in found:
            found[key][on] = amount
        else:
            found[key] = {on: amount}
    return found


def days_of_brands(brand_ids: Iterable[UUID], at: datetime) -> dict[UUID, date]:
    """Give the date of an instant in each brand's own zone."""
    return {key: business_date(at, brand.zone) for key, brand in brand_facts(list(brand_ids)).items()}


def _plans(rows: Iterable[TierPlan]) -> list[Plan]:
    found = list(rows)
    levels: dict[UUID, list[Level]] = {}
    for plan_id, *fields in (
        TierLevel.objects.filter(plan_id__in=[row.id for row in found])
        .order_by("plan_id", "level")
        .values_list("plan_id", *LEVEL_FIELDS)
    ):
        levels.setdefault(plan_id, []).append(Level(*fields))
    return [Plan(*(getattr(row, name) for name in PLAN_FIELDS), tuple(levels.get(row.id, ()))) for row in found]  # type: ignore[call-arg]


def day_sums(brand_id: UUID) -> dict[UUID, tuple[int, int]]:
    """Give the sums (amount, points) of all days of each member of a brand: for checks, not for pages."""
    rows = TierDay.objects.filter(brand_id=brand_id).values_list("member_id")
    return {row[0]: (row[1], row[2]) for row in rows.annotate(Sum("amount_minor"), Sum("points"))}


def birthday_of(member_id: UUID) -> tuple[int, int] | None:
    """Give month and day of a member's birthday; None: it was not said."""
    return Birthday.objects.filter(member_id=member_id).values_list("month", "day").first()


def birthdays_of(member_ids: Iterable[UUID]) -> list[tuple[int, int, datetime]]:
    """Give month, day and when it was said, of those who said it."""
    rows = Birthday.objects.filter(member_id__in=list(member_ids)).order_by("said_at")
    return list(rows.values_list("month", "day", "said_at"))


def members_born_on(brand_id: UUID, on: date, *, after: UUID | None, most: int) -> list[UUID]:
    """Give members of a brand whose birthday it is on a date, in the order of their ids, from behind `after` on.

    Those born on 29 February have it on the 28th where a year has no 29th.
    """
    when = Q(month=on.month, day=on.day)
    if (on.month, on.day) == (2, 28) and not isleap(on.year):
        when |= Q(month=2, day=29)
    rows = Birthday.objects.filter(when, brand_id=brand_id)
    if after is not None:
        rows = rows.filter(member_id__gt=after)
    return list(rows.order_by("member_id").values_list("member_id", flat=True)[:most])
