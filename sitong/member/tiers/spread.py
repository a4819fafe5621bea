"""Where all members of a brand stand, in one statement: for the preview of a plan, for the distribution, for the rebuild.

What `rules.stands_on` says for one member; a law test holds that both say the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sitong.member.identity.models import Member
from sitong.member.tiers.rules import DAY, Plan, first_day_needed, period_end, period_start, window_start
from sitong.shared.statements import integers, run

AMOUNTS = {"points": "points", "spending": "amount_minor"}
ROLLING = """PARTITION BY member_id ORDER BY "on"
    RANGE BETWEEN (make_interval(months => %(months)s::int) - interval '1 day') PRECEDING AND CURRENT ROW"""
CALENDAR = """PARTITION BY member_id, (extract(year FROM "on")::int * 12 + extract(month FROM "on")::int - 1) / %(months)s::int
    ORDER BY "on" RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW"""
BEST = """
SELECT member_id, greatest(
  coalesce(max(running) FILTER (WHERE "on" >= %(period)s::date), 0),
  coalesce(sum(amount) FILTER (WHERE "on" BETWEEN %(before_from)s::date AND %(before)s::date), 0))::bigint AS best
FROM (
  SELECT member_id, "on", {amount} AS amount, sum({amount}) OVER ({window}) AS running FROM member_tierday
  WHERE brand_id = %(brand)s::uuid AND "on" BETWEEN %(first)s::date AND %(today)s::date AND {amount} > 0
) AS days GROUP BY member_id
"""
SPREAD = "SELECT width_bucket(best, %(thresholds)s::bigint[]) AS level, count(*) FROM ({best}) AS b GROUP BY 1"
STANDINGS = "SELECT member_id, width_bucket(best, %(thresholds)s::bigint[]) FROM ({best}) AS b"
CHANGING = """
SELECT * FROM (
  SELECT s.member_id, s.level, coalesce(d.value, 0)::bigint AS value, coalesce(d.kept, 0)::bigint AS kept,
    ((%(thresholds)s::bigint[])[s.level + 1] - coalesce(d.value, 0))::bigint AS up, ((%(thresholds)s::bigint[])[s.level] - coalesce(d.kept, 0))::bigint AS down
  FROM member_standing AS s LEFT JOIN (
    SELECT member_id, sum({amount}) FILTER (WHERE "on" BETWEEN %(from)s::date AND %(today)s::date) AS value,
      sum({amount}) FILTER (WHERE "on" BETWEEN %(end_from)s::date AND %(end)s::date) AS kept
    FROM member_tierday WHERE brand_id = %(brand)s::uuid AND "on" BETWEEN least(%(from)s::date, %(end_from)s::date) AND %(end)s::date GROUP BY 1
  ) AS d USING (member_id) WHERE s.brand_id = %(brand)s::uuid AND s.version = %(version)s::int
) AS m WHERE {which} LIMIT %(limit)s::int
"""
FALLING = "down > 0 AND level > %(base)s::int ORDER BY level DESC, down, member_id"
RISING = "up > 0 AND value > 0 ORDER BY up, member_id"


@dataclass(frozen=True, slots=True)
class Changing:
    """A member who is about to change its level: `needed` is what it lacks to rise, or to stay."""

    member_id: UUID
    level: int
    value: int
    needed: int


def spread_of(plan: Plan, on: date) -> list[int]:
    """Give how many members of the brand stand at each level under a plan, in force or not; first those who have none.

    One scan of the window's days and one count of members. A level that a change of plan would leave for a while is not
    counted: it is where members stand by the plan itself.
    """
    counts = [0] * (len(plan.levels) + 1)
    for level, members in run(_with(SPREAD, plan), _facts(plan, on)):
        counts[level] = members
    rest = Member.objects.filter(brand_id=plan.brand_id).count() - sum(counts)
    counts[plan.level_for(0)] += max(0, rest)
    return counts


def levels_of_all(plan: Plan, on: date) -> dict[UUID, int]:
    """Give the level of each member who bought within the days that count; all others stand where nothing leads."""
    return dict(run(_with(STANDINGS, plan), _facts(plan, on)))


def falling(plan: Plan, on: date, *, limit: int = 50) -> list[Changing]:
    """Give who will fall at the period's end as things stand, the highest levels first."""
    return [Changing(row[0], row[1], row[2], row[5]) for row in _changing(FALLING, plan, on, limit)]


def rising(plan: Plan, on: date, *, limit: int = 50) -> list[Changing]:
    """Give who lacks least for the next level."""
    return [Changing(row[0], row[1], row[2], row[4]) for row in _changing(RISING, plan, on, limit)]


def _changing(which: str, plan: Plan, on: date, limit: int) -> list[tuple]:  # type: ignore[type-arg]
    end = period_end(on, plan)
    statement = CHANGING.format(amount=AMOUNTS[plan.measure], which=which)
    return run(statement, {
        "brand": plan.brand_id, "version": plan.version, "today": on, "from": window_start(on, plan), "end": end, "limit": limit,
        "end_from": window_start(end, plan), "thresholds": integers(plan.thresholds), "base": plan.level_for(0),
    })  # fmt: skip


def _with(statement: str, plan: Plan) -> str:
    window = CALENDAR if plan.window == "calendar" else ROLLING
    return statement.format(best=BEST.format(amount=AMOUNTS[plan.measure], window=window))


def _facts(plan: Plan, on: date) -> dict[str, object]:
    start = period_start(on, plan)
    return {
        "brand": plan.brand_id, "months": plan.window_months, "today": on, "first": first_day_needed(on, plan),
        "period": start, "before": start - DAY, "before_from": window_start(start - DAY, plan),
        "thresholds": integers(plan.thresholds),
    }  # fmt: skip
