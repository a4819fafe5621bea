"""What members have passed in journeys."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any
from uuid import UUID

from sitong.marketing.journeys.models import JourneyEntry, JourneyStep
from sitong.marketing.messages.models import Message

STATES = ("delivered", "opened", "clicked")


def steps_at(entry_ids: Collection[UUID], node: str) -> dict[UUID, list[UUID]]:
    """Give the steps of these entries at a node: their ids are those of the messages sent there."""
    found: dict[UUID, list[UUID]] = {}
    rows = JourneyStep.objects.filter(entry_id__in=entry_ids, node=node).values_list("entry_id", "id")
    for entry_id, step_id in rows:
        found.setdefault(entry_id, []).append(step_id)
    return found


def facts_of_entries(entry_ids: Collection[UUID]) -> dict[UUID, dict[str, Any]]:
    """Give what is kept of the events that brought members in; entries without any are left out."""
    rows = JourneyEntry.objects.filter(id__in=entry_ids, facts__isnull=False)
    return {entry_id: facts or {} for entry_id, facts in rows.values_list("id", "facts")}


def messages_that(message_ids: Collection[UUID], what: str) -> set[UUID]:
    """Give which of these messages were delivered, opened or clicked. Who clicked has opened, and who opened got it."""
    reached = STATES[STATES.index(what) :]
    return set(Message.objects.filter(id__in=message_ids, state__in=reached).values_list("id", flat=True))
