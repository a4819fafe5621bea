"""The language of rules: what a segment asks of a member, as frozen values and as JSON. Pure.

    {"all": [rule, …]}   {"any": [rule, …]}   {"not": rule}
    {"did": subject, "where": [[field, op, value], …], "last_days": n | "from": day, "until": day,
     "measure": "count" | "days" | "recency_days" | "sum:field" | "max:field" | "min:field" | "avg:field" | "distinct:field",
     "op": ">=", "value": 2}
    {"is": field, "op": "=", "value": …}
    {"in": segment id}   {"tag": tag id}
    {"then": [step, …], "within_days": n, "last_days": m}    a step: {"did": …, "where": …} or {"not": step}

`parsing.rule_of` reads and refuses, `words.words_of` reads aloud, `check.checked` answers for one member, and insight's
audience for all at once. docs/segments.md says exactly what each of them means.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, Literal
from uuid import UUID

from sitong.member.segments.choices import HELD
from sitong.shared.errors import Refused

VERSION: Final = 1
"""Written into each kept rule as "version". A later version reads all earlier ones."""

Op = Literal["=", "!=", "<", "<=", ">", ">=", "in", "not_in"]
MeasureKind = Literal["count", "days", "recency_days", "sum", "max", "min", "avg", "distinct"]
Value = str | int | bool | date | tuple[str, ...] | tuple[int, ...]

DEPTH_MAX: Final = 8
RULES_MAX: Final = 200
"""How many rules, conditions and steps one rule may have, with all below it."""
EXPANDED_MAX: Final = 2_000
"""The same, once the segments that it names are put in."""
CHAIN_MAX: Final = 8
"""How many segments may stand behind each other."""


class RuleRefused(Refused):
    """A rule that cannot be kept. `where` is the path to the fault, like all[1].did.where[0]."""

    code = "member.rule_refused"


class SegmentCircle(RuleRefused):
    """A segment asks for itself, by way of another one or directly."""

    code = "member.rule_circle"


class SegmentUnknown(RuleRefused):
    """A rule names a segment that the brand does not have."""

    code = "member.rule_segment_unknown"


class RuleTooLarge(RuleRefused):
    """A rule is too deep or has too many parts."""

    code = "member.rule_too_large"


@dataclass(frozen=True, slots=True)
class Condition:
    """What a fact must be. Lists of values are sorted and have each value once."""

    field: str
    op: Op
    value: Value


@dataclass(frozen=True, slots=True)
class Measure:
    """What is measured of the facts that are left: `field` is '' for count, days and recency_days."""

    kind: MeasureKind = "count"
    field: str = ""

    def __str__(self) -> str:
        return f"{self.kind}:{self.field}" if self.field else self.kind


COUNT: Final = Measure()


@dataclass(frozen=True, slots=True)
class AllOf:
    """Each of these holds. Without any: everybody."""

    rules: tuple[Rule, ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """At least one of these holds; there is at least one."""

    rules: tuple[Rule, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """This does not hold."""

    rule: Rule


@dataclass(frozen=True, slots=True)
class Did:
    """A measure of what the member did compares so. At most one window: `last_days`, or `since` and `until` (both days count)."""

    subject: str
    where: tuple[Condition, ...] = ()
    last_days: int | None = None
    since: date | None = None
    until: date | None = None
    measure: Measure = COUNT
    op: Op = ">="
    value: int = 1


@dataclass(frozen=True, slots=True)
class Is:
    """A field of the member compares so."""

    field: str
    op: Op
    value: Value


@dataclass(frozen=True, slots=True)
class In:
    """The rule of another segment holds."""

    segment_id: UUID


@dataclass(frozen=True, slots=True)
class Tagged:
    """The member has this tag now."""

    tag_id: UUID


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a sequence: such a fact, or (`absent`) none of the kind."""

    subject: str
    where: tuple[Condition, ...] = ()
    absent: bool = False


@dataclass(frozen=True, slots=True)
class Then:
    """The steps happened in this order, each at most `within_days` after the one before it. The first is never absent."""

    steps: tuple[Step, ...]
    within_days: int | None = None
    last_days: int | None = None


Rule = AllOf | AnyOf | Not | Did | Is | In | Tagged | Then
Leaf = Did | Is | Tagged | Then
EVERYBODY: Final = AllOf(())


def kept(rule: Rule) -> dict[str, Any]:
    """Write a rule as JSON with its version. `rule_of` reads it as the same rule."""
    return {"version": VERSION, **written(rule)}


