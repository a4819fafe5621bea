"""What came of a journey: members at each node now, how many went which way, and what the treated did more than the control group."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Count, Sum

from sitong.marketing.journeys.models import EntryState, JourneyEntry, JourneyFlow
from sitong.marketing.journeys.rules import CONTROL, TREATED
from sitong.marketing.journeys.uplift import Group, Uplift, uplift_of
from sitong.shared.statements import run

GROUPS = """
WITH o AS (
  SELECT entry_id, sum(amount_minor - returned_minor)::bigint AS paid FROM marketing_journeyoutcome WHERE journey_id = %(journey)s GROUP BY 1
), m AS (
  SELECT e.member_id, e."group" AS grp, {by} AS part, bool_or(o.entry_id IS NOT NULL) AS converted, coalesce(sum(o.paid), 0)::bigint AS paid
  FROM marketing_journeyentry AS e {join} LEFT JOIN o ON o.entry_id = e.id WHERE e.journey_id = %(journey)s {where} GROUP BY 1, 2, 3
)
SELECT part, grp, count(*), count(*) FILTER (WHERE converted), sum(paid)::bigint, sum(paid::numeric * paid)::numeric FROM m GROUP BY 1, 2
"""
BY_WAY = """
JOIN LATERAL (
  SELECT way FROM marketing_journeystep WHERE entry_id = e.id AND node = %(node)s ORDER BY number DESC LIMIT 1
) AS s ON true
"""


@dataclass(frozen=True, slots=True)
class NodeCount:
    """Members at a node: how many stand there now, how many have passed it by each way, and for what reasons nothing was done."""

    inside: int
    passed: int
    ways: dict[str, int]
    what: dict[str, int]


@dataclass(frozen=True, slots=True)
class Totals:
    """Members in a journey: all who ever entered, those inside, those out, by why."""

    entered: int
    inside: int
    control: int
    over: dict[str, int]


def totals_of(journey_id: UUID) -> Totals:
    """Count a journey's entries."""
    rows = list(
        JourneyEntry.objects.filter(journey_id=journey_id).order_by().values_list("state", "why", "group").annotate(Count("id"))
    )  # fmt: skip
    over: dict[str, int] = {}
    for state, why, _group, number in rows:
        if state == EntryState.OVER:
            over[why] = over.get(why, 0) + number
    return Totals(
        sum(row[3] for row in rows), sum(row[3] for row in rows if row[0] == EntryState.INSIDE),
        sum(row[3] for row in rows if row[2] == CONTROL), over,
    )  # fmt: skip


def node_counts(journey_id: UUID, version_id: UUID) -> dict[str, NodeCount]:
    """Give for each node of a version how many stand there and how many went by. Two statements."""
    standing = JourneyEntry.objects.filter(journey_id=journey_id, version_id=version_id, state=EntryState.INSIDE)
    inside = dict(standing.order_by().values_list("node").annotate(Count("id")))
    ways: dict[str, dict[str, int]] = {}
    what: dict[str, dict[str, int]] = {}
    flows = JourneyFlow.objects.filter(version_id=version_id).order_by().values_list("node", "way", "what")
    for node, way, said, number in flows.annotate(Sum("number")):
        ways.setdefault(node, {})[way] = ways.setdefault(node, {}).get(way, 0) + number
        if said:
            what.setdefault(node, {})[said] = what.setdefault(node, {}).get(said, 0) + number
    return {
        node: NodeCount(inside.get(node, 0), sum(ways.get(node, {}).values()), ways.get(node, {}), what.get(node, {}))
        for node in inside.keys() | ways.keys()
    }


def uplift_whole(journey_id: UUID) -> Uplift:
    """Compare all who were treated with all in the control group; a member counts once, however often it entered."""
    return _compared("''", journey_id).get("", uplift_of(Group(), Group()))


def uplift_by_version(journey_id: UUID) -> dict[str, Uplift]:
    """Compare within each version, by the version in which an entry ended or stands now."""
    return _compared("e.version_id::text", journey_id)


def uplift_by_way(journey_id: UUID, version_id: UUID, node: str) -> dict[str, Uplift]:
    """Compare within each way of a split or branch: the treated who took it with the control members who took the same."""
    return _compared(
        "s.way", journey_id, join=BY_WAY, where="AND e.version_id = %(version)s", version=version_id, node=node
    )


def outcomes_by_day(journey_id: UUID) -> list[tuple[int, dict[str, tuple[int, int]]]]:
    """Give for each day after entering, by group, how many members had done it by then, and of how many who were so far."""
    rows = run(BY_DAY, {"journey": journey_id})
    found: dict[int, dict[str, tuple[int, int]]] = {}
    for day, group, converted, members in rows:
        found.setdefault(day, {})[group] = (converted, members)
    return sorted(found.items())


BY_DAY = """
WITH e AS (
  SELECT DISTINCT ON (member_id) id, member_id, "group" AS grp, entered_at FROM marketing_journeyentry WHERE journey_id = %(journey)s
  ORDER BY member_id, turn
), f AS (
  SELECT e.grp, floor(extract(epoch FROM min(o.at) - e.entered_at) / 86400)::int AS day
  FROM e JOIN marketing_journeyoutcome AS o ON o.entry_id = e.id GROUP BY e.member_id, e.grp, e.entered_at
), n AS (SELECT grp, count(*) AS members FROM e GROUP BY 1), d AS (SELECT generate_series(0, coalesce((SELECT max(day) FROM f), 0)) AS day)
SELECT d.day, n.grp, (SELECT count(*) FROM f WHERE f.grp = n.grp AND f.day <= d.day), n.members FROM d CROSS JOIN n ORDER BY 1, 2
"""


def _compared(
    by: str, journey_id: UUID, *, join: str = "", where: str = "", version: UUID | None = None, node: str = ""
) -> dict[str, Uplift]:
    statement = GROUPS.format(by=by, join=join, where=where)
    found: dict[str, dict[str, Group]] = {}
    for part, group, *numbers in run(statement, {"journey": journey_id, "version": version, "node": node}):
        found.setdefault(part, {})[group] = Group(*(int(one) for one in numbers))
    return {
        part: uplift_of(groups.get(TREATED, Group()), groups.get(CONTROL, Group())) for part, groups in sorted(found.items())
    }  # fmt: skip


def windows_open(journey_id: UUID, *, since: datetime) -> int:
    """Count the entries whose time for the goal is not over yet: those after an instant."""
    return JourneyEntry.objects.filter(journey_id=journey_id, entered_at__gt=since).count()
