"""Sequences over one member's facts: first this, then that, then not such a thing. Pure.

In sets of instants: those of the first step, then those of each next step that can be reached from one of the set before.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from sitong.member.segments.subjects import SUBJECTS

Row = tuple[Any, ...]
Facts = Mapping[str, Sequence[Row]]
Moment = tuple[datetime, date]
Moments = Callable[[Facts, date], list[Moment]]
FORESEEN = frozenset({"coupons"})
"""Subjects of which facts are known before their day: the end of a coupon."""
Pattern = tuple[bool, str, Callable[[Row], bool] | None]


def sequence(
    patterns: Sequence[Pattern], within_days: int | None, last_days: int | None
) -> tuple[Callable[[Facts, date], bool], Callable[[Facts, date], date | None] | None]:
    """Make a sequence of (absent, subject, condition) into its answer and the next day on which that may change."""
    steps = [(absent, _moments(subject, keep, last_days)) for absent, subject, keep in patterns]
    within = timedelta(days=within_days) if within_days else None
    ends_absent = steps[-1][0]

    def answer(facts: Facts, on: date) -> bool:
        reached: list[Moment] = []
        between: list[datetime] = []
        begun = False
        for absent, moments in steps:
            found = moments(facts, on)
            if absent:
                between = sorted([*between, *(at for at, _ in found)])
                continue
            reached = _reach(reached, found, between, within) if begun else found
            if not reached:
                return False
            begun, between = True, []
        if not ends_absent:
            return True
        return any((within is None or day + within < on) and not _any_after(between, at, within) for at, day in reached)

    over = within if ends_absent else None
    coming = any(subject in FORESEEN for _, subject, _ in patterns)
    if last_days is None and over is None and not coming:
        return answer, None
    every = [(absent, _moments(subject, keep, None)) for absent, subject, keep in patterns]
    return answer, _next_day(every, over, last_days)


def _reach(
    before: list[Moment], found: list[Moment], between: list[datetime], within: timedelta | None
) -> list[Moment]:
    """Give those moments that come after one of those before, near enough, without any of `between` in between."""
    instants = sorted({at for at, _ in before})
    kept = []
    for at, day in found:
        place = bisect_right(instants, at)
        while place and instants[place - 1] >= at:
            place -= 1
        # The nearest one before it is the best: nearest in time, and with the fewest things in between.
        if place == 0 or (within is not None and at - instants[place - 1] > within):
            continue
        nearest = instants[place - 1]
        if not any(nearest < other < at for other in between):
            kept.append((at, day))
    return kept


def _any_after(instants: list[datetime], at: datetime, within: timedelta | None) -> bool:
    place = bisect_right(instants, at)
    return place < len(instants) and (within is None or instants[place] - at <= within)


def _moments(subject_name: str, keep: Callable[[Row], bool] | None, last_days: int | None) -> Moments:
    subject = SUBJECTS[subject_name]
    columns = subject.columns
    at, when = columns.index("at"), columns.index("on")
    back = columns.index(subject.back) if subject.back else -1
    before = timedelta(days=last_days - 1) if last_days else None

    def moments(facts: Facts, on: date) -> list[Moment]:
        first = date.min if before is None else on - before
        return [
            (row[at], row[when])
            for row in facts.get(subject_name, ())
            if first <= row[when] <= on and (keep is None or keep(row)) and not (back >= 0 and row[back])
        ]

    return moments


def _next_day(
    steps: Sequence[tuple[bool, Moments]], over: timedelta | None, last_days: int | None
) -> Callable[[Facts, date], date | None]:
    """Give the next day on which a fact comes, leaves the window, or the days of waiting after it are over."""
    leaves = timedelta(days=last_days) if last_days else None
    one = timedelta(days=1)

    def next_day(facts: Facts, on: date) -> date | None:
        turning = []
        for absent, moments in steps:
            for _, day in moments(facts, date.max):
                turning.append(day)
                if leaves is not None:
                    turning.append(day + leaves)
                if over is not None and not absent:
                    turning.append(day + over + one)
        return min((day for day in turning if day > on), default=None)

    return next_day
