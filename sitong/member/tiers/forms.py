"""The editor of a plan for tiers: one form whose rows are the levels."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from sitong.member.tiers.rules import LEVELS_MAX, Level, Plan, plan_problem
from sitong.shared.money import MINOR_DIGITS

MEASURES = {"spending": gettext_lazy("What was spent"), "points": gettext_lazy("Points earned")}
WINDOWS = {
    "rolling": gettext_lazy("the last so many months"),
    "calendar": gettext_lazy("since the calendar stretch of so many months began"),
}
PERIODS = {
    "month": gettext_lazy("Month"),
    "quarter": gettext_lazy("Quarter"),
    "half_year": gettext_lazy("Half year"),
    "year": gettext_lazy("Year"),
}
PROBLEMS = {
    "measure": gettext_lazy("Choose what counts."),
    "period": gettext_lazy("Choose when members fall."),
    "window_months": gettext_lazy("The window has 1 to 36 months; a calendar stretch 1, 2, 3, 4, 6 or 12."),
    "notice_days": gettext_lazy("Notice is given 1 to 365 days before."),
    "levels": gettext_lazy("A plan has 1 to 20 levels."),
    "code": gettext_lazy("Each level needs a code of its own."),
    "name": gettext_lazy("Each level needs a name."),
    "threshold": gettext_lazy("Thresholds must rise from level to level."),
    "discount_bp": gettext_lazy("A discount lies between 0 and 100 percent."),
    "points_factor_bp": gettext_lazy("A factor lies between 0 and 10."),
    "birthday_points": gettext_lazy("Birthday points or early hours are out of bounds."),
}
COLUMNS = ("code", "name", "name_en", "threshold", "discount", "factor", "birthday_points", "early_hours", "free")
SPARE_ROWS = 2


@dataclass(frozen=True, slots=True)
class Said:
    """What somebody wrote: the plan, if it can be read, what is wrong, and the rows as they were written."""

    plan: Plan | None
    problem: str
    rows: list[dict[str, str]]
    terms: dict[str, str]


def rows_of(plan: Plan, currency: str) -> list[dict[str, str]]:
    """Write a plan's levels as the editor's rows, with empty ones to add more."""
    scale = Decimal(10) ** (MINOR_DIGITS[currency] if plan.measure == "spending" else 0)
    rows = [
        {
            "code": one.code, "name": one.name, "name_en": one.name_en, "threshold": _plain(Decimal(one.threshold) / scale),
            "discount": _plain(Decimal(one.discount_bp) / 100), "factor": _plain(Decimal(one.points_factor_bp) / 10_000),
            "birthday_points": str(one.birthday_points), "early_hours": str(one.early_hours),
            "free": "on" if one.free_delivery else "",
        }
        for one in plan.levels
    ]  # fmt: skip
    return rows + _spare(len(rows))


def terms_of(plan: Plan) -> dict[str, str]:
    """Write a plan's terms as the editor's fields."""
    names = ("measure", "window", "window_months", "period", "notice_days", "version")
    return {name: str(getattr(plan, name)) for name in names}


def read_plan(brand_id: UUID, posted: Mapping[str, Any], currency: str) -> Said:
    """Read what the editor sent. Rows without a name are left out; what cannot be read is told and kept as it was written."""
    names = ("measure", "window", "window_months", "period", "notice_days", "version")
    terms = {name: str(posted.get(name, ""))[:20] for name in names}
    columns = {name: posted.getlist(name)[:LEVELS_MAX] for name in COLUMNS[:-1]}  # type: ignore[attr-defined]
    count = min((len(values) for values in columns.values()), default=0)
    rows = [
        {
            **{name: str(values[at]).strip()[:40] for name, values in columns.items()},
            "free": posted.get(f"free_{at}", ""),
        }
        for at in range(count)
    ]
    kept = [row for row in rows if row["name"] or row["code"]]
    shown = kept + _spare(len(kept))
    try:
        digits = MINOR_DIGITS[currency] if terms["measure"] == "spending" else 0
        levels = tuple(_level(number, row, digits) for number, row in enumerate(kept, 1))
        plan = Plan(
            brand_id, int(terms["version"]), terms["measure"], terms["window"], int(terms["window_months"]), terms["period"],
            int(terms["notice_days"]), levels,
        )  # fmt: skip
    except (ValueError, InvalidOperation):
        return Said(None, _("Something written here is no number."), shown, terms)
    problem = plan_problem(plan)
    return Said(None if problem else plan, str(PROBLEMS.get(problem, problem)), shown, terms)


def _level(number: int, row: Mapping[str, str], digits: int) -> Level:
    return Level(
        number, row["code"][:20] or f"level{number}", row["name"], row["name_en"],
        _whole(row["threshold"], 10**digits), _whole(row["discount"], 100), _whole(row["factor"] or "1", 10_000),
        _whole(row["birthday_points"], 1), bool(row["free"]), _whole(row["early_hours"], 1),
    )  # fmt: skip


def _whole(written: str, scale: int) -> int:
    value = Decimal(written.replace(",", "") or "0") * scale
    if not value.is_finite() or value != value.to_integral_value() or abs(value) > 10**15:
        raise ValueError(written)
    return int(value)


def _plain(value: Decimal) -> str:
    return f"{value.normalize():f}"


def _spare(there: int) -> list[dict[str, str]]:
    empty = {**dict.fromkeys(COLUMNS, ""), "factor": "1"}
    return [dict(empty) for _ in range(min(SPARE_ROWS, LEVELS_MAX - there))]
