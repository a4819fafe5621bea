"""What happens to standings with time: notice before a period's end, the fall after it, and a new plan for everybody."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from uuid import UUID

from django.db import transaction

from sitong.member.tiers.actions.standings import lock_standings, settle
from sitong.member.tiers.events import TierEnding
from sitong.member.tiers.queries import days_of_brands, plans_of, sums_of
from sitong.member.tiers.rules import Plan, next_step
from sitong.org.brands.queries import all_brands
from sitong.shared.events.actions import announce
from sitong.shared.statements import run, uuids, write

SETTLED_AT_ONCE = 500

OF_OTHER_PLAN = "SELECT member_id FROM member_standing WHERE brand_id = %s::uuid AND version <> %s::int ORDER BY member_id LIMIT %s::int"
OVER = "SELECT member_id FROM member_standing WHERE brand_id = %s::uuid AND keeps_until < %s::date ORDER BY keeps_until, member_id LIMIT %s::int"
ENDING = """
SELECT member_id, level, keeps_until FROM member_standing WHERE brand_id = %s::uuid AND keeps_until BETWEEN %s::date AND %s::date
AND noticed_until IS DISTINCT FROM keeps_until ORDER BY member_id LIMIT %s::int FOR NO KEY UPDATE SKIP LOCKED
"""
NOTICED = "UPDATE member_standing SET noticed_until = keeps_until WHERE member_id = ANY(%s::uuid[])"


def settle_standings(*, now: datetime) -> int:
    """Settle the standings whose period is over or whose plan is another now, five hundred a transaction; give how many."""
    settled = 0
    brands = [brand.id for brand in all_brands()]
    today, plans = days_of_brands(brands, now), plans_of(brands)
    for brand_id, plan in plans.items():
        settled += _settle_all(brand_id, OF_OTHER_PLAN, plan.version, "plan", now)
        settled += _settle_all(brand_id, OVER, today[brand_id], "period", now)
    return settled


def _settle_all(brand_id: UUID, statement: str, than: date | int, because: str, now: datetime) -> int:
    settled = 0
    while True:
        with transaction.atomic():
            due = [key for (key,) in run(statement, [brand_id, than, SETTLED_AT_ONCE])]
            if due:
                settle(lock_standings(dict.fromkeys(due, brand_id), now=now), because=because, now=now)
        settled += len(due)
        if len(due) < SETTLED_AT_ONCE:
            return settled


def tell_of_endings(*, now: datetime) -> int:
    """Announce who will fall at the period's end, the plan's days before, each once a period; give how many were looked at."""
    seen = 0
    brands = [brand.id for brand in all_brands()]
    today, plans = days_of_brands(brands, now), plans_of(brands)
    for brand_id, plan in plans.items():
        while True:
            with transaction.atomic():
                found = _tell(plan, today[brand_id], now)
            seen += found
            if found < SETTLED_AT_ONCE:
                break
    return seen


def _tell(plan: Plan, on: date, now: datetime) -> int:
    last = on + timedelta(days=plan.notice_days)
    rows = run(ENDING, [plan.brand_id, on, last, SETTLED_AT_ONCE])
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
