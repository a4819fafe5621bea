"""Start a journey or its new version, let it pause and go on, move members into a newer version, end it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import transaction

from sitong.marketing.journeys.actions.define import JourneyOver, locked
from sitong.marketing.journeys.checks import faults_of
from sitong.marketing.journeys.events import JourneyEnded, JourneyStarted
from sitong.marketing.journeys.graph import STANDING, Graph, graph_read
from sitong.marketing.journeys.judging import rule_fault
from sitong.marketing.journeys.models import Journey, JourneyState, JourneyVersion
from sitong.marketing.journeys.walking import stands_until
from sitong.org.brands.queries import brand_facts
from sitong.shared.access.audit import AuditEntry, record
from sitong.shared.errors import NotFound, Refused
from sitong.shared.events.actions import announce
from sitong.shared.statements import run

PIECE = 10_000

MOVE_OVER = """
WITH w AS (
  SELECT id FROM marketing_journeyentry WHERE journey_id = %s AND version_id = %s AND node = %s AND state = 'inside'
  ORDER BY id LIMIT %s FOR NO KEY UPDATE
)
UPDATE marketing_journeyentry AS e SET version_id = %s, node = %s, heard = false, due_at = coalesce(%s::timestamptz, e.due_at)
FROM w WHERE e.id = w.id RETURNING 1
"""
END_PIECE = """
WITH w AS (
  SELECT id FROM marketing_journeyentry WHERE journey_id = %s AND state = 'inside' ORDER BY id LIMIT %s FOR NO KEY UPDATE
)
UPDATE marketing_journeyentry AS e SET state = 'over', why = 'ended', ended_at = %s FROM w WHERE e.id = w.id RETURNING 1
"""


class GraphFaulty(Refused):
    """The graph cannot be followed yet: facts name how many things are wrong, and at which nodes."""

    code = "marketing.graph_faulty"


class NothingNew(Refused):
    """There is no draft to start: what is drawn runs already."""

    code = "marketing.journey_nothing_new"


class JourneyNotRunning(Refused):
    """The journey is not running."""

    code = "marketing.journey_not_running"


class MappingWrong(Refused):
    """Members can only be moved from nodes of the older version to nodes of the newer one."""

    code = "marketing.mapping_wrong"


def start_journey(journey_id: UUID, *, by: UUID | None, now: datetime) -> Journey:
    """Freeze what is drawn and let members follow it from now on. Those who are inside go on in the version they are in.

    Refused: marketing.graph_faulty, marketing.journey_nothing_new, marketing.journey_over, shared.not_found.
    """
    with transaction.atomic():
        journey = locked(journey_id)
        if journey.state == JourneyState.ENDED:
            raise JourneyOver()
        version = JourneyVersion.objects.filter(journey_id=journey.id).order_by("-number").first()
        if version is None or version.frozen_at is not None:
            raise NothingNew()
        graph = graph_read(version.graph)
        faults = faults_of(graph)
        unread = next(
            filter(None, (rule_fault(one.settings["rule"]) for one in graph.nodes.values() if "rule" in one.settings)),
            None,
        )
        if unread is not None:
            raise unread
        if faults:
            nodes = sorted({one.node for one in faults if one.node})
            raise GraphFaulty(count=len(faults), nodes=nodes, codes=sorted({one.code for one in faults}))
        version.frozen_at = now
        version.save(update_fields=["frozen_at"])
        journey.version_id = version.id
        journey.state = JourneyState.RUNNING
        journey.started_at = journey.started_at or now
        journey.save(update_fields=["version_id", "state", "started_at"])
        _trace("started", journey, by, now, {"version": version.number})
        announce([JourneyStarted(journey.brand_id, journey.id, version.id)], at=now)
    return journey


def pause_journey(journey_id: UUID, *, by: UUID | None, now: datetime) -> Journey:
    """Let nobody in and move nobody until it is resumed. Waits for pieces on their way, so that afterwards nothing happens.

    What members wait for, and what the journey is for, is still heard. Twice: nothing more. Refused:
    marketing.journey_not_running, shared.not_found.
    """
    return _turned(journey_id, JourneyState.RUNNING, JourneyState.PAUSED, "paused", by, now)


def resume_journey(journey_id: UUID, *, by: UUID | None, now: datetime) -> Journey:
    """Go on after a pause: whoever came due meanwhile is moved now. Twice: nothing more. Refused: as pausing."""
    return _turned(journey_id, JourneyState.PAUSED, JourneyState.RUNNING, "resumed", by, now)


def end_journey(journey_id: UUID, *, by: UUID | None, now: datetime) -> Journey:
    """End a journey for good. Nobody enters or moves any more; `end_entries` lets out who is inside. Twice: nothing more."""
    with transaction.atomic():
        journey = locked(journey_id)
        if journey.state != JourneyState.ENDED:
            journey.state, journey.ended_at = JourneyState.ENDED, now
            journey.save(update_fields=["state", "ended_at"])
            _trace("ended", journey, by, now, {})
            announce([JourneyEnded(journey.brand_id, journey.id)], at=now)
    return journey


def end_entries(journey_id: UUID, *, now: datetime) -> int:
    """Let out who is inside of a journey that has ended, one bounded piece; gives how many. 0: nobody is left."""
    with transaction.atomic():
        if not Journey.objects.filter(id=journey_id, state=JourneyState.ENDED).exists():
            return 0
        return len(run(END_PIECE, [journey_id, PIECE, now]))


def move_to_version(
    journey_id: UUID, mapping: Mapping[str, str], *, from_version_id: UUID, by: UUID | None, now: datetime
) -> int:
    """Move those who stand in an older version into the one that runs now, by a mapping of nodes; gives how many.

    Who stands at a node that is not in the mapping stays in the older version. A wait that becomes a wait keeps its time;
    any other wait begins anew, and what is no wait is passed at once. Bounded pieces, each a transaction: it can be called
    again until it gives 0. Refused: marketing.mapping_wrong, marketing.journey_over, shared.not_found.
    """
    moved = 0
    with transaction.atomic():
        journey = locked(journey_id)
        if journey.state == JourneyState.ENDED or journey.version_id is None:
            raise JourneyOver()
        old, new = graph_of(journey_id, from_version_id), graph_of(journey_id, journey.version_id)
        if from_version_id == journey.version_id or any(
            one not in old.nodes or two not in new.nodes for one, two in mapping.items()
        ):
            raise MappingWrong()
        _trace("remapped", journey, by, now, {"mapping": dict(mapping)})
    zone = ZoneInfo(brand_facts([journey.brand_id])[journey.brand_id].zone)
    for one, two in sorted(mapping.items()):
        due_at = None if old.nodes[one].kind == new.nodes[two].kind and new.nodes[two].kind in STANDING else (
            stands_until(new.nodes[two], now, zone)
        )  # fmt: skip
        while True:
            with transaction.atomic():
                piece = len(run(MOVE_OVER, [journey_id, from_version_id, one, PIECE, journey.version_id, two, due_at]))
            moved += piece
            if piece < PIECE:
                break
    return moved


def graph_of(journey_id: UUID, version_id: UUID) -> Graph:
    """Give the graph of a version of a journey. Refused: shared.not_found."""
    version = JourneyVersion.objects.filter(id=version_id, journey_id=journey_id).first()
    if version is None:
        raise NotFound(what="version")
    return graph_read(version.graph)


def _turned(
    journey_id: UUID, before: JourneyState, after: JourneyState, verb: str, by: UUID | None, now: datetime
) -> Journey:
    with transaction.atomic():
        journey = locked(journey_id)
        if journey.state == before:
            journey.state = after
            journey.save(update_fields=["state"])
            _trace(verb, journey, by, now, {})
        elif journey.state != after:
            raise JourneyNotRunning()
    return journey


def _trace(verb: str, journey: Journey, by: UUID | None, now: datetime, after: Mapping[str, object]) -> None:
    what = {"name": journey.name, **after}
    record([AuditEntry(verb, "marketing.journey", journey.id, journey.brand_id, by, after=what)], at=now)
