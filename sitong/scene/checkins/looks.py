"""What the pages of check-in show: a month's calendar, and the rewards ahead."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from sitong.marketing.checkin.rules import Plan, Stands, next_reached
from sitong.marketing.checkin.said import named_rewards, when_said


@dataclass(frozen=True, slots=True)
class CalendarDay:
    """One square of the calendar. `state`: counted, waiting, refused, '' for nothing."""

    on: date
    state: str
    is_today: bool
    is_ahead: bool
    in_month: bool


@dataclass(frozen=True, slots=True)
class StepAhead:
    """A reward with how far it is: `done` of `count`, `left` days more; None: had for good."""

    when: str
    reward: str
    own: bool
    done: int
    count: int
    left: int | None


def month_of(today: date, days: Mapping[date, str]) -> list[list[CalendarDay]]:
    """Give the weeks of today's month, Monday first."""
    first = today.replace(day=1)
    last = (first + timedelta(days=32)).replace(day=1) - timedelta(days=1)
    start = first - timedelta(days=first.weekday())
    end = last + timedelta(days=6 - last.weekday())
    squares = [
        CalendarDay(on, days.get(on, ""), on == today, on > today, first <= on <= last)
        for on in (start + timedelta(days=at) for at in range((end - start).days + 1))
    ]
    return [squares[at : at + 7] for at in range(0, len(squares), 7)]


def steps_ahead(plans: Sequence[Plan], stands: Mapping[UUID, Stands], store_id: UUID, currency: str) -> list[StepAhead]:
    """Give all rewards of the plans that run, the nearest first."""
    names = named_rewards({step.reward for plan in plans for step in plan.steps}, currency)
    found = []
    for plan in plans:
        now = stands[plan.place_of(store_id)]
        for step in plan.steps:
            left = next_reached(step, now)
            count = 1 if step.on == "day" else step.count
            done = count if left is None else count - left
            found.append(StepAhead(when_said(step), names[step.reward], plan.store_id is not None, done, count, left))
    return sorted(found, key=lambda one: (one.left is None, one.count == 1, one.left or 0))
