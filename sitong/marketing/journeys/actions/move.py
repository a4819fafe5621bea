"""Move members along: whoever is due, a bounded piece at a time, a handful of statements a piece."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import transaction

from sitong.marketing.journeys.actions.doing import do_at
from sitong.marketing.journeys.graph import Graph
from sitong.marketing.journeys.judging import members_inside, rule_holds_for
from sitong.marketing.journeys.models import Journey, JourneyState
from sitong.marketing.journeys.queries.steps import messages_that, steps_at
from sitong.marketing.journeys.queries.versions import frozen_graph
from sitong.marketing.journeys.walking import Walk, Walked, Walker, walk
from sitong.org.brands.queries import brand_facts
from sitong.shared.ids import new_ids
from sitong.shared.statements import days, integers, pipelined, run, texts, uuids, write

PIECE = 10_000

LOCK_JOURNEY = "SELECT brand_id FROM marketing_journey WHERE id = %s AND state = 'running' FOR SHARE"
TAKE = """
SELECT id, version_id, member_id, "group", node, heard, steps, due_at FROM marketing_journeyentry
WHERE journey_id = %s AND state = 'inside' AND due_at <= %s ORDER BY due_at, id LIMIT %s FOR NO KEY UPDATE SKIP LOCKED
"""
PUT = """
UPDATE marketing_journeyentry AS e SET node = u.node, due_at = u.due_at, steps = u.steps, heard = u.heard
FROM unnest(%s::uuid[], %s::text[], %s::timestamptz[], %s::int[], %s::bool[]) AS u(id, node, due_at, steps, heard) WHERE e.id = u.id
"""
LET_OUT = """
UPDATE marketing_journeyentry AS e SET node = u.node, steps = u.steps, heard = false, state = 'over', why = u.why, ended_at = %s
FROM unnest(%s::uuid[], %s::text[], %s::int[], %s::text[]) AS u(id, node, steps, why) WHERE e.id = u.id
"""
WRITE_STEPS = """
INSERT INTO marketing_journeystep (id, brand_id, entry_id, number, node, way, what, at)
SELECT s.id, %s, s.entry_id, s.number, s.node, s.way, s.what, %s
FROM unnest(%s::uuid[], %s::uuid[], %s::int[], %s::text[], %s::text[], %s::text[]) AS s(id, entry_id, number, node, way, what)
"""
WRITE_FLOWS = """
INSERT INTO marketing_journeyflow (id, brand_id, version_id, node, way, what, "group", number, at)
SELECT f.id, %s, f.version_id, f.node, f.way, f.what, f.grp, f.number, %s
FROM unnest(%s::uuid[], %s::uuid[], %s::text[], %s::text[], %s::text[], %s::text[], %s::int[]) AS f(id, version_id, node, way, what, grp, number)
"""


def move_due(journey_id: UUID, *, now: datetime, most: int = PIECE) -> int:
    """Move one piece of the members of a journey who are due by `now`, each until it stands somewhere again; gives how many.

    In one transaction: the rows that others hold are left to them, what is sent and given is planned in it, and a worker that
    dies half-way has done nothing. Nobody is moved unless the journey runs. The number of statements depends on the graph's
    nodes, not on the members. 0: nobody is due, or others have them.
    """
    with transaction.atomic():
        running = run(LOCK_JOURNEY, [journey_id])
        rows = run(TAKE, [journey_id, now, most]) if running else []
        if not rows:
            return 0
        brand_id = running[0][0]
        pieces: dict[UUID, list[Walker]] = {}
        for entry_id, version_id, *rest in rows:
            pieces.setdefault(version_id, []).append(Walker(entry_id, *rest))
        zone = ZoneInfo(brand_facts([brand_id])[brand_id].zone)
        first, *_others = sorted(pieces)  # one version a piece: what it locks to send and to give, it locks in one go
        wanted = _walk(brand_id, journey_id, frozen_graph(first), now, zone)
        walkers = pieces[first]
        walked = walk(wanted, walkers)
        _write(brand_id, first, walkers, walked, now)
        return len(walkers)


def running_journeys() -> list[UUID]:
    """Give the journeys that move members now."""
    return list(Journey.objects.filter(state=JourneyState.RUNNING).order_by("id").values_list("id", flat=True))


@dataclass(frozen=True, slots=True)
class Judging:
    """Says for whom the question of a branch holds, and who need not wait."""

    brand_id: UUID
    now: datetime

    def __call__(self, node: Any, walkers: Sequence[Walker]) -> set[UUID]:
        wanted, members = node.settings, [one.member_id for one in walkers]
        if "rule" in wanted:
            return rule_holds_for(self.brand_id, wanted["rule"], members, at=self.now)
        if "segment" in wanted:
            return members_inside(self.brand_id, UUID(str(wanted["segment"])), members, at=self.now)
        if "happened" in wanted:
            steps = steps_at([one.entry_id for one in walkers], str(wanted["happened"]["node"]))
            seen = messages_that([step for found in steps.values() for step in found], str(wanted["happened"]["what"]))
            return {one.member_id for one in walkers if seen.intersection(steps.get(one.entry_id, ()))}
        return set()


def _walk(brand_id: UUID, journey_id: UUID, graph: Graph, now: datetime, zone: ZoneInfo) -> Walk:
    def do(node: Any, walkers: Sequence[Walker], step_ids: Sequence[UUID]) -> Sequence[str]:
        return do_at(node, walkers, step_ids=step_ids, brand_id=brand_id, journey_id=journey_id, now=now)

    return Walk(journey_id, graph, now, zone, do, Judging(brand_id, now))


def _write(brand_id: UUID, version_id: UUID, walkers: Sequence[Walker], walked: Walked, now: datetime) -> None:
    inside, out = [one for one in walkers if not one.why], [one for one in walkers if one.why]
    with pipelined():
        if inside:
            write(PUT, [
                uuids([one.entry_id for one in inside]), texts([one.node for one in inside]), days([one.due_at for one in inside]),
                integers([one.steps for one in inside]), "{" + ",".join(["t" if one.heard else "f" for one in inside]) + "}",
            ])  # fmt: skip
        if out:
            write(LET_OUT, [
                now, uuids([one.entry_id for one in out]), texts([one.node for one in out]), integers([one.steps for one in out]),
                texts([one.why for one in out]),
            ])  # fmt: skip
        if walked.ids:
            write(WRITE_STEPS, [
                brand_id, now, uuids(walked.ids), uuids(walked.entry_ids), integers(walked.numbers), texts(walked.nodes),
                texts(walked.ways), texts(walked.what),
            ])  # fmt: skip
            flows = walked.flows
            write(WRITE_FLOWS, [
                brand_id, now, uuids(new_ids(len(flows))), uuids([version_id] * len(flows)), texts([key[0] for key in flows]),
                texts([key[1] for key in flows]), texts([key[2] for key in flows]), texts([key[3] for key in flows]),
                integers(flows.values()),
            ])  # fmt: skip
