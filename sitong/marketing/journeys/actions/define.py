"""Draw a journey: its name, who may enter how often, its control group, and the graph of its draft."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from sitong.marketing.journeys.checks import faults_of, where_sound
from sitong.marketing.journeys.graph import graph_read, graph_written
from sitong.marketing.journeys.models import Journey, JourneyState, JourneyVersion, Reentry
from sitong.shared.access.audit import AuditEntry, record
from sitong.shared.errors import NotFound, Refused, RepeatDiffers
from sitong.shared.ids import new_id

CONTROL_BP_MAX = 5_000
REENTRY_DAYS_MAX = 730
GRAPH_CHARS_MAX = 200_000
NEW_GRAPH: Mapping[str, Any] = {
    "nodes": [
        {"id": "n1", "kind": "trigger", "x": 80, "y": 160, "on": "hand"},
        {"id": "n2", "kind": "exit", "x": 400, "y": 160},
    ],
    "edges": [{"from": "n1", "to": "n2", "way": "next"}],
}
"""What a journey begins with: members put in by hand, and out again."""


class JourneyNameless(Refused):
    """The journey needs a name."""

    code = "marketing.journey_nameless"


class JourneyLimits(Refused):
    """The control group is at most half, and how often members may enter is one of the ways there are."""

    code = "marketing.journey_limits"


class ControlReasonMissing(Refused):
    """Without a control group nobody can tell what the journey brings: it needs a reason."""

    code = "marketing.control_reason_missing"


class JourneyOver(Refused):
    """The journey has ended: it cannot be changed any more."""

    code = "marketing.journey_over"


class GraphTooLarge(Refused):
    """A graph has at most 200 nodes, and so much text."""

    code = "marketing.graph_too_large"


@dataclass(frozen=True, slots=True)
class JourneyWanted:
    """A journey as it is to be. The id is the caller's; defined again while it is not over, it is changed."""

    id: UUID
    brand_id: UUID
    name: str
    name_en: str = ""
    control_bp: int = 1_000
    control_reason: str = ""
    reentry: str = "once"
    reentry_days: int = 0
    leave_on: tuple[Mapping[str, Any], ...] = field(default=())


def define_journey(wanted: JourneyWanted, *, by: UUID | None, now: datetime) -> Journey:
    """Make a journey with an empty draft, or change what can be changed of one. What has been drawn stays.

    The same again changes nothing. A new control share counts for those who enter from now on. Refused:
    marketing.journey_nameless, marketing.journey_limits, marketing.control_reason_missing, marketing.journey_over,
    shared.repeat_differs (the id is another brand's).
    """
    refused = _fault(wanted)
    if refused is not None:
        raise refused
    with transaction.atomic():
        journey = Journey.objects.select_for_update(no_key=True).filter(id=wanted.id).first()
        if journey is None:
            return _made(wanted, by, now)
        if journey.brand_id != wanted.brand_id:
            raise RepeatDiffers(id=wanted.id)
        before, after = _content(journey), _content(wanted)
        if before == after:
            return journey
        if journey.state == JourneyState.ENDED:
            raise JourneyOver()
        for name, value in after.items():
            setattr(journey, name, value)
        journey.save(update_fields=list(after))
        record([AuditEntry("changed", "marketing.journey", journey.id, journey.brand_id, by, before, after)], at=now)
    return journey


def change_graph(journey_id: UUID, graph: Mapping[str, Any], *, by: UUID | None, now: datetime) -> JourneyVersion:
    """Keep what was drawn, right or wrong, as the journey's draft: a new version where the last one was started.

    What is wrong with it is said by `checks.faults_of`; only starting it asks for it to be right. Refused:
    marketing.journey_over, marketing.graph_too_large, shared.not_found.
    """
    read = graph_read(graph)
    written = json.loads(json.dumps(graph_written(read), default=str).replace("\\u0000", ""))
    if len(read.nodes) > 200 or len(str(written)) > GRAPH_CHARS_MAX:
        raise GraphTooLarge()
    with transaction.atomic():
        journey = locked(journey_id)
        if journey.state == JourneyState.ENDED:
            raise JourneyOver()
        last = JourneyVersion.objects.filter(journey_id=journey.id).order_by("-number").first()
        if last is not None and last.frozen_at is None:
            last.graph = written
            last.save(update_fields=["graph"])
            return last
        if last is not None and last.graph == written:
            return last
        version = JourneyVersion(
            id=new_id(), brand_id=journey.brand_id, journey_id=journey.id, number=last.number + 1 if last else 1,
            graph=written, created_at=now, created_by=by,
        )  # fmt: skip
        version.save(force_insert=True)
    return version


def locked(journey_id: UUID) -> Journey:
    """Lock a journey for a change of its own. In the caller's transaction. Refused: shared.not_found."""
    journey = Journey.objects.select_for_update(no_key=True).filter(id=journey_id).first()
    if journey is None:
        raise NotFound(what="journey")
    return journey


def graph_faults(version: JourneyVersion) -> list[Any]:
    """Say what is wrong with a version's graph."""
    return faults_of(graph_read(version.graph))


def _made(wanted: JourneyWanted, by: UUID | None, now: datetime) -> Journey:
    journey = Journey(id=wanted.id, brand_id=wanted.brand_id, created_at=now, created_by=by, **_content(wanted))
    journey.save(force_insert=True)
    version = JourneyVersion(
        id=new_id(), brand_id=journey.brand_id, journey_id=journey.id, number=1, graph=dict(NEW_GRAPH), created_at=now, created_by=by,
    )  # fmt: skip
    version.save(force_insert=True)
    entry = AuditEntry("defined", "marketing.journey", journey.id, journey.brand_id, by, after={"name": journey.name})
    record([entry], at=now)
    return journey


def _fault(wanted: JourneyWanted) -> Refused | None:
    if not wanted.name.strip():
        return JourneyNameless()
    if not 0 <= wanted.control_bp <= CONTROL_BP_MAX or wanted.reentry not in Reentry.values:
        return JourneyLimits()
    if not 0 <= wanted.reentry_days <= REENTRY_DAYS_MAX or (
        wanted.reentry == Reentry.AFTER_DAYS and wanted.reentry_days < 1
    ):
        return JourneyLimits()
    if len(wanted.leave_on) > 10 or not all(
        "." in str(one.get("event", "")) and where_sound(one.get("where", [])) for one in wanted.leave_on
    ):
        return JourneyLimits()
    if wanted.control_bp == 0 and not wanted.control_reason.strip():
        return ControlReasonMissing()
    return None


def _content(one: Journey | JourneyWanted) -> dict[str, Any]:
    return {
        "name": one.name.strip()[:60], "name_en": one.name_en.strip()[:60], "control_bp": one.control_bp,
        "control_reason": one.control_reason.strip()[:200], "reentry": one.reentry, "reentry_days": one.reentry_days,
        "leave_on": [dict(leave) for leave in one.leave_on],
    }  # fmt: skip
