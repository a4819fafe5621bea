"""Journeys of one member: for its own export, for member 360, and for who undoes a join."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sitong.marketing.journeys.models import Journey, JourneyEntry, JourneyStep

LATER_MAX = 200


def entered_since(member_id: UUID, since: datetime, *, besides: Collection[UUID]) -> list[tuple[UUID, str, datetime]]:
    """Give the journeys that a member entered after an instant: entry, name, when."""
    rows = JourneyEntry.objects.filter(member_id=member_id, entered_at__gt=since).exclude(id__in=besides)
    found = list(rows.order_by("entered_at", "id").values_list("id", "journey_id", "entered_at")[:LATER_MAX])
    names = dict(Journey.objects.filter(id__in={row[1] for row in found}).values_list("id", "name"))
    return [(entry_id, names.get(journey_id, ""), at) for entry_id, journey_id, at in found]


def entries_kept(member_ids: Sequence[UUID]) -> list[dict[str, Any]]:
    """Give all that is kept of members' ways through journeys, the oldest first, as plain values."""
    entries = list(JourneyEntry.objects.filter(member_id__in=member_ids).order_by("entered_at", "id"))
    names = dict(Journey.objects.filter(id__in={one.journey_id for one in entries}).values_list("id", "name"))
    steps: dict[UUID, list[dict[str, Any]]] = {}
    rows = JourneyStep.objects.filter(entry_id__in=[one.id for one in entries]).order_by("entry_id", "number")
    for entry_id, node, way, what, at in rows.values_list("entry_id", "node", "way", "what", "at"):
        steps.setdefault(entry_id, []).append({"node": node, "way": way, "what": what, "at": at})
    return [
        {
            "journey": names.get(one.journey_id, ""), "entered_at": one.entered_at, "group": one.group, "state": one.state,
            "why": one.why, "ended_at": one.ended_at, "steps": steps.get(one.id, []),
        }
        for one in entries
    ]  # fmt: skip
