"""Plans of check-in as a form of plain fields: names, days, ways, limits, and up to six rewards."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from django.http import QueryDict
from django.utils.dateparse import parse_date

from sitong.marketing.checkin.actions.plans import CheckInDates, CheckInLimits, PlanWanted
from sitong.marketing.checkin.models import CheckInPlan
from sitong.marketing.checkin.queries.plans import steps_read
from sitong.marketing.checkin.rules import ONS, Step
from sitong.marketing.giving.forms import read_rewards, reward_shown
from sitong.marketing.giving.rules import Reward

ROWS = 6
LIMITS = {"accuracy_m_max": 100, "device_members_max": 2, "crowd_members": 10, "crowd_s": 10}


def read_steps(said: QueryDict, *, currency: str) -> tuple[Step, ...]:
    """Read the rows of rewards; a row without a reward is left out. Raises marketing.reward_impossible."""
    steps = []
    for at in range(ROWS):
        rewards = read_rewards(_row(said, at), "reward", currency=currency)
        on = said.get(f"on_{at}", "streak")
        for reward in rewards:
            count = 1 if on == "day" else _whole(said.get(f"count_{at}", ""), 0)
            steps.append(Step(on if on in ONS else "", count, reward, said.get(f"again_{at}") == "on"))
    return tuple(steps)


def read_plan(said: QueryDict, plan_id: UUID, brand_id: UUID, *, currency: str) -> PlanWanted:
    """Read a plan of the brand. Raises marketing.reward_impossible, marketing.check_in_dates, marketing.check_in_limits."""
    starts_on, ends_on = _day(said.get("starts_on", "")), said.get("ends_on", "").strip()
    if starts_on is None or (ends_on and _day(ends_on) is None):
        raise CheckInDates()
    limits = {name: _whole(said.get(name, ""), default) for name, default in LIMITS.items()}
    if -1 in limits.values():
        raise CheckInLimits()
    return PlanWanted(
        plan_id, brand_id, said.get("name", ""), read_steps(said, currency=currency), starts_on, _day(ends_on), None, said.get("name_en", ""),
        said.get("per", "brand"), said.get("by_position") == "on", said.get("by_code") == "on", **limits,
    )  # fmt: skip


def shown_rows(steps: Sequence[Step], *, currency: str) -> list[dict[str, Any]]:
    """Give the rows of rewards as the form draws them, empty ones behind."""
    rows: list[Step | None] = [*steps, *([None] * (ROWS - len(steps)))]
    return [_shown(at, one, currency) for at, one in enumerate(rows)]


def shown_plan(plan: CheckInPlan | None, said: Mapping[str, Any] | None, today: date) -> dict[str, Any]:
    """Give the plain fields as the form draws them: what was said, else the plan, else what is usual."""
    if said is not None:
        fields = {name: said.get(name, "") for name in ("name", "name_en", "starts_on", "ends_on", "per", *LIMITS)}
        return fields | {name: said.get(name) == "on" for name in ("by_position", "by_code")}
    if plan is not None:
        kept = {name: getattr(plan, name) for name in ("name", "name_en", "per", "by_position", "by_code", *LIMITS)}
        return kept | {
            "starts_on": plan.starts_on.isoformat(),
            "ends_on": plan.ends_on.isoformat() if plan.ends_on else "",
        }
    return {
        "per": "brand",
        "by_position": True,
        "by_code": True,
        "starts_on": today.isoformat(),
        "ends_on": "",
        **LIMITS,
    }


def steps_of(plan: CheckInPlan | None) -> tuple[Step, ...]:
    """Give a plan's steps; the usual ones for none: seven days in a row."""
    return steps_read(plan.steps) if plan else ()


def _shown(at: int, step: Step | None, currency: str) -> dict[str, Any]:
    usual = {0: ("streak", 7), 1: ("total", 30)}.get(at, ("day" if at == 2 else "streak", 1))
    on, count = (step.on, step.count) if step else usual
    reward: Reward | None = step.reward if step else None
    return {
        "at": at,
        "on": on,
        "count": count,
        "again": step.again if step else True,
        "reward": reward_shown(reward, currency=currency),
    }


class _Row:
    """One row of the form, as `read_rewards` reads it."""

    def __init__(self, said: QueryDict, at: int) -> None:
        self.said, self.at = said, at

    def getlist(self, key: str) -> list[Any]:
        return self.said.getlist(f"{key}_{self.at}")


def _row(said: QueryDict, at: int) -> _Row:
    return _Row(said, at)


def _whole(text: str, default: int) -> int:
    """Read a whole number; the default for nothing, -1 for what is none."""
    text = text.strip()
    if not text:
        return default
    return int(text) if text.isascii() and text.isdigit() and len(text) < 8 else -1


def _day(text: str) -> date | None:
    try:
        return parse_date(text.strip())
    except ValueError:
        return None
