"""Which journeys listen for what now, and whom rounds take in."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Q

from sitong.marketing.journeys.listening import Listener, event_of, listeners_of
from sitong.marketing.journeys.models import EntryState, Journey, JourneyEntry, JourneyState, JourneyVersion
from sitong.marketing.journeys.queries.versions import frozen_graph

GOAL_DAYS_MAX = 365


def listeners_now(at: datetime) -> dict[str, list[Listener]]:
    """Give what all journeys listen for, by the event's name: running and paused ones, and the goals of those just ended.

    Two statements; the graphs of versions that were started are kept in memory, since they never change.
    """
    heard = Q(state__in=(JourneyState.RUNNING, JourneyState.PAUSED))
    heard |= Q(state=JourneyState.ENDED, ended_at__gte=at - timedelta(days=GOAL_DAYS_MAX))
    columns = ("id", "brand_id", "version_id", "state", "leave_on")
    journeys = {row[0]: row for row in Journey.objects.filter(heard).values_list(*columns)}
    versions = JourneyVersion.objects.filter(journey_id__in=journeys, frozen_at__isnull=False).order_by(
        "journey_id", "number"
    )
    found: dict[str, list[Listener]] = {}
    for version_id, journey_id in versions.values_list("id", "journey_id"):
        _id, brand_id, newest_id, state, _leave_on = journeys[journey_id]
        for one in listeners_of(
            frozen_graph(version_id), journey_id=journey_id, brand_id=brand_id, version_id=version_id, state=state,
            newest=version_id == newest_id,
        ):  # fmt: skip
            found.setdefault(event_of(one.wanted), []).append(one)
    for journey_id, brand_id, _newest, state, leave_on in journeys.values():
        for wanted in leave_on if state != JourneyState.ENDED else ():
            found.setdefault(event_of(wanted), []).append(_leaver(journey_id, brand_id, wanted))
    return found


def _leaver(journey_id: UUID, brand_id: UUID, wanted: dict[str, object]) -> Listener:
    return Listener("leave", journey_id, brand_id, None, "", wanted)


def journeys_ended_with_members() -> list[UUID]:
    """Give the journeys that are over and still have members inside."""
    ended = Journey.objects.filter(state=JourneyState.ENDED)
    inside = JourneyEntry.objects.filter(state=EntryState.INSIDE, journey_id__in=ended.values("id"))
    return list(inside.order_by("journey_id").values_list("journey_id", flat=True).distinct())
