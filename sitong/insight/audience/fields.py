"""Conditions on fields as Ibis expressions: of facts, and of the members' own rows."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import ibis

from sitong.member.segments.language import Condition, Is, Op
from sitong.member.segments.questions import next_birthday

if TYPE_CHECKING:
    from ibis.expr.types import BooleanValue, Table

TURNED: dict[str, Op] = {"=": "=", "!=": "!=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}
"""What remains of a comparison when both sides change places, as those of "day minus something" do."""

OPPOSITE: dict[str, Op] = {
    "=": "!=", "!=": "=", "<": ">=", "<=": ">", ">": "<=", ">=": "<", "in": "not_in", "not_in": "in",
}  # fmt: skip
"""What holds when a comparison does not."""

DAYS_OF_MONTHS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
DAYS_FAR = 700_000
"""More days than lie between any two dates that occur."""


def compare(value: Any, op: Op, other: Any) -> Any:
    """Compare two values, or an expression with a value."""
    match op:
        case "=":
            return value == other
        case "!=":
            return value != other
        case "<":
            return value < other
        case "<=":
            return value <= other
        case ">":
            return value > other
        case ">=":
            return value >= other
        case "in":
            return value.isin(list(other)) if isinstance(value, ibis.Value) else value in other
        case "not_in":
            return value.notin(list(other)) if isinstance(value, ibis.Value) else value not in other


def condition_holds(facts: Table, condition: Condition) -> BooleanValue:
    """Say that facts fulfill one condition. No field of the lake that rules may ask for is null."""
    field = facts[condition.field]
    if isinstance(condition.value, bool):
        return field if condition.value else ~field
    return compare(field, condition.op, condition.value)


def days_before(day: date, days: int) -> date:
    """Give the day so many days before another, or the first or last day of all where there is none."""
    try:
        return day - timedelta(days=max(-DAYS_FAR, min(DAYS_FAR, days)))
    except OverflowError:
        return date.min if days > 0 else date.max


def fulfilled_by(rule: Is, *, on: date) -> Callable[[Table], BooleanValue]:
    """Give the condition that a member's row must fulfill."""
    if rule.field == "joined_days":
        return lambda members: _joined_days(members, rule, on)
    if rule.field == "birthday_in_days":
        return lambda members: _birthday_in_days(members, rule, on)
    condition = Condition(rule.field, rule.op, rule.value)
    return lambda members: condition_holds(members, condition)


def _joined_days(members: Table, rule: Is, on: date) -> BooleanValue:
    value: Any = rule.value
    if isinstance(value, tuple):
        return compare(members["joined_on"], rule.op, [days_before(on, one) for one in value])
    return compare(members["joined_on"], TURNED[rule.op], days_before(on, value))


def _birthday_in_days(members: Table, rule: Is, on: date) -> BooleanValue:
    """Name the birthdays for which it holds on that day: at most 366 of them."""
    born = members["birthday_month"] * 100 + members["birthday_day"]
    return born.isin([
        100 * month + day
        for month, days in enumerate(DAYS_OF_MONTHS, 1)
        for day in range(1, days + 1)
        if compare((next_birthday(month, day, on) - on).days, rule.op, rule.value)
    ])  # fmt: skip
