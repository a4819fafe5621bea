"""Arithmetic of tiers: which level what was bought gives, until when it is kept, and what is needed by when.

A member's level on a day is the highest of what counted at the end of the last period and what counted after each of its
purchases since: up at once, down at a period's end. So it follows from the days of one window and one period alone.
"""

from __future__ import annotations

import calendar
from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from itertools import accumulate, pairwise
from uuid import UUID

FOR_EVER = date(9999, 12, 31)
DAY = timedelta(days=1)
PERIOD_MONTHS = {"month": 1, "quarter": 3, "half_year": 6, "year": 12}
WINDOW_MONTHS_MAX = 36
LEVELS_MAX = 20


@dataclass(frozen=True, slots=True)
class TierNow:
    """The tier that a member has at an instant, with its benefits."""

    code: str
    level: int
    name: str
    name_en: str
    discount_bp: int = 0
    points_factor_bp: int = 10_000
    free_delivery: bool = False
    early_hours: int = 0
    birthday_points: int = 0


@dataclass(frozen=True, slots=True)
class Level:
    """One level of a plan. Levels count from 1, and thresholds rise with them."""

    level: int
    code: str
    name: str
    name_en: str
    threshold: int
    discount_bp: int = 0
    points_factor_bp: int = 10_000
    birthday_points: int = 0
    free_delivery: bool = False
    early_hours: int = 0

    @property
    def factor(self) -> str:
        """The points factor as people write it: 1.25."""
        return f"{self.points_factor_bp / 10_000:g}"

    @property
    def now(self) -> TierNow:
        return TierNow(
            self.code, self.level, self.name, self.name_en, self.discount_bp, self.points_factor_bp, self.free_delivery,
            self.early_hours, self.birthday_points,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Plan:
    """A brand's plan for tiers: what counts, over which window, and when members fall."""

    brand_id: UUID
    version: int
    measure: str
    window: str
    window_months: int
    period: str
    notice_days: int
    levels: tuple[Level, ...]

    @property
    def thresholds(self) -> list[int]:
        return [level.threshold for level in self.levels]

    def level_for(self, value: int) -> int:
        """Give the highest level that a value reaches; 0: none."""
        return bisect_right(self.thresholds, value)

    def level_of(self, code: str) -> int:
        """Give the number of the level with this code; 0: there is none."""
        return next((one.level for one in self.levels if one.code == code), 0)


@dataclass(frozen=True, slots=True)
class Stands:
    """Where a member stands on a day: the level, what counts now, and until when it is sure."""

    level: int
    value: int
    keeps_until: date


@dataclass(frozen=True, slots=True)
class NextStep:
    """What a member needs: so much more until `up_by` for the next level, so much more until `keeps_until` to keep its own.

    `up_level` 0: there is no higher one. `keep_needed` 0: the level is kept for the next period as things stand.
    """

    up_level: int
    up_needed: int
    up_by: date | None
    keep_needed: int
    keeps_until: date


@lru_cache(maxsize=20_000)
def add_months(on: date, months: int) -> date:
    """Give the same day so many months later, or the month's last day where there is no such day."""
    year, month = divmod(on.year * 12 + on.month - 1 + months, 12)
    return date(year, month + 1, min(on.day, calendar.monthrange(year, month + 1)[1]))


def stretch_start(on: date, months: int) -> date:
    """Give the first day of the calendar stretch of so many months in which a day lies; stretches begin with the year."""
    return date(on.year, (on.month - 1) // months * months + 1, 1)


def window_start(on: date, plan: Plan) -> date:
    """Give the first day that counts on a day."""
    if plan.window == "calendar":
        return stretch_start(on, plan.window_months)
    return add_months(on, -plan.window_months) + DAY


def period_start(on: date, plan: Plan) -> date:
    """Give the first day of the period in which a day lies."""
    return stretch_start(on, PERIOD_MONTHS[plan.period])


def period_end(on: date, plan: Plan) -> date:
    """Give the last day of the period in which a day lies: the day at whose end members fall."""
    return add_months(period_start(on, plan), PERIOD_MONTHS[plan.period]) - DAY


def first_day_needed(on: date, plan: Plan) -> date:
    """Give the first day on which the standing of a day depends: where the window of the last period's end begins."""
    return min(window_start(period_start(on, plan) - DAY, plan), window_start(on, plan))


class Sums:
    """The days of one member, sorted, with running totals: any window's sum is a difference of two of them."""

    def __init__(self, days: Mapping[date, int]) -> None:
        self.days = sorted(day for day, amount in days.items() if amount)
        self.totals = [0, *accumulate(days[day] for day in self.days)]

    def between(self, start: date, end: date) -> int:
        """Give the sum of the days from start to end, both counted."""
        return self.totals[bisect_right(self.days, end)] - self.totals[bisect_left(self.days, start)]

    def value_on(self, on: date, plan: Plan) -> int:
        """Give what counts on a day: the sum of its window."""
        return self.between(window_start(on, plan), on)


def stands_on(sums: Sums, on: date, plan: Plan) -> Stands:
    """Give where a member stands at the end of a day, from what it bought since `first_day_needed`."""
    start = period_start(on, plan)
    of_period = sums.days[bisect_left(sums.days, start) : bisect_right(sums.days, on)]
    best = max([sums.value_on(day, plan) for day in (start - DAY, *of_period)])
    level = plan.level_for(best)
    return Stands(level, sums.value_on(on, plan), keeps_until(level, on, plan))


def keeps_until(level: int, on: date, plan: Plan) -> date:
    """Give the last day on which a level is sure: the period's end, or for ever when nobody falls below it."""
    return FOR_EVER if level <= plan.level_for(0) else period_end(on, plan)


def level_after_period(sums: Sums, on: date, plan: Plan) -> int:
    """Give the level that a member will have after the period's end if it buys nothing more."""
    return plan.level_for(sums.value_on(period_end(on, plan), plan))


def next_step(sums: Sums, level: int, on: date, plan: Plan) -> NextStep:
    """Say what a member of a level needs by when, to rise and to stay. Buying it on any day up to then is enough."""
    value, end = sums.value_on(on, plan), period_end(on, plan)
    above = plan.levels[level] if level < len(plan.levels) else None
    keep = plan.levels[level - 1].threshold - sums.value_on(end, plan) if level else 0
    return NextStep(
        above.level if above else 0,
        max(0, above.threshold - value) if above else 0,
        _sure_until(sums, on, plan) if above else None,
        max(0, keep),
        end,
    )


def _sure_until(sums: Sums, on: date, plan: Plan) -> date:
    """Give the last day on which what counts today still counts whole: then the window's first purchase leaves it."""
    start = window_start(on, plan)
    if plan.window == "calendar":
        return add_months(start, plan.window_months) - DAY
    at = bisect_left(sums.days, start)
    first = sums.days[at] if at < len(sums.days) and sums.days[at] <= on else on
    last = add_months(first, plan.window_months)
    while window_start(last, plan) > first:
        last -= DAY
    return last


def plan_problem(plan: Plan) -> str:
    """Name what is wrong with a plan, as a code: "" when nothing is."""
    if plan.measure not in ("points", "spending") or plan.window not in ("rolling", "calendar"):
        return "measure"
    if plan.period not in PERIOD_MONTHS:
        return "period"
    if not 1 <= plan.window_months <= WINDOW_MONTHS_MAX or (plan.window == "calendar" and 12 % plan.window_months):
        return "window_months"
    if not 1 <= plan.notice_days <= 365:
        return "notice_days"
    if not 1 <= len(plan.levels) <= LEVELS_MAX:
        return "levels"
    if [level.level for level in plan.levels] != list(range(1, len(plan.levels) + 1)):
        return "levels"
    return _levels_problem(plan.levels)


def _levels_problem(levels: Sequence[Level]) -> str:
    if len({level.code for level in levels}) != len(levels) or not all(level.code for level in levels):
        return "code"
    if not all(level.name.strip() for level in levels):
        return "name"
    thresholds = [level.threshold for level in levels]
    if thresholds[0] < 0 or any(low >= high for low, high in pairwise(thresholds)):
        return "threshold"
    if not all(0 <= level.discount_bp <= 10_000 for level in levels):
        return "discount_bp"
    if not all(0 <= level.points_factor_bp <= 100_000 for level in levels):
        return "points_factor_bp"
    if not all(0 <= level.birthday_points <= 10_000_000 and 0 <= level.early_hours <= 720 for level in levels):
        return "birthday_points"
    return ""
