"""Where millions of members stand, reckoned over columns: what `rules.stands_on` says for one, and what that changes.

Pure arithmetic on numpy arrays, in whole numbers; law tests hold that it says what `rules` and the action for one say. Days
are numbers (`date.toordinal`, 0: none), members are places in a column, levels count from 1 (0: none).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date
from typing import Any, TypeVar

import numpy
from numpy.typing import NDArray

from sitong.member.tiers.rules import (
    DAY,
    Plan,
    first_day_needed,
    keeps_until,
    period_end,
    period_start,
    window_start,
)

Numbers = NDArray[Any]
DAY_BITS = 16
"""Two plans' worth of days (36 months and a year) take 11."""

Some = TypeVar("Some", bound="Columns")


@dataclass(frozen=True, slots=True)
class Columns:
    """Arrays of one length."""

    def taken(self: Some, which: Numbers) -> Some:
        """Give the rows at these places, or where the mask says so."""
        return type(self)(*(getattr(self, field.name)[which] for field in fields(self)))


@dataclass(frozen=True, slots=True)
class Entries(Columns):
    """What counted: so much of a member on a day. Several of one day add up."""

    member: Numbers
    on: Numbers
    amount: Numbers


@dataclass(frozen=True, slots=True)
class Kept(Columns):
    """Standings as they are kept, a row each, as `Standing` has them."""

    version: Numbers
    level: Numbers
    since: Numbers
    keeps_until: Numbers
    settled_on: Numbers
    floor_level: Numbers
    floor_until: Numbers


@dataclass(frozen=True, slots=True)
class Settled(Columns):
    """Where members stand now: `place` in the column of kept ones; `before` and `after` are places in `codes`."""

    place: Numbers
    level: Numbers
    since: Numbers
    keeps_until: Numbers
    floor_level: Numbers
    floor_until: Numbers
    before: Numbers
    after: Numbers
    rose: Numbers


