"""What members did in a sequence: first this, then that, then not such a thing; as Ibis expressions."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import ibis

from sitong.insight.audience.fields import days_before
from sitong.insight.audience.measures import kept, of_kind
from sitong.insight.audience.sets import KEY, Listed, Members
from sitong.member.segments.language import Step, Then

if TYPE_CHECKING:
    from ibis.expr.types import Table

    from sitong.insight.lake.reading import Lake


def happened(rule: Then, lake: Lake, *, on: date) -> Members:
    """Give the members who did the steps in this order.

    A step is reached from the nearest instant of the step before it, within the days; no fact of the steps that must be
    absent lies between the two. A last step that must be absent is known to be so once its days are over.
    """
    within = ibis.interval(days=rule.within_days) if rule.within_days else None
    reached: Table | None = None
    between: Table | None = None
    for step in rule.steps:
        moments = _moments(step, rule.last_days, lake, on=on)
        if step.absent:
            others = moments.select(other="ordinal", then="at").view()
            between = others if between is None else ibis.union(between, others).view()
        else:
            reached = moments if reached is None else _reach(reached, moments, between, within)
            between = None
    assert reached is not None
    if between is None:
        return Listed(reached.select(KEY))
    if rule.within_days:
        reached = reached.filter(reached["on"] < days_before(on, rule.within_days))
    after = [reached["ordinal"] == between["other"], between["then"] > reached["at"]]
    if within is not None:
        after.append(between["then"] <= reached["at"] + within)
    return Listed(reached.anti_join(between, after).select(KEY))


def _moments(step: Step, last_days: int | None, lake: Lake, *, on: date) -> Table:
    """Give when a step happened, without what came back."""
    facts = kept(of_kind(step.subject, step.where, lake, on=on), step.subject)
    if last_days is not None:
        facts = facts.filter(facts["on"] > days_before(on, last_days))
    return facts.select("ordinal", "at", "on")


def _reach(before: Table, found: Table, between: Table | None, within: Any) -> Table:
    """Give those moments that come after one of those before, near enough, without any of `between` in between."""
    earlier = before.select(who="ordinal", earlier="at").view()  # a step may ask for what the one before it asked for
    after = [found["ordinal"] == earlier["who"], found["at"] > earlier["earlier"]]
    if within is not None:
        after.append(found["at"] <= earlier["earlier"] + within)
    if between is None:
        return found.semi_join(earlier, after)
    pairs = (
        found.inner_join(earlier, after).group_by("ordinal", "at", "on").aggregate(nearest=lambda t: t["earlier"].max())
    )
    parted = [pairs["ordinal"] == between["other"], between["then"] > pairs["nearest"], between["then"] < pairs["at"]]
    return pairs.anti_join(between, parted).select("ordinal", "at", "on")
