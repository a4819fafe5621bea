"""What happens to standings with time: notice before a period's end, the fall after it, and a new plan for everybody."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from uuid import UUID

from django.db import transaction

from sitong.member.tiers.actions.retiering import retier_all
from sitong.member.tiers.actions.standings import lock_standings, settle
from sitong.member.tiers.events import TierEnding
from sitong.member.tiers.models import Retiering
from sitong.member.tiers.queries import days_of_brands, plans_of, sums_of
from sitong.member.tiers.rules import Plan, next_step
from sitong.org.brands.queries import all_brands
from sitong.shared.columns import ids_of
from sitong.shared.events.actions import announce
from sitong.shared.statements import run, uuids, write

SETTLED_AT_ONCE = 500

OVER = "SELECT member_id FROM member_standing WHERE brand_id = %s::uuid AND keeps_until < %s::date ORDER BY keeps_until, member_id LIMIT %s::int"
ENDING = (
    "brand_id = %s::uuid AND keeps_until BETWEEN %s::date AND %s::date AND noticed_until IS DISTINCT FROM keeps_until"
)
LOCK_ENDING = """
SELECT member_id, level, keeps_until FROM member_standing WHERE {ending} AND member_id = ANY(%s::uuid[])
ORDER BY member_id FOR NO KEY UPDATE SKIP LOCKED
"""
NOTICED = "UPDATE member_standing SET noticed_until = keeps_until WHERE member_id = ANY(%s::uuid[])"


def settle_standings(*, now: datetime) -> int:
    """Settle the standings whose period is over or whose plan is another now; give how many.

    A few are settled one by one, in one transaction. More than that, and a new plan, are a matter of the whole brand.
    """
    settled = 0
    brands = [brand.id for brand in all_brands()]
    today = days_of_brands(brands, now)
    asked = set(Retiering.objects.filter(brand_id__in=brands, ended_at=None).values_list("brand_id", flat=True))
    for brand_id in plans_of(brands):
        with transaction.atomic():
            over = [key for (key,) in run(OVER, [brand_id, today[brand_id], SETTLED_AT_ONCE + 1])]
            few = len(over) <= SETTLED_AT_ONCE and brand_id not in asked
            if over and few:
                settle(lock_standings(dict.fromkeys(over, brand_id), now=now), because="period", now=now)
        settled += len(over) if few else retier_all(brand_id, now=now)
    return settled


def tell_of_endings(*, now: datetime) -> int:
    """Announce who will fall at the period's end, the plan's days before, each once a period; give how many were looked at."""
    seen = 0
    brands = [brand.id for brand in all_brands()]
    today, plans = days_of_brands(brands, now), plans_of(brands)
    for brand_id, plan in plans.items():
        on = today[brand_id]
        ending = [brand_id, on, on + timedelta(days=plan.notice_days)]
        for ids in ids_of("member_standing", "member_id", ENDING, ending, at_once=SETTLED_AT_ONCE):
            with transaction.atomic():
                seen += _tell(plan, run(LOCK_ENDING.format(ending=ENDING), [*ending, uuids(ids)]), on, now)
    return seen


def _tell(plan: Plan, rows: list[tuple[UUID, int, date]], on: date, now: datetime) -> int:
    if not rows:
        return 0
    sums = sums_of({row[0]: plan.brand_id for row in rows}, {plan.brand_id: plan}, {plan.brand_id: on})
    told = []
    for member_id, level, until in rows:
        needed = next_step(sums[member_id], level, on, plan).keep_needed if level <= len(plan.levels) else 0
        if needed:
            told.append(TierEnding(plan.brand_id, member_id, plan.levels[level - 1].code, needed, until))
    write(NOTICED, [uuids([row[0] for row in rows])])
    announce(told, at=now)
    return len(rows)