@dataclass(frozen=True, slots=True)
class Found:
    """What changes: the rows, and the codes of levels that they name ("" is none)."""

    rows: Settled
    codes: tuple[str, ...]

    @property
    def moved(self) -> Numbers:
        """Tell which rows change the level that a member has; the others only last longer."""
        changed: Numbers = self.rows.before != self.rows.after
        return changed

    def moves(self) -> dict[tuple[str, str], int]:
        """Count the members who change, by the level before and after."""
        pairs = self.rows.before[self.moved].astype(numpy.int64) * len(self.codes) + self.rows.after[self.moved]
        counts = numpy.bincount(pairs, minlength=len(self.codes) ** 2)
        return {
            (self.codes[at // len(self.codes)], self.codes[at % len(self.codes)]): int(counts[at])
            for at in numpy.flatnonzero(counts)
        }


def levels_on(entries: Entries, members: int, on: date, plan: Plan) -> tuple[Numbers, Numbers]:
    """Give the level and what counts now for each of so many members at the end of a day."""
    best, value = numpy.zeros(members, numpy.int64), numpy.zeros(members, numpy.int64)
    first = first_day_needed(on, plan)
    keys, amounts = _days(entries, first, on)
    if len(keys):
        member, day = keys >> DAY_BITS, (keys & ((1 << DAY_BITS) - 1)).astype(numpy.int32)
        start = (period_start(on, plan) - first).days
        opens = numpy.flatnonzero(numpy.concatenate(([True], member[1:] != member[:-1])))
        who = member[opens]
        before_from = (window_start(period_start(on, plan) - DAY, plan) - first).days
        best[who] = numpy.add.reduceat(numpy.where((day >= before_from) & (day < start), amounts, 0), opens)
        value[who] = numpy.add.reduceat(numpy.where(day >= (window_start(on, plan) - first).days, amounts, 0), opens)
        _raise_by_purchases(best, keys, amounts, numpy.flatnonzero(day >= start), first, on, plan)
    return numpy.searchsorted(numpy.array(plan.thresholds, numpy.int64), best, side="right").astype(numpy.int16), value


def _days(entries: Entries, first: date, last: date) -> tuple[Numbers, Numbers]:
    """Sort the entries that count by member and day and add up those of one day; days without anything are left out."""
    inside = (entries.on >= first.toordinal()) & (entries.on <= last.toordinal())
    days = entries.on[inside].astype(numpy.int64) - first.toordinal()
    keys = (entries.member[inside].astype(numpy.int64) << DAY_BITS) | days
    amounts = entries.amount[inside].astype(numpy.int64)
    if (keys[1:] < keys[:-1]).any():
        order = numpy.argsort(keys)
        keys, amounts = keys[order], amounts[order]
    if (keys[1:] == keys[:-1]).any():
        opens = numpy.flatnonzero(numpy.concatenate(([True], keys[1:] != keys[:-1])))
        keys, amounts = keys[opens], numpy.add.reduceat(amounts, opens)
    there = amounts != 0
    return (keys, amounts) if there.all() else (keys[there], amounts[there])


def _raise_by_purchases(
    best: Numbers, keys: Numbers, amounts: Numbers, at: Numbers, first: date, on: date, plan: Plan
) -> None:
    """Let each purchase of the period count with its own window: `at` are its places among the days."""
    totals = numpy.concatenate(([0], numpy.cumsum(amounts)))
    starts = numpy.array(
        [
            (window_start(date.fromordinal(day), plan) - first).days
            for day in range(first.toordinal(), on.toordinal() + 1)
        ],
        numpy.int64,
    )
    mine, member = keys[at], keys[at] >> DAY_BITS
    opens = numpy.maximum(starts[mine & ((1 << DAY_BITS) - 1)], 0)
    from_ = numpy.searchsorted(keys, (member << DAY_BITS) | opens)
    numpy.maximum.at(best, member, totals[at + 1] - totals[from_])


def due(kept: Kept, on: date, plan: Plan) -> Numbers:
    """Tell which standings do not say where their members stand on a day: their period is over, or the plan is another."""
    is_due: Numbers = (kept.version != plan.version) | (kept.keeps_until < on.toordinal())
    return is_due


def settled(kept: Kept, level: Numbers, on: date, plan: Plan, olds: Mapping[int, Plan]) -> Found:
    """Say what becomes of the standings that are due, `level` being where each member stands by the plan.

    As `actions.standings` settles one: a new plan leaves a level that it would take until the period's end.
    """
    place = numpy.flatnonzero(due(kept, on, plan))
    kept, level, today = kept.taken(place), level[place].astype(numpy.int16), on.toordinal()
    other = kept.version != plan.version
    codes = (
        "",
        *dict.fromkeys(code for one in (plan, *olds.values()) for code in (level.code for level in one.levels)),
    )
    before, held = _held(kept, other, plan, olds, codes)
    floor = numpy.where(other, numpy.where(held > level, held, 0), kept.floor_level).astype(numpy.int16)
    until = numpy.where(other, numpy.where(held > level, period_end(on, plan).toordinal(), 0), kept.floor_until)
    over = (until > 0) & ((until < today) | (level >= floor))
    floor[over], until[over] = 0, 0
    since = numpy.where((kept.level != level) | (kept.since == 0), today, kept.since)
    lasting = numpy.array([keeps_until(one, on, plan).toordinal() for one in range(len(plan.levels) + 1)])[level]
    lasting = numpy.where(until > 0, numpy.minimum(lasting, until), lasting)
    shown = numpy.maximum(level, numpy.where(until > 0, floor, 0))
    after = numpy.array([0, *(codes.index(one.code) for one in plan.levels)], numpy.int16)[shown]
    rank = numpy.array([plan.level_of(code) for code in codes], numpy.int16)
    rows = Settled(place, level, since, lasting, floor, until, before, after, rank[after] > rank[before])
    return Found(rows, codes)


def _held(
    kept: Kept, other: Numbers, plan: Plan, olds: Mapping[int, Plan], codes: tuple[str, ...]
) -> tuple[Numbers, Numbers]:
    """Give the code that each member had, and the level of the plan that has the code of a level of an earlier one."""
    names = numpy.array([0, *(codes.index(one.code) for one in plan.levels)], numpy.int16)
    before = names[numpy.where(other, plan.level_for(0), numpy.maximum(kept.level, kept.floor_level))]
    held = numpy.zeros(len(before), numpy.int16)
    for version in numpy.unique(kept.version[other]):
        if (old := olds.get(int(version))) is None:
            continue
        mine = kept.version == version
        names = numpy.array([0, *(codes.index(one.code) for one in old.levels)], numpy.int16)
        levels = numpy.array([0, *(plan.level_of(one.code) for one in old.levels)], numpy.int16)
        before[mine], held[mine] = names[kept.level[mine]], levels[kept.level[mine]]
    return before, held
