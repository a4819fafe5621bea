"""Read rules from JSON, and refuse what makes no sense: said is what is wrong, and where. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final, get_args
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from sitong.member.segments.choices import HELD
from sitong.member.segments.language import (
    COUNT,
    DEPTH_MAX,
    RULES_MAX,
    VERSION,
    AllOf,
    AnyOf,
    Condition,
    Did,
    In,
    Is,
    Measure,
    MeasureKind,
    Not,
    Op,
    Rule,
    RuleRefused,
    RuleTooLarge,
    Step,
    Tagged,
    Then,
    Value,
)
from sitong.member.segments.subjects import DERIVED, MEMBERS, SUBJECTS, Field, Subject

CONDITIONS_MAX: Final = 10
VALUES_MAX: Final = 500
TEXT_MAX: Final = 100
STEPS_MAX: Final = 6
DAYS_MAX: Final = 3_660
NUMBER_MAX: Final = 10**15

OPS: Final[Mapping[str, tuple[Op, ...]]] = {
    "text": ("=", "!=", "in", "not_in"),
    "integer": ("=", "!=", "<", "<=", ">", ">=", "in", "not_in"),
    "date": ("=", "!=", "<", "<=", ">", ">="),
    "boolean": ("=",),
    "instant": (),
}
"""How fields of each kind may be compared; numbers that were measured like integers without lists."""

COMPARED: Final = OPS["date"]
IDS: Final = frozenset({"store", "product", "sku", "category", "department", "coupon", "template"})
KEYS: Final = {
    "all": {"all"},
    "any": {"any"},
    "not": {"not"},
    "in": {"in"},
    "tag": {"tag"},
    "is": {"is", "op", "value"},
    "then": {"then", "within_days", "last_days"},
    "did": {"did", "where", "last_days", "from", "until", "measure", "op", "value"},
}
FIELDS_OF_MEMBERS: Final = {one.name: one for one in (*MEMBERS.fields, *DERIVED) if one.asked}


def rule_of(kept: Any) -> Rule:
    """Read a rule from JSON. Raises RuleRefused (what is wrong, and where) and RuleTooLarge."""
    if isinstance(kept, Mapping) and "version" in kept:
        if kept["version"] != VERSION:
            raise _wrong("version", _("This version of the language is not known."))
        kept = {key: value for key, value in kept.items() if key != "version"}
    return _Reader().rule(kept, "", 1)


class _Reader:
    """One reading, which counts the parts."""

    def __init__(self) -> None:
        self.parts = 0

    def count(self, where: str) -> None:
        self.parts += 1
        if self.parts > RULES_MAX:
            raise RuleTooLarge(where=where, most=RULES_MAX)

    def rule(self, kept: Any, where: str, depth: int) -> Rule:
        self.count(where)
        if depth > DEPTH_MAX:
            raise RuleTooLarge(where=where, most=DEPTH_MAX)
        if not isinstance(kept, Mapping):
            raise _wrong(where, _("A rule is an object."))
        kinds = [kind for kind in KEYS if kind in kept]
        if len(kinds) != 1:
            raise _wrong(where, _("A rule is one of: {kinds}.").format(kinds=", ".join(KEYS)))
        (kind,) = kinds
        if extra := set(kept) - KEYS[kind]:
            raise _wrong(where, _("{names} do not belong here.").format(names=", ".join(sorted(map(str, extra)))))
        here = f"{where}.{kind}" if where else kind
        match kind:
            case "all" | "any":
                inner = self.rules(kept[kind], here, depth)
                if kind == "any" and not inner:
                    raise _wrong(here, _("One of nothing never holds; add a rule."))
                return AllOf(inner) if kind == "all" else AnyOf(inner)
            case "not":
                return Not(self.rule(kept["not"], here, depth + 1))
            case "in":
                return In(_id(kept["in"], here))
            case "tag":
                return Tagged(_id(kept["tag"], here))
            case "is":
                return _is(kept, here)
            case "then":
                return self.then(kept, here)
            case _:
                return self.did(kept, here)

    def rules(self, kept: Any, where: str, depth: int) -> tuple[Rule, ...]:
        if not _is_list(kept):
            raise _wrong(where, _("A list of rules is wanted."))
        return tuple(self.rule(one, f"{where}[{place}]", depth + 1) for place, one in enumerate(kept))

    def did(self, kept: Mapping[str, Any], where: str) -> Did:
        subject = _subject(kept["did"], where)
        conditions = self.conditions(kept.get("where", []), subject, where)
        since, until = _day(kept.get("from"), f"{where}.from"), _day(kept.get("until"), f"{where}.until")
        last_days = _days(kept.get("last_days"), f"{where}.last_days")
        if (last_days or since or until) and not subject.timed:
            raise _wrong(where, _("This has no time, so nothing can be asked of a period."))
        if last_days and (since or until):
            raise _wrong(where, _("Either the last days or from and until, not both."))
        if since and until and since > until:
            raise _wrong(where, _("The period ends before it begins."))
        measure = _measure(kept.get("measure", "count"), subject, f"{where}.measure")
        op, value = kept.get("op", ">="), kept.get("value", 1)
        if op not in COMPARED:
            raise _wrong(f"{where}.op", _("This is compared by one of: {ops}.").format(ops=" ".join(COMPARED)))
        number = _integer(value, f"{where}.value")
        return Did(subject.name, conditions, last_days, since, until, measure, op, number)

    def then(self, kept: Mapping[str, Any], where: str) -> Then:
        given = kept["then"]
        if not _is_list(given) or not 2 <= len(given) <= STEPS_MAX:
            raise _wrong(where, _("A sequence has 2 to {most} steps.").format(most=STEPS_MAX))
        steps = tuple(self.step(one, f"{where}[{place}]") for place, one in enumerate(given))
        if steps[0].absent:
            raise _wrong(f"{where}[0]", _("A sequence begins with something that happened."))
        within = _days(kept.get("within_days"), f"{where}.within_days")
        return Then(steps, within, _days(kept.get("last_days"), f"{where}.last_days"))

    def step(self, kept: Any, where: str) -> Step:
        absent = isinstance(kept, Mapping) and set(kept) == {"not"}
        pattern = kept["not"] if absent else kept
        if not isinstance(pattern, Mapping) or "did" not in pattern or set(pattern) - {"did", "where"}:
            raise _wrong(where, _("A step says what was done and its conditions, or not that."))
        self.count(where)
        subject = _subject(pattern["did"], where)
        if not subject.timed:
            raise _wrong(where, _("This has no time, so it cannot stand in a sequence."))
        conditions = self.conditions(pattern.get("where", []), subject, where)
        if any(one.field == "what" and one.value == HELD for one in conditions):
            raise _wrong(where, _("Held is no step; ask for claimed."))
        return Step(subject.name, conditions, absent)

    def conditions(self, kept: Any, subject: Subject, where: str) -> tuple[Condition, ...]:
        if not _is_list(kept) or len(kept) > CONDITIONS_MAX:
            raise _wrong(where, _("A list of at most {most} conditions is wanted.").format(most=CONDITIONS_MAX))
        found = []
        for place, one in enumerate(kept):
            here = f"{where}.where[{place}]"
            self.count(here)
            if not _is_list(one) or len(one) != 3:
                raise _wrong(here, _("A condition is a field, a comparison and a value."))
            name, op, value = one
            field = subject.field(name) if isinstance(name, str) else None
            if field is None or not field.asked:
                raise _wrong(
                    here, _("{subject} has no field {name} to ask for.").format(subject=subject.name, name=name)
                )
            found.append(Condition(field.name, op, _value(field, op, value, here)))
        return tuple(found)


def _is(kept: Mapping[str, Any], where: str) -> Is:
    field = FIELDS_OF_MEMBERS.get(kept["is"]) if isinstance(kept["is"], str) else None
    if field is None:
        raise _wrong(where, _("{subject} has no field {name} to ask for.").format(subject="members", name=kept["is"]))
    op = kept.get("op", "=")
    return Is(field.name, op, _value(field, op, kept.get("value"), where))


def _subject(name: Any, where: str) -> Subject:
    subject = SUBJECTS.get(name) if isinstance(name, str) else None
    if subject is None or not subject.deed:
        names = ", ".join(one.name for one in SUBJECTS.values() if one.deed)
        raise _wrong(where, _("What was done is one of: {names}.").format(names=names))
    return subject


def _measure(kept: Any, subject: Subject, where: str) -> Measure:
    kind, colon, name = str(kept).partition(":")
    known = get_args(MeasureKind)
    if (
        not isinstance(kept, str)
        or kind not in known
        or bool(colon) != (kind in ("sum", "max", "min", "avg", "distinct"))
    ):
        raise _wrong(where, _("What is measured is one of: {kinds}.").format(kinds=", ".join(known)))
    if not subject.timed and kind not in ("count", "distinct"):
        raise _wrong(where, _("This has no time, so nothing can be asked of a period."))
    if not colon:
        return COUNT if kind == "count" else Measure(kind)  # type: ignore[arg-type]
    field = subject.field(name)
    if field is None or not (field.told_apart if kind == "distinct" else field.measured):
        raise _wrong(where, _("{subject} has no field {name} to measure.").format(subject=subject.name, name=name))
    return Measure(kind, name)  # type: ignore[arg-type]


def _value(field: Field, op: Any, value: Any, where: str) -> Value:
    """Read the value with which a field is compared, in its one written form."""
    if op not in OPS[field.kind]:
        raise _wrong(where, _("This is compared by one of: {ops}.").format(ops=" ".join(OPS[field.kind])))
    if op not in ("in", "not_in"):
        return _single(field, value, where, alone=op == "=")
    if not _is_list(value) or not 1 <= len(value) <= VALUES_MAX:
        raise _wrong(where, _("A list of 1 to {most} values is wanted.").format(most=VALUES_MAX))
    return tuple(sorted({_single(field, one, where, alone=False) for one in value}))  # type: ignore[return-value]


def _single(field: Field, value: Any, where: str, *, alone: bool) -> str | int | bool | date:
    match field.kind:
        case "boolean":
            if not isinstance(value, bool):
                raise _wrong(where, _("Yes or no is wanted."))
            return value
        case "integer":
            return _integer(value, where)
        case "date":
            day = _day(value, where)
            if day is None:
                raise _wrong(where, _("A day is wanted, like 2026-06-01."))
            return day
    if not isinstance(value, str) or len(value) > TEXT_MAX or "\x00" in value:
        raise _wrong(where, _("A text of at most {most} signs is wanted.").format(most=TEXT_MAX))
    if field.of in IDS and value:
        return _id(value, where).hex
    if field.choices and not field.open and value not in {code for code, label in field.choices}:
        codes = ", ".join(code for code, label in field.choices)
        raise _wrong(where, _("The value is one of: {codes}.").format(codes=codes))
    if field.name == "what" and value == HELD and not alone:
        raise _wrong(where, pgettext("segment", "Held stands alone: it is asked for with =."))
    return value


def _integer(value: Any, where: str) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or abs(value) > NUMBER_MAX:
        raise _wrong(where, _("A whole number is wanted."))
    return value


def _days(value: Any, where: str) -> int | None:
    if value is None:
        return None
    days = _integer(value, where)
    if not 1 <= days <= DAYS_MAX:
        raise _wrong(where, _("1 to {most} days are possible.").format(most=DAYS_MAX))
    return days


def _day(value: Any, where: str) -> date | None:
    if value is None:
        return None
    try:
        return date.fromisoformat(value)
    except (TypeError, ValueError):
        raise _wrong(where, _("A day is wanted, like 2026-06-01.")) from None


def _id(value: Any, where: str) -> UUID:
    try:
        return value if isinstance(value, UUID) else UUID(str(value))
    except ValueError:
        raise _wrong(where, _("An id is wanted.")) from None


def _is_list(value: Any) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str)


def _wrong(where: str, why: str) -> RuleRefused:
    return RuleRefused(where=where or "rule", why=why)
