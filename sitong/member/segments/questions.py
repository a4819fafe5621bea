"""What a rule asks of one member's facts, made into functions: each leaf of a rule is one question. Pure.

Two functions for each: what the answer is on a day, and on which later day it may become another one by time alone.
"""

from __future__ import annotations

import operator
from calendar import isleap
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from sitong.member.segments.choices import HELD
from sitong.member.segments.language import Condition, Did, Is, Leaf, Tagged, Then, is_held
from sitong.member.segments.sequences import FORESEEN, sequence
from sitong.member.segments.subjects import SUBJECTS, Subject

Row = tuple[Any, ...]
Facts = Mapping[str, Sequence[Row]]
"""Subject → rows of one member, as tuples in the order of the subject's columns. `members` has one."""
Keeps = Callable[[Row], bool]
Answer = Callable[[Facts, date], bool]
Chooses = Callable[[Facts, date], list[Row]]
Measured = Callable[[list[Row], date], bool]
NextDay = Callable[[Facts, date], date | None]

DAY: Final = timedelta(days=1)
COMPARE: Final[Mapping[str, Callable[[Any, Any], bool]]] = {
    "=": operator.eq, "!=": operator.ne, "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
    "in": lambda has, values: has in values, "not_in": lambda has, values: has not in values,
}  # fmt: skip
FAR: Final = 100_000
RISING: Final = frozenset({">=", ">"})
FALLING: Final = frozenset({"<=", "<"})


@dataclass(frozen=True, slots=True)
class Question:
    """A leaf as functions. `next_day` None: time alone never changes the answer; it may name a day too early, never too late.

    Where facts are chosen and then measured, `chooses` and `measured` are the two halves of `answer`, so that leaves that choose
    the same facts can share them.
    """

    leaf: Leaf
    answer: Answer
    next_day: NextDay | None
    chooses: Chooses | None = None
    measured: Measured | None = None


def question(leaf: Leaf) -> Question:
    """Make a leaf into functions."""
    match leaf:
        case Is():
            return _is(leaf)
        case Tagged(tag_id):
            return Question(leaf, _tagged(tag_id.hex), None)
        case Did():
            chooses, measured = chooser(leaf, keeps(SUBJECTS[leaf.subject], leaf.where)), _measured(leaf)
            return Question(
                leaf, lambda facts, on: measured(chooses(facts, on), on), _next_of_did(leaf), chooses, measured
            )
        case Then(steps):
            patterns = [(one.absent, one.subject, keeps(SUBJECTS[one.subject], one.where)) for one in steps]
            answer, next_day = sequence(patterns, leaf.within_days, leaf.last_days)
            return Question(leaf, answer, next_day)


def keeps(subject: Subject, where: Sequence[Condition]) -> Keeps | None:
    """Give what tells whether a fact fulfills all conditions; None: there are none. Facts of coupons that are held are chosen
    elsewhere; here they are claimed ones."""
    tests = [_test(subject, one) for one in where]
    if not tests:
        return None
    if len(tests) == 1:
        return tests[0]
    if len(tests) == 2:
        first, second = tests
        return lambda row: first(row) and second(row)
    return lambda row: all(test(row) for test in tests)


def _test(subject: Subject, condition: Condition) -> Keeps:
    place = subject.columns.index(condition.field)
    value = condition.value
    if is_held(condition, subject.name):
        return lambda row: row[place] == "claimed"
    if isinstance(value, tuple):
        values = frozenset(value)
        if condition.op == "in":
            return lambda row: row[place] in values
        return lambda row: row[place] not in values
    if condition.op == "=":
        return lambda row: row[place] == value
    compare = COMPARE[condition.op]
    return lambda row: compare(row[place], value)


def _tagged(tag: str) -> Answer:
    def answer(facts: Facts, _on: date) -> bool:
        rows = [row for row in facts.get("tags", ()) if row[0] == tag]
        if not rows:
            return False
        newest = max(row[1] for row in rows)
        return all(row[2] for row in rows if row[1] == newest)

    return answer


def _is(leaf: Is) -> Question:
    columns = SUBJECTS["members"].columns
    compare, value = COMPARE[leaf.op], leaf.value
    if isinstance(value, tuple):
        value = frozenset(value)  # type: ignore[assignment]
    if leaf.field == "joined_days":
        joined = columns.index("joined_on")
        return Question(
            leaf,
            lambda facts, on: compare((on - facts["members"][0][joined]).days, value),
            _next_of_days(leaf, lambda facts, _on: [facts["members"][0][joined]], 1),
        )
    if leaf.field == "birthday_in_days":
        month, day = columns.index("birthday_month"), columns.index("birthday_day")

        def answer(facts: Facts, on: date) -> bool:
            row = facts["members"][0]
            return bool(row[month]) and compare((next_birthday(row[month], row[day], on) - on).days, value)

        def birthdays(facts: Facts, on: date) -> list[date]:
            row = facts["members"][0]
            if not row[month]:
                return []
            coming = next_birthday(row[month], row[day], on)
            return [coming, next_birthday(row[month], row[day], coming + DAY)]

        return Question(leaf, answer, _next_of_days(leaf, birthdays, -1))
    place = columns.index(leaf.field)
    return Question(leaf, lambda facts, _on: compare(facts["members"][0][place], value), None)


def next_birthday(month: int, day: int, on: date) -> date:
    """Give the next birthday from a day on, that day included; the 29th of February is the 28th in years without it."""
    for year in (on.year, on.year + 1):
        falls = date(year, month, 28 if (month, day) == (2, 29) and not isleap(year) else day)
        if falls >= on:
            return falls
    raise AssertionError("a birthday comes within a year")