def written(rule: Rule) -> dict[str, Any]:
    """Write a rule, or a part of one, as JSON."""
    match rule:
        case AllOf(rules):
            return {"all": [written(one) for one in rules]}
        case AnyOf(rules):
            return {"any": [written(one) for one in rules]}
        case Not(inner):
            return {"not": written(inner)}
        case Is(field, op, value):
            return {"is": field, "op": op, "value": _plain(value)}
        case In(segment_id):
            return {"in": str(segment_id)}
        case Tagged(tag_id):
            return {"tag": str(tag_id)}
        case Then(steps, within_days, last_days):
            return {"then": [_step(one) for one in steps]} | _some(within_days=within_days, last_days=last_days)
        case Did():
            return {
                **_pattern(rule.subject, rule.where),
                **_some(last_days=rule.last_days, until=_plain(rule.until) if rule.until else None),
                **({"from": rule.since.isoformat()} if rule.since else {}),
                "measure": str(rule.measure), "op": rule.op, "value": rule.value,
            }  # fmt: skip


def leaves(rule: Rule) -> Iterator[Leaf | In]:
    """Give what a rule asks, without the and, or and not around it, from left to right."""
    match rule:
        case AllOf(rules) | AnyOf(rules):
            for one in rules:
                yield from leaves(one)
        case Not(inner):
            yield from leaves(inner)
        case _:
            yield rule


def segments_named(rule: Rule) -> set[UUID]:
    """Give the segments for which a rule asks itself."""
    return {one.segment_id for one in leaves(rule) if isinstance(one, In)}


def subjects_of(rule: Rule) -> set[str]:
    """Give the subjects that must be known to answer a rule, once it is expanded."""
    found: set[str] = set()
    for one in leaves(rule):
        match one:
            case Did(subject):
                found.add(subject)
            case Then(steps):
                found.update(step.subject for step in steps)
            case Is():
                found.add("members")
            case Tagged():
                found.add("tags")
    return found


def is_held(condition: Condition, subject: str) -> bool:
    """Tell whether a condition asks for coupons that are held, which no fact says by itself."""
    return subject == "coupons" and condition.field == "what" and condition.value == HELD


def expanded(rule: Rule, rules: Mapping[UUID, Rule]) -> Rule:
    """Put the rules of the segments that are named in their places; the result asks for no segment.

    Raises SegmentUnknown, SegmentCircle, RuleTooLarge.
    """
    parts = 0

    def put(one: Rule, above: tuple[UUID, ...]) -> Rule:
        nonlocal parts
        parts += 1
        if parts > EXPANDED_MAX:
            raise RuleTooLarge(where="", most=EXPANDED_MAX)
        match one:
            case AllOf(inner):
                return AllOf(tuple(put(each, above) for each in inner))
            case AnyOf(inner):
                return AnyOf(tuple(put(each, above) for each in inner))
            case Not(inner_rule):
                return Not(put(inner_rule, above))
            case In(segment_id):
                if segment_id in above:
                    raise SegmentCircle(where="", segment=str(segment_id))
                if segment_id not in rules:
                    raise SegmentUnknown(where="", segment=str(segment_id))
                if len(above) >= CHAIN_MAX:
                    raise RuleTooLarge(where="", most=CHAIN_MAX)
                return put(rules[segment_id], (*above, segment_id))
            case _:
                return one

    return put(rule, ())


def each_part(rule: Rule, change: Callable[[Rule], Rule]) -> Rule:
    """Give a rule with its leaves changed."""
    match rule:
        case AllOf(inner):
            return AllOf(tuple(each_part(one, change) for one in inner))
        case AnyOf(inner):
            return AnyOf(tuple(each_part(one, change) for one in inner))
        case Not(inner_rule):
            return Not(each_part(inner_rule, change))
        case _:
            return change(rule)


def _step(step: Step) -> dict[str, Any]:
    pattern = _pattern(step.subject, step.where)
    return {"not": pattern} if step.absent else pattern


def _pattern(subject: str, where: tuple[Condition, ...]) -> dict[str, Any]:
    conditions = [[one.field, one.op, _plain(one.value)] for one in where]
    return {"did": subject} | ({"where": conditions} if conditions else {})


def _plain(value: Value) -> Any:
    if isinstance(value, tuple):
        return list(value)
    return value.isoformat() if isinstance(value, date) else value


def _some(**named: Any) -> dict[str, Any]:
    return {name: value for name, value in named.items() if value is not None}
