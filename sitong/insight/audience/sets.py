"""Sets of members as Ibis expressions: who is in it, who is not, and what "and", "or" and "not" make of them.

A set is one of two kinds, because the cheap form of "who did not" is neither a list nor a scan of everybody until the end:

- `Those`: members for whom a condition on their own row holds;
- `Listed`: the members of a list, or (`rest`) everybody but them. A list may name an ordinal twice, or one that is no
  member any more: `members_of` looks each up among the members, once, at the end.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import ibis

if TYPE_CHECKING:
    from ibis.expr.types import BooleanValue, Table

KEY = "ordinal"


@dataclass(frozen=True, slots=True)
class Those:
    """Members whose row fulfills a condition, which is never null."""

    fulfill: Callable[[Table], BooleanValue]


@dataclass(frozen=True, slots=True)
class Listed:
    """The members of a list of ordinals; with `rest`, everybody but them."""

    ordinals: Table
    rest: bool = False


Members = Those | Listed


def complement(members: Members) -> Members:
    """Give everybody else."""
    if isinstance(members, Listed):
        return replace(members, rest=not members.rest)
    return Those(lambda table: ~members.fulfill(table))


def intersection(parts: Sequence[Members], everybody: Table) -> Members:
    """Give who is in all of them. `everybody`: the lake's members."""
    those, inside, outside = _sorted_out(parts)
    if not inside and not outside:
        return Those(lambda table: ibis.and_(*(one.fulfill(table) for one in those)))
    if not inside and not those:
        return Listed(_union(outside), rest=True)
    first, *others = inside or [_list(those, everybody)]
    for one in [*others, *([_list(those, everybody)] if inside and those else [])]:
        first = first.semi_join(one, KEY)
    if outside:
        first = first.anti_join(_union(outside), KEY)
    return Listed(first)


def union(parts: Sequence[Members], everybody: Table) -> Members:
    """Give who is in any of them. `everybody`: the lake's members."""
    those, inside, outside = _sorted_out(parts)
    if not inside and not outside:
        return Those(lambda table: ibis.or_(*(one.fulfill(table) for one in those)))
    if those:
        inside = [*inside, everybody.filter(ibis.or_(*(one.fulfill(everybody) for one in those))).select(KEY)]
    if not outside:
        return Listed(_union(inside))
    first, *others = outside
    for one in others:
        first = first.semi_join(one, KEY)
    return Listed(first.anti_join(_union(inside), KEY) if inside else first, rest=True)


def members_of(members: Members, everybody: Table) -> Table:
    """Give the ordinals of a set, each once and only those of members that are there."""
    if isinstance(members, Those):
        return everybody.filter(members.fulfill(everybody)).select(KEY)
    if members.rest:
        return everybody.anti_join(members.ordinals, KEY).select(KEY)
    return everybody.semi_join(members.ordinals, KEY).select(KEY)


def _sorted_out(parts: Sequence[Members]) -> tuple[list[Those], list[Table], list[Table]]:
    those = [one for one in parts if isinstance(one, Those)]
    inside = [one.ordinals for one in parts if isinstance(one, Listed) and not one.rest]
    outside = [one.ordinals for one in parts if isinstance(one, Listed) and one.rest]
    return those, inside, outside


def _list(those: Sequence[Those], everybody: Table) -> Table:
    return everybody.filter(ibis.and_(*(one.fulfill(everybody) for one in those))).select(KEY)


def _union(tables: Sequence[Table]) -> Table:
    first, *others = tables
    return ibis.union(first, *others, distinct=False) if others else first