def _next_of_days(leaf: Is, days: Callable[[Facts, date], list[date]], sign: int) -> NextDay:
    """Give the next day on which a distance in days to some days reaches or passes a value."""
    values = leaf.value if isinstance(leaf.value, tuple) else (leaf.value,)
    reach = [sign * (_far(int(one)) + more * DAY) for one in values for more in (0, 1, -1)]  # type: ignore[arg-type]

    def next_day(facts: Facts, on: date) -> date | None:
        found = days(facts, on)
        turning = [day + far for day in found for far in reach] + [day + DAY for day in found]
        return min((day for day in turning if day > on), default=None)

    return next_day


def chooses_like(leaf: Leaf) -> Hashable:
    """Give what tells apart which facts are chosen: leaves of which this is equal choose the same; None: none are chosen so."""
    match leaf:
        case Did():
            return leaf.subject, leaf.where, leaf.last_days, leaf.since, leaf.until
        case _:
            return None


def _measured(leaf: Did) -> Measured:
    subject = SUBJECTS[leaf.subject]
    compare, value = COMPARE[leaf.op], leaf.value
    columns = subject.columns
    back = columns.index(subject.back) if subject.back else -1
    kind = leaf.measure.kind
    place = columns.index(leaf.measure.field) if leaf.measure.field else -1
    when = columns.index("on") if subject.timed else -1

    def kept(rows: list[Row]) -> list[Row]:
        return [row for row in rows if not row[back]] if back >= 0 else rows

    match kind:
        case "count":
            return lambda rows, _on: compare(len(kept(rows)), value)
        case "days":
            return lambda rows, _on: compare(len({row[when] for row in kept(rows)}), value)
        case "distinct":
            return lambda rows, _on: compare(len({row[place] for row in kept(rows)}), value)
        case "sum":
            return lambda rows, _on: compare(sum(row[place] for row in rows), value)
        case "avg":

            def average(rows: list[Row], _on: date) -> bool:
                count = len(kept(rows))
                return count > 0 and compare(sum(row[place] for row in rows), value * count)

            return average
        case "recency_days":

            def recent(rows: list[Row], on: date) -> bool:
                bought = kept(rows)
                return bool(bought) and compare((on - max(row[when] for row in bought)).days, value)

            return recent
        case _:
            pick = max if kind == "max" else min

            def extreme(rows: list[Row], _on: date) -> bool:
                there = kept(rows)
                return bool(there) and compare(pick(row[place] for row in there), value)

            return extreme


def chooser(leaf: Did, keep: Keeps | None) -> Chooses:
    """Give what chooses the facts of which a rule speaks: those there on the day, in its window, under its conditions."""
    subject = SUBJECTS[leaf.subject]
    name = subject.name
    if not subject.timed:
        return lambda facts, _on: [row for row in facts.get(name, ()) if keep is None or keep(row)]
    when = subject.columns.index("on")
    since, until = leaf.since or date.min, leaf.until or date.max
    before = timedelta(days=leaf.last_days - 1) if leaf.last_days else None

    def chosen(facts: Facts, on: date) -> list[Row]:
        first = since if before is None else on - before
        last = min(on, until)
        rows = facts.get(name, ())
        if keep is None:
            return [row for row in rows if first <= row[when] <= last]
        return [row for row in rows if first <= row[when] <= last and keep(row)]

    if not any(is_held(one, name) for one in leaf.where):
        return chosen
    claim, what = subject.columns.index("claim_id"), subject.columns.index("what")

    def held(facts: Facts, on: date) -> list[Row]:
        gone = {row[claim] for row in facts.get(name, ()) if row[what] != "claimed" and row[when] <= on}
        return [row for row in chosen(facts, on) if row[claim] not in gone]

    return held


def _next_of_did(leaf: Did) -> NextDay | None:
    subject = SUBJECTS[leaf.subject]
    if not subject.timed:
        return None
    keep, when = keeps(subject, leaf.where), subject.columns.index("on")
    name = subject.name
    back = subject.columns.index(subject.back) if subject.back and leaf.measure.kind not in ("sum", "avg") else -1
    held = any(one.value == HELD for one in leaf.where) and name == "coupons"
    leaves_after = timedelta(days=leaf.last_days) if leaf.last_days else None
    recency = leaf.measure.kind == "recency_days"
    if leaves_after is None and not recency and name not in FORESEEN:
        return None
    by_count = leaf.measure.kind == "count" and leaf.op in RISING | FALLING and not held
    least = leaf.value + (leaf.op in (">", "<="))
    """The count from which on the answer is the one of many: `count >= least` decides."""

    def next_day(facts: Facts, on: date) -> date | None:
        rows = facts.get(name, ())
        days = [row[when] for row in rows if (keep is None or keep(row)) and not (back >= 0 and row[back])]
        coming = [row[when] for row in rows if row[when] > on] if held else days
        found = [day for day in coming if day > on]
        if leaves_after is not None:
            if by_count and not found:
                return _falls_below(least, days, on, leaves_after)
            found += [day + leaves_after for day in days if on - leaves_after < day <= on]
        if recency and (past := [day for day in days if day <= on]):
            newest = max(past)
            turning = (newest + _far(leaf.value) + more * DAY for more in (0, 1))
            found += [day for day in turning if day > on]
        return min(found, default=None)

    return next_day


def _far(days: int) -> timedelta:
    """Give so many days, but never farther than any calendar goes: what is farther is never reached."""
    return timedelta(days=max(-FAR, min(FAR, days)))


def _falls_below(least: int, days: list[date], on: date, leaves_after: timedelta) -> date | None:
    """Give the day on which fewer than `least` of these days are left in a window; None: there are fewer already."""
    inside = sorted((day for day in days if on - leaves_after < day <= on), reverse=True)
    return inside[least - 1] + leaves_after if 1 <= least <= len(inside) else None
