"""One definition, many members: a rule as an Ibis expression over the lake, run by DuckDB in this process or by Spark.

What a rule means is said by `member.segments.check`, which answers for one member; here stands the same for everybody, and
a law of random rules and random members holds that all three agree. Nothing here reads a row: it only says what to read.

How a leaf stays cheap: "at least once" is a list without adding up; what also holds of members who did nothing ("fewer than
3", "not") is the complement of those for whom it does not; days that are reckoned ("recency", "days since joining") are
compared as dates, so that files and row groups outside of them are never opened.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import ibis

from sitong.insight.audience.fields import fulfilled_by
from sitong.insight.audience.measures import did
from sitong.insight.audience.sequences import happened
from sitong.insight.audience.sets import KEY, Listed, Members, Those, complement, intersection, members_of, union
from sitong.member.segments.language import AllOf, AnyOf, Did, In, Is, Not, Rule, SegmentUnknown, Tagged, Then

if TYPE_CHECKING:
    from ibis.expr.types import Table

    from sitong.insight.lake.reading import Lake


def compiled(rule: Rule, lake: Lake, *, on: date) -> Table:
    """Give the ordinals of the members for whom a rule holds, each once, as an Ibis expression of one column `ordinal`.

    `on`: the business day that is asked about. The rule names no segments any more (`expanded`).
    """
    return members_of(_set_of(rule, lake, on=on), lake.table("members"))


def _set_of(rule: Rule, lake: Lake, *, on: date) -> Members:
    everybody = lake.table("members")
    match rule:
        case AllOf(()):
            return Those(lambda _: ibis.literal(value=True))
        case AllOf(rules):
            return intersection([_set_of(one, lake, on=on) for one in rules], everybody)
        case AnyOf(rules):
            return union([_set_of(one, lake, on=on) for one in rules], everybody)
        case Not(inner):
            return complement(_set_of(inner, lake, on=on))
        case Is():
            return Those(fulfilled_by(rule, on=on))
        case Tagged():
            return _tagged(rule, lake)
        case Did():
            return did(rule, lake, on=on)
        case Then():
            return happened(rule, lake, on=on)
        case In(segment_id):
            raise SegmentUnknown(where="", segment=str(segment_id))


def _tagged(rule: Tagged, lake: Lake) -> Members:
    """Of what was said of a member's tag the newest holds; of two at one instant, the one that says no."""
    tags = lake.table("tags")
    said = tags.filter(tags["tag_id"] == rule.tag_id.hex).group_by(KEY)
    newest = said.aggregate(
        put_on=lambda t: t["at"].max(where=t["held"]), taken_off=lambda t: t["at"].max(where=~t["held"])
    )
    holds = newest["put_on"].notnull() & (newest["taken_off"].isnull() | (newest["put_on"] > newest["taken_off"]))
    return Listed(newest.filter(holds).select(KEY))
