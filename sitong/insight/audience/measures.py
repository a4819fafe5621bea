"""What members did, measured: as Ibis expressions over the facts of one subject."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from sitong.insight.audience.fields import OPPOSITE, TURNED, compare, condition_holds, days_before
from sitong.insight.audience.sets import KEY, Listed, Members
from sitong.member.segments.language import Condition, Did, Measure, is_held
from sitong.member.segments.subjects import SUBJECTS

if TYPE_CHECKING:
    from ibis.expr.types import Table

    from sitong.insight.lake.reading import Lake

WIDE = "decimal(38, 0)"
AT_LEAST_ONE = ((">=", 1), (">", 0), ("!=", 0))
OF_NOTHING_0 = frozenset({"count", "days", "distinct", "sum"})
"""What is 0 of a member without such facts. The other measures have no value then, and no comparison with them holds."""


def did(rule: Did, lake: Lake, *, on: date) -> Members:
    """Give the members for whom a measure of what they did compares so."""
    facts = _facts(rule, lake, on=on)
    if rule.measure.kind in OF_NOTHING_0 and compare(0, rule.op, rule.value):
        return Listed(_measured(facts, rule, OPPOSITE[rule.op], on), rest=True)
    return Listed(_measured(facts, rule, rule.op, on))


def _facts(rule: Did, lake: Lake, *, on: date) -> Table:
    """Give the facts that a measure is taken of, those that came back among them."""
    facts = of_kind(rule.subject, rule.where, lake, on=on)
    if rule.last_days is not None:
        facts = facts.filter(facts["on"] > days_before(on, rule.last_days))
    if rule.since is not None:
        facts = facts.filter(facts["on"] >= rule.since)
    if rule.until is not None:
        facts = facts.filter(facts["on"] <= rule.until)
    return facts


def of_kind(subject: str, where: Sequence[Condition], lake: Lake, *, on: date) -> Table:
    """Give the facts of a subject until a day that fulfill all conditions."""
    table = lake.table(subject)
    facts = table.filter(table["on"] <= on) if SUBJECTS[subject].timed else table
    over = facts.filter(facts["what"] != "claimed") if subject == "coupons" else None
    for condition in where:
        if is_held(condition, subject):
            facts = facts.filter(facts["what"] == "claimed").anti_join(over, [KEY, "claim_id"])
        else:
            facts = facts.filter(condition_holds(facts, condition))
    return facts


def kept(facts: Table, subject: str) -> Table:
    """Leave out what came back."""
    back = SUBJECTS[subject].back
    return facts.filter(~facts[back]) if back else facts


def _measured(facts: Table, rule: Did, op: Any, on: date) -> Table:
    """Give the ordinals, of those who have such facts, for whom the measure compares so."""
    measure = rule.measure
    value: Any = rule.value
    if measure.kind not in ("sum", "avg"):
        facts = kept(facts, rule.subject)
    if measure.kind == "recency_days":
        op, value = TURNED[op], days_before(on, value)
        measure = Measure("max", "on")
    if measure.kind in OF_NOTHING_0 - {"sum"} and (op, value) in AT_LEAST_ONE:
        return facts.select(KEY)
    if (measure.kind, op) in (("max", ">="), ("max", ">"), ("min", "<="), ("min", "<")):
        return facts.filter(compare(facts[measure.field], op, value)).select(KEY)
    return (
        facts.group_by(KEY)
        .having(_holds(facts, measure, op, value, SUBJECTS[rule.subject].back))
        .aggregate()
        .select(KEY)
    )


def _holds(facts: Table, measure: Measure, op: Any, value: Any, back: str) -> Any:
    """Compare a measure of a member's facts, of which there is one at least."""
    field: Any = facts[measure.field] if measure.field else None
    match measure.kind:
        case "count":
            return compare(facts.count(), op, value)
        case "days":
            return compare(facts["on"].nunique(), op, value)
        case "distinct":
            return compare(field.nunique(), op, value)
        case "sum":
            return compare(field.sum(), op, value)
        case "avg":
            bought = facts.count(where=~facts[back]) if back else facts.count()
            return (bought > 0) & compare(field.sum().cast(WIDE), op, bought.cast(WIDE) * value)
        case "min":
            return compare(field.min(), op, value)
        case _:
            return compare(field.max(), op, value)
