"""What is asked while a segment is built, of everybody at once: how many, of which kinds, in which overlap, who for example.

Every answer is remembered for as long as the lake has the same files and it is the same business day.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal, TypeVar
from uuid import UUID

import ibis
import orjson
from django.db.models import Count, Max

from sitong.insight.audience.compiling import compiled
from sitong.insight.audience.sets import KEY
from sitong.insight.lake.queries import files_that_count, lake_of
from sitong.insight.lake.reading import Lake
from sitong.member.identity.queries import MemberFacts, member_facts
from sitong.member.segments.facts import brand_day
from sitong.member.segments.language import EVERYBODY, AllOf, AnyOf, In, Not, Rule, kept
from sitong.member.segments.queries import expanded_rule
from sitong.shared.errors import Refused

OVERLAP_MAX = 5
SAMPLE_MAX = 50
KINDS_MAX = 50
ANSWERS_KEPT = 500
SPREAD = 1_000_003
"""A prime: members of a sample are those whose ordinals, multiplied by another, leave the least of it."""

Kind = Literal["tier", "store_id", "source"]
KINDS: tuple[Kind, ...] = ("tier", "store_id", "source")
Answer = TypeVar("Answer")


class OverlapTooMany(Refused):
    """More rules than can be laid over each other."""

    code = "insight.overlap_too_many"


@dataclass(frozen=True, slots=True)
class Reach:
    """For how many members a rule holds, of how many, as the lake knew them when it was last written."""

    members: int
    everybody: int
    on: date


@dataclass(frozen=True, slots=True)
class PartReach:
    """For how many members one part of a rule holds by itself. `path`: where it stands, like all[1].not."""

    path: str
    members: int


@dataclass(frozen=True, slots=True)
class Intersection:
    """How many members belong to just these of the rules that were laid over each other, by their places, and to no other of them."""

    places: tuple[int, ...]
    members: int


@dataclass(frozen=True, slots=True)
class Overlap:
    """Rules laid over each other: how many each has, and how many each intersection has, the largest first."""

    sizes: tuple[int, ...]
    intersections: tuple[Intersection, ...]


_answers: OrderedDict[tuple[Any, ...], Any] = OrderedDict()


def reach_of(brand_id: UUID, rule: Rule, *, at: datetime) -> Reach:
    """Count for how many members of a brand a rule holds. Raises what `expanded` raises."""

    def ask(lake: Lake, on: date, whole: Rule) -> Reach:
        counts = _counts(lake, [whole, EVERYBODY], on=on)
        return Reach(counts[0], counts[1], on)

    return _remembered("reach", brand_id, rule, ask, at=at)


def reach_of_parts(brand_id: UUID, rule: Rule, *, at: datetime) -> list[PartReach]:
    """Count for how many members each part of a rule holds by itself: the whole first, then its parts from left to right."""
    parts = list(_parts(rule, ""))

    def ask(lake: Lake, on: date, _: Rule) -> list[PartReach]:
        counts = _counts(lake, [expanded_rule(brand_id, one) for _, one in parts], on=on)
        return [PartReach(path, count) for (path, _), count in zip(parts, counts, strict=True)]

    return _remembered("parts", brand_id, rule, ask, at=at)


def overlap_of(brand_id: UUID, rules: Sequence[Rule], *, at: datetime) -> Overlap:
    """Lay up to five rules over each other: how many members belong to just which of them. Refused: insight.overlap_too_many."""
    if not 1 <= len(rules) <= OVERLAP_MAX:
        raise OverlapTooMany(most=OVERLAP_MAX)

    def ask(lake: Lake, on: date, _: Rule) -> Overlap:
        marked = [
            compiled(expanded_rule(brand_id, one), lake, on=on).mutate(mark=ibis.literal(1 << place, "int64"))
            for place, one in enumerate(rules)
        ]
        together = ibis.union(*marked) if len(marked) > 1 else marked[0]
        each = together.group_by(KEY).aggregate(marks=together["mark"].sum())
        rows = each.group_by("marks").aggregate(members=each.count()).to_pyarrow().to_pylist()
        return _overlap(len(rules), {int(row["marks"]): row["members"] for row in rows})

    return _remembered("overlap", brand_id, AnyOf(tuple(rules)), ask, at=at)


def sample_of(brand_id: UUID, rule: Rule, *, limit: int = 20, at: datetime) -> list[MemberFacts]:
    """Give some members for whom a rule holds, drawn over all of them, always the same ones. Screens show them masked."""
    wanted = min(limit, SAMPLE_MAX)

    def ask(lake: Lake, on: date, whole: Rule) -> list[UUID]:
        found = compiled(whole, lake, on=on)
        members = lake.table("members").semi_join(found, KEY)
        drawn = members.order_by([(members[KEY] * 618_033) % SPREAD, members[KEY]]).limit(wanted).select("member_id")
        return [UUID(row["member_id"]) for row in drawn.to_pyarrow().to_pylist()]

    ids = _remembered(f"sample:{wanted}", brand_id, rule, ask, at=at)
    facts = member_facts(ids)
    return [facts[one] for one in ids if one in facts]


def kinds_of(brand_id: UUID, rule: Rule, *, by: Kind, at: datetime) -> list[tuple[str, int]]:
    """Count the members for whom a rule holds by tier, home store or source: the most first, at most 50. '' is none."""

    def ask(lake: Lake, on: date, whole: Rule) -> list[tuple[str, int]]:
        members = lake.table("members").semi_join(compiled(whole, lake, on=on), KEY)
        counted = members.group_by(by).aggregate(members=members.count())
        top = counted.order_by([ibis.desc("members"), by]).limit(KINDS_MAX)
        return [(row[by], row["members"]) for row in top.to_pyarrow().to_pylist()]

    return _remembered(f"kinds:{by}", brand_id, rule, ask, at=at)


def _counts(lake: Lake, rules: Sequence[Rule], *, on: date) -> list[int]:
    """Count for several rules in one statement, so that what they read in common is planned together."""
    counted = [
        compiled(one, lake, on=on).aggregate(members=ibis._.count()).mutate(place=ibis.literal(place, "int64"))
        for place, one in enumerate(rules)
    ]
    rows = (ibis.union(*counted) if len(counted) > 1 else counted[0]).to_pyarrow().to_pylist()
    found = {row["place"]: row["members"] for row in rows}
    return [found.get(place, 0) for place in range(len(rules))]


def _parts(rule: Rule, path: str) -> list[tuple[str, Rule]]:
    found = [(path, rule)]
    match rule:
        case AllOf(rules) | AnyOf(rules):
            word = "all" if isinstance(rule, AllOf) else "any"
            for place, one in enumerate(rules):
                found += _parts(one, f"{path}.{word}[{place}]" if path else f"{word}[{place}]")
        case Not(inner):
            found += _parts(inner, f"{path}.not" if path else "not")
    return found


def _overlap(count: int, by_marks: Mapping[int, int]) -> Overlap:
    def places(marks: int) -> tuple[int, ...]:
        return tuple(place for place in range(count) if marks >> place & 1)

    sizes = [sum(members for marks, members in by_marks.items() if marks >> place & 1) for place in range(count)]
    found = [Intersection(places(marks), members) for marks, members in by_marks.items()]
    return Overlap(tuple(sizes), tuple(sorted(found, key=lambda one: (-one.members, one.places))))


def _remembered(
    what: str, brand_id: UUID, rule: Rule, ask: Callable[[Lake, date, Rule], Answer], *, at: datetime
) -> Answer:
    """Give the answer as it was given before, or ask the lake. What an answer depends on stands in its key."""
    on = brand_day(brand_id, at)
    whole = expanded_rule(brand_id, rule)
    stamp = files_that_count(brand_id).order_by().aggregate(newest=Max("version"), files=Count("id"))
    asked = orjson.dumps([kept(whole), kept(rule) if _names_segments(rule) else None])
    key = (what, brand_id, on, stamp["newest"], stamp["files"], asked)
    if key in _answers:
        _answers.move_to_end(key)
        return _answers[key]  # type: ignore[no-any-return]
    with lake_of(brand_id) as lake:
        answer = ask(lake, on, whole)
    _answers[key] = answer
    while len(_answers) > ANSWERS_KEPT:
        _answers.popitem(last=False)
    return answer


def _names_segments(rule: Rule) -> bool:
    return any(isinstance(one, In) for _, one in _parts(rule, ""))
