"""Read a rule aloud, in Chinese or English: what the builder shows while one builds, and what explains a membership. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from django.utils import translation
from django.utils.translation import pgettext, pgettext_lazy

from sitong.member.segments.language import (
    COUNT,
    AllOf,
    AnyOf,
    Condition,
    Did,
    In,
    Is,
    Not,
    Rule,
    Step,
    Tagged,
    Then,
    Value,
)
from sitong.member.segments.parsing import FIELDS_OF_MEMBERS
from sitong.member.segments.subjects import SUBJECTS, Field

COMPARISONS: Final = {
    "=": pgettext_lazy("segment", "is {value}"),
    "!=": pgettext_lazy("segment", "is not {value}"),
    "<": pgettext_lazy("segment", "below {value}"),
    "<=": pgettext_lazy("segment", "at most {value}"),
    ">": pgettext_lazy("segment", "above {value}"),
    ">=": pgettext_lazy("segment", "at least {value}"),
    "in": pgettext_lazy("segment", "is one of {value}"),
    "not_in": pgettext_lazy("segment", "is none of {value}"),
}
MEASURES: Final = {
    "count": pgettext_lazy("segment", "times"),
    "days": pgettext_lazy("segment", "different days"),
    "recency_days": pgettext_lazy("segment", "days since the last time"),
    "sum": pgettext_lazy("segment", "{field} in sum"),
    "max": pgettext_lazy("segment", "highest {field}"),
    "min": pgettext_lazy("segment", "lowest {field}"),
    "avg": pgettext_lazy("segment", "{field} on average"),
    "distinct": pgettext_lazy("segment", "how many different: {field}"),
}
SHOWN_MAX: Final = 5


def words_of(rule: Rule, language: str, names: Mapping[str, str] | None = None) -> str:
    """Say a rule in a language ("zh-hans" or "en"). `names` says what ids are called: 32 hexadecimal digits to a name."""
    with translation.override(language):
        return _said(rule, names or {}, outer=True)


def ids_in(rule: Rule) -> dict[str, set[str]]:
    """Give the ids for which `words_of` wants names, by what they are of: "store", "product", "segment", "tag", …"""
    found: dict[str, set[str]] = {}

    def look(one: Rule) -> None:
        match one:
            case AllOf(rules) | AnyOf(rules):
                for each in rules:
                    look(each)
            case Not(inner):
                look(inner)
            case In(segment_id):
                found.setdefault("segment", set()).add(segment_id.hex)
            case Tagged(tag_id):
                found.setdefault("tag", set()).add(tag_id.hex)
            case Is(field, _op, value):
                note(FIELDS_OF_MEMBERS[field], value)
            case Did(subject, where):
                conditions(subject, where)
            case Then(steps):
                for step in steps:
                    conditions(step.subject, step.where)

    def conditions(subject: str, where: tuple[Condition, ...]) -> None:
        for one in where:
            if field := SUBJECTS[subject].field(one.field):
                note(field, one.value)

    def note(field: Field, value: Value) -> None:
        if field.of not in ("", "money", "cell"):
            values = value if isinstance(value, tuple) else (value,)
            found.setdefault(field.of, set()).update(str(each) for each in values if each)

    look(rule)
    return found


def _said(rule: Rule, names: Mapping[str, str], *, outer: bool = False) -> str:
    match rule:
        case AllOf(()):
            return pgettext("segment", "everybody")
        case AllOf((only,)) | AnyOf((only,)):
            return _said(only, names, outer=outer)
        case AllOf(rules):
            text = pgettext("segment", " and ").join(_said(one, names) for one in rules)
            return text if outer else pgettext("segment", "({text})").format(text=text)
        case AnyOf(rules):
            text = pgettext("segment", " or ").join(_said(one, names) for one in rules)
            return text if outer else pgettext("segment", "({text})").format(text=text)
        case Not(Did() as did) if _is_there(did):
            return pgettext("segment", "has none: {text}").format(text=_facts(did, names))
        case Not(inner):
            return pgettext("segment", "not: {text}").format(text=_said(inner, names))
        case In(segment_id):
            name = names.get(segment_id.hex, segment_id.hex)
            return pgettext("segment", "is in the segment “{name}”").format(name=name)
        case Tagged(tag_id):
            return pgettext("segment", "has the tag “{name}”").format(name=names.get(tag_id.hex, tag_id.hex))
        case Is(name, op, value):
            return _compared(FIELDS_OF_MEMBERS[name], op, value, names)
        case Then():
            return _then(rule, names)
        case Did() if _is_there(rule):
            return pgettext("segment", "has: {text}").format(text=_facts(rule, names))
        case Did():
            return _did(rule, names)


def _is_there(did: Did) -> bool:
    return did.measure == COUNT and (did.op, did.value) in ((">=", 1), (">", 0))


def _did(did: Did, names: Mapping[str, str]) -> str:
    field = SUBJECTS[did.subject].field(did.measure.field)
    label = _label(field) if field else ""
    value = _value(field, did.value, names) if field and did.measure.kind != "distinct" else str(did.value)
    measured = str(MEASURES[did.measure.kind]).format(field=label)
    compared = str(COMPARISONS[did.op]).format(value=value)
    return pgettext("segment", "{facts}: {measured} {compared}").format(
        facts=_facts(did, names), measured=measured, compared=compared
    )


def _facts(did: Did, names: Mapping[str, str]) -> str:
    """Say of which facts a rule speaks: their kind, conditions and time."""
    what = _pattern(did.subject, did.where, names)
    if did.last_days:
        return pgettext("segment", "{what} in the last {days} days").format(what=what, days=did.last_days)
    if did.since and did.until:
        return pgettext("segment", "{what} from {since} to {until}").format(what=what, since=did.since, until=did.until)
    if did.since:
        return pgettext("segment", "{what} since {since}").format(what=what, since=did.since)
    if did.until:
        return pgettext("segment", "{what} until {until}").format(what=what, until=did.until)
    return what


def _then(then: Then, names: Mapping[str, str]) -> str:
    said = [_step(one, names) for one in then.steps]
    joint = pgettext("segment", ", then ")
    if then.within_days:
        joint = pgettext("segment", ", then within {days} days ").format(days=then.within_days)
    text = joint.join(said)
    if then.last_days:
        text = pgettext("segment", "{what} in the last {days} days").format(what=text, days=then.last_days)
    return pgettext("segment", "({text})").format(text=text)


def _step(step: Step, names: Mapping[str, str]) -> str:
    text = _pattern(step.subject, step.where, names)
    return pgettext("segment", "no {text}").format(text=text) if step.absent else text


def _pattern(subject: str, where: tuple[Condition, ...], names: Mapping[str, str]) -> str:
    known = SUBJECTS[subject]
    label = str(known.label)
    if not where:
        return label
    conditions = [
        _compared(field, one.op, one.value, names) for one in where if (field := known.field(one.field)) is not None
    ]
    joined = pgettext("segment", ", ").join(conditions)
    return pgettext("segment", "{what} ({conditions})").format(what=label, conditions=joined)


def _compared(field: Field, op: str, value: Value, names: Mapping[str, str]) -> str:
    if field.kind == "boolean":
        text = pgettext("segment", "{field}: yes") if value else pgettext("segment", "{field}: no")
        return text.format(field=_label(field))
    if isinstance(value, tuple):
        shown = pgettext("segment", ", ").join(_value(field, one, names) for one in value[:SHOWN_MAX])
        if len(value) > SHOWN_MAX:
            shown = pgettext("segment", "{shown} and {more} more").format(shown=shown, more=len(value) - SHOWN_MAX)
    else:
        shown = _value(field, value, names)
    compared = str(COMPARISONS[op]).format(value=shown)
    return pgettext("segment", "{field} {compared}").format(field=_label(field), compared=compared)


def _value(field: Field, value: Any, names: Mapping[str, str]) -> str:
    if field.of == "money":
        whole, part = divmod(abs(value), 100)
        return f"{'-' if value < 0 else ''}{whole}.{part:02}"
    if value == "":
        return pgettext("segment", "unknown")
    for code, label in field.choices:
        if code == value:
            return str(label)
    return names.get(str(value), str(value))


def _label(field: Field) -> str:
    return str(field.label)
