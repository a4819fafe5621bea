"""How many members a rule holds for, which of its parts how many, who they are like, and what segments share. Asked of the lake.

Counts are remembered by rule, day and the lake's files: asked again while nothing was written, the answer is there.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, TypeVar
from uuid import UUID

import ibis
from ibis import _ as row

from sitong.insight.audience.compiling import compiled
from sitong.insight.lake.queries import lake_of
from sitong.member.identity.queries import MemberFacts, member_facts
from sitong.member.segments.facts import brand_day
from sitong.member.segments.language import AllOf, Rule, kept, leaves
from sitong.member.segments.queries import expanded_rule

if TYPE_CHECKING:
    from ibis.expr.types import Table

    from sitong.insight.lake.reading import Lake

LEAVES_MAX = 8
SHOWN = 12
GROUPS_MAX = 12
REMEMBERED_MAX = 500
BREAKDOWNS = ("tier", "source", "store_id")

T = TypeVar("T")
_remembered: OrderedDict[Hashable, Any] = OrderedDict()


@dataclass(frozen=True, slots=True)
class Counted:
    """How many members a rule holds for, of how many, and for how many each thing that it asks holds."""

    members: int
    all: int
    leaves: tuple[tuple[Rule, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Seen:
    """A segment looked at: how many, like whom (code or id → members, the largest first), and some of them."""

    members: int
    all: int
    breakdowns: dict[str, tuple[tuple[str, int], ...]]
    sample: tuple[MemberFacts, ...]


def counted(brand_id: UUID, rule: Rule, *, at: datetime) -> Counted:
    """Count the members for whom a rule holds now, and those for whom each of its parts does.

    Raises what the language refuses of the segments that are named.
    """
    on, whole = brand_day(brand_id, at), expanded_rule(brand_id, rule)
    parts = list(dict.fromkeys(leaves(rule)))
    wanted = [whole, AllOf(()), *(expanded_rule(brand_id, one) for one in parts[:LEAVES_MAX] if len(parts) > 1)]
    with lake_of(brand_id) as lake:
        members, everybody, *each = (_count(lake, brand_id, one, on) for one in wanted)
    return Counted(members, everybody, tuple(zip(parts, each, strict=False)))


def seen(brand_id: UUID, rule: Rule, *, at: datetime) -> Seen:
    """Look at the members for whom a rule holds now: how many, by tier, source and home store, and some at random."""
    on, whole = brand_day(brand_id, at), expanded_rule(brand_id, rule)
    with lake_of(brand_id) as lake:
        there = lake.table("members").semi_join(compiled(whole, lake, on=on), "ordinal")
        groups = {
            name: _remember(lake, ("by", name, brand_id, _said(whole), on), lambda name=name: _by(there, name))  # type: ignore[misc]
            for name in BREAKDOWNS
        }
        picked = there.order_by(ibis.random()).limit(SHOWN).member_id.to_pyarrow().to_pylist()
        members, everybody = _count(lake, brand_id, whole, on), _count(lake, brand_id, AllOf(()), on)
    facts = member_facts([UUID(id) for id in picked])
    return Seen(members, everybody, groups, tuple(sorted(facts.values(), key=lambda one: one.joined_at, reverse=True)))


def shared(brand_id: UUID, rules: Sequence[Rule], *, at: datetime) -> list[tuple[tuple[int, ...], int]]:
    """Give how many members belong to just these of two to five rules and to no other of them, the most first.

    Each row names the rules by their places in `rules`; combinations that nobody has are left out.
    """
    on = brand_day(brand_id, at)
    with lake_of(brand_id) as lake:
        sets = [
            compiled(expanded_rule(brand_id, rule), lake, on=on).mutate(bit=ibis.literal(1 << place, "int64"))
            for place, rule in enumerate(rules)
        ]
        masks = ibis.union(*sets).group_by("ordinal").aggregate(mask=row.bit.sum())
        counts = masks.group_by("mask").aggregate(members=row.count()).to_pyarrow().to_pylist()
    found = [
        (tuple(place for place in range(len(rules)) if one["mask"] >> place & 1), one["members"]) for one in counts
    ]
    return sorted(found, key=lambda one: (-one[1], one[0]))


def _count(lake: Lake, brand_id: UUID, rule: Rule, on: date) -> int:
    return _remember(
        lake,
        ("count", brand_id, _said(rule), on),
        lambda: int(compiled(rule, lake, on=on).count().to_pyarrow().as_py()),
    )


def _by(there: Table, name: str) -> tuple[tuple[str, int], ...]:
    found = there.group_by(name).aggregate(members=row.count()).order_by([ibis.desc("members"), name]).limit(GROUPS_MAX)
    return tuple((one[name], one["members"]) for one in found.to_pyarrow().to_pylist())


def _remember(lake: Lake, key: tuple[Hashable, ...], ask: Callable[[], T]) -> T:
    whole_key = (*key, hash(tuple(file.path for file in lake.files)))
    if whole_key in _remembered:
        _remembered.move_to_end(whole_key)
        found: T = _remembered[whole_key]
        return found
    answer = _remembered[whole_key] = ask()
    while len(_remembered) > REMEMBERED_MAX:
        _remembered.popitem(last=False)
    return answer


def _said(rule: Rule) -> str:
    return repr(kept(rule))
