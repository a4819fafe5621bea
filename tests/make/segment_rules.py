"""Random rules of segments and random facts of members, for laws: few products, stores and days, so that much coincides."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from hypothesis import strategies as st

from sitong.member.segments.language import (
    COUNT,
    AllOf,
    AnyOf,
    Condition,
    Did,
    Is,
    Measure,
    Not,
    Step,
    Tagged,
    Then,
)
from sitong.member.segments.subjects import SUBJECTS, Field

TODAY = date(2026, 6, 30)
FIRST = TODAY - timedelta(days=60)
IDS = [UUID(int=number).hex for number in range(1, 4)]
TAGS = [UUID(int=number) for number in range(11, 14)]
TIERS = ["", "silver", "gold"]
TEXTS = {
    "source": ["till", "mini-shop"],
    "tier": TIERS,
    "app": ["", "wx1"],
    "cell": ["", "8741"],
    "cause": ["j1", "j2"],
}
DEEDS = [one for one in SUBJECTS.values() if one.deed]
TIMED = [one for one in DEEDS if one.timed]
COMPARED = ["=", "!=", "<", "<=", ">", ">="]

days = st.dates(FIRST, TODAY + timedelta(days=5))
minutes = st.integers(0, 24 * 60 - 1)


def codes_of(field: Field) -> list[str]:
    """Give the values of a text field from which facts and rules are made."""
    if field.choices:
        return [code for code, _ in field.choices if code != "held"][:4]
    return TEXTS.get(field.name) or TEXTS.get(field.of) or IDS


@st.composite
def conditions(draw, field: Field, *, alone: bool = True):
    """A condition on a field."""
    match field.kind:
        case "boolean":
            return Condition(field.name, "=", draw(st.booleans()))
        case "integer":
            op = draw(st.sampled_from(COMPARED))
            return Condition(field.name, op, draw(st.integers(-3, 12)))
        case "date":
            return Condition(field.name, draw(st.sampled_from(COMPARED)), draw(days))
    codes = codes_of(field)
    if field.name == "what" and field.choices[-1][0] == "held" and alone and draw(st.booleans()):
        return Condition("what", "=", "held")
    op = draw(st.sampled_from(["=", "!=", "in", "not_in"]))
    if op in ("=", "!="):
        return Condition(field.name, op, draw(st.sampled_from(codes)))
    return Condition(field.name, op, tuple(sorted(draw(st.sets(st.sampled_from(codes), min_size=1)))))


@st.composite
def wheres(draw, subject, *, alone: bool = True):
    """No, one or two conditions of a subject."""
    asked = [field for field in subject.fields if field.asked]
    chosen = draw(st.lists(st.sampled_from(asked), max_size=2))
    return tuple(draw(conditions(field, alone=alone)) for field in chosen)


@st.composite
def dids(draw):
    """A measure of what was done."""
    subject = draw(st.sampled_from(DEEDS))
    kinds = [COUNT, *(Measure("distinct", one.name) for one in subject.fields if one.told_apart)]
    last_days = since = until = None
    if subject.timed:
        kinds += [Measure("days"), Measure("recency_days")]
        kinds += [
            Measure(kind, one.name) for one in subject.fields if one.measured for kind in ("sum", "max", "min", "avg")
        ]
        window = draw(st.sampled_from(["", "last", "since", "until", "both"]))
        if window == "last":
            last_days = draw(st.sampled_from([1, 7, 30, 45]))
        if window in ("since", "both"):
            since = draw(days)
        if window in ("until", "both"):
            until = draw(st.dates(since or FIRST, TODAY + timedelta(days=5)))
    where = draw(wheres(subject))
    op = draw(st.sampled_from(COMPARED))
    return Did(
        subject.name, where, last_days, since, until, draw(st.sampled_from(kinds)), op, draw(st.integers(-2, 12))
    )


@st.composite
def iss(draw):
    """Something about the member itself."""
    name = draw(
        st.sampled_from([
            "tier", "source", "store_id", "points", "marketing", "account", "joined_on", "joined_days", "birthday_in_days",
            "birthday_month",
        ])
    )  # fmt: skip
    if name in ("joined_days", "birthday_in_days"):
        return Is(name, draw(st.sampled_from(COMPARED)), draw(st.integers(-1, 60)))
    field = SUBJECTS["members"].field(name)
    condition = draw(conditions(field))
    return Is(condition.field, condition.op, condition.value)


@st.composite
def thens(draw):
    """A sequence of two to four steps."""
    count = draw(st.integers(2, 4))
    steps = []
    for place in range(count):
        subject = draw(st.sampled_from(TIMED[:4]))
        steps.append(Step(subject.name, draw(wheres(subject, alone=False)), place > 0 and draw(st.booleans())))
    return Then(tuple(steps), draw(st.sampled_from([None, 1, 7, 30])), draw(st.sampled_from([None, 7, 45])))


leaf_rules = st.one_of(dids(), dids(), iss(), st.sampled_from([Tagged(tag) for tag in TAGS]), thens())
rules = st.recursive(
    leaf_rules,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda some: AllOf(tuple(some))),
        st.lists(inner, min_size=1, max_size=3).map(lambda some: AnyOf(tuple(some))),
        inner.map(Not),
    ),
    max_leaves=5,
)
"""Rules that ask for no other segment."""


@st.composite
def rows(draw, subject):
    """One fact of a timed subject, as a tuple in the order of the subject's columns."""
    on = draw(days)
    minute = draw(minutes)
    at = datetime(on.year, on.month, on.day, tzinfo=UTC) - timedelta(hours=8) + timedelta(minutes=minute)
    values = {"at": at, "on": on, "proven_at": at}
    back = bool(subject.back) and draw(st.integers(0, 4)) == 0
    for field in subject.fields:
        if field.lake_only or field.name in values:
            continue
        match field.kind:
            case "boolean":
                values[field.name] = back if field.name == subject.back else draw(st.booleans())
            case "integer":
                number = draw(st.integers(0, 10))
                signed = -number if back or (subject.name == "points" and draw(st.booleans())) else number
                values[field.name] = signed
            case _:
                values[field.name] = draw(st.sampled_from(codes_of(field)))
    return tuple(values[name] for name in subject.columns)


@st.composite
def member_facts(draw):
    """All facts of one member."""
    joined = draw(st.dates(FIRST - timedelta(days=400), TODAY))
    month = draw(st.integers(0, 12))
    found = {
        "members": [(
            UUID(int=99).hex, datetime(joined.year, joined.month, joined.day, tzinfo=UTC), joined,
            draw(st.sampled_from(TEXTS["source"])), draw(st.sampled_from(["", *IDS])), month,
            draw(st.integers(1, 29 if month == 2 else 30)) if month else 0, draw(st.sampled_from(TIERS)),
            draw(st.integers(0, 12)), draw(st.booleans()), draw(st.booleans()),
        )],
        "tags": [
            (tag.hex, datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=place), draw(st.booleans()))
            for place, tag in enumerate(draw(st.lists(st.sampled_from(TAGS), max_size=4)))
        ],
    }  # fmt: skip
    for subject in DEEDS:
        found[subject.name] = draw(st.lists(rows(subject), max_size=5))
    return found
