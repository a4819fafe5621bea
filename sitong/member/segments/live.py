"""What an event means for live segments: whose facts it changed, which segments ask for those, and who enters or leaves."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sitong.member.identity.deeds import CHANGED
from sitong.member.identity.knowing import CHANGES
from sitong.member.segments.actions import recheck_members
from sitong.member.segments.actions.membership import APPLY_MAX
from sitong.member.segments.programs import live_segments
from sitong.shared.events.registry import Happening

ALSO_MEMBERS = {"points": "members"}
"""A subject whose change is also one of the member's own row."""


def look_at(events: Sequence[Happening], *, now: datetime) -> int:
    """Look at the members whom these events changed, for the segments that ask for what changed. Gives at how many.

    Brand by brand, each member once: its facts are read after all of these events were committed.
    """
    looked = 0
    for brand_id, batch in sorted(_by_brand(events).items()):
        segments = live_segments(brand_id)
        if not segments.rules:
            continue
        members: set[UUID] = set()
        subjects: set[str] = set()
        for name, some in _by_name(batch).items():
            change = CHANGES[name]
            changed = _subjects_of(some, change.subjects)
            if segments.touched_by(changed):
                members.update(id for id in change.members_of(some) if id is not None)
                subjects |= changed
        wanted = segments.touched_by(subjects)
        ordered = sorted(members)
        for first in range(0, len(ordered), APPLY_MAX):
            recheck_members(brand_id, ordered[first : first + APPLY_MAX], now=now, segment_ids=wanted)
        looked += len(ordered)
    return looked


def _subjects_of(events: Sequence[Any], subjects: Collection[str]) -> set[str]:
    """Give what such events changed: what they say themselves, or all that their kind may change."""
    said = {event.what for event in events if hasattr(event, "what")}
    if not said:
        return set(subjects)
    found = {CHANGED.get(what, "members") for what in said}
    return found | {ALSO_MEMBERS[one] for one in found if one in ALSO_MEMBERS}


def _by_brand(events: Sequence[Happening]) -> dict[UUID, list[Happening]]:
    found: dict[UUID, list[Happening]] = {}
    for event in events:
        if event.name in CHANGES:
            found.setdefault(event.brand_id, []).append(event)
    return found


def _by_name(events: Sequence[Happening]) -> dict[str, list[Happening]]:
    found: dict[str, list[Happening]] = {}
    for event in events:
        found.setdefault(event.name, []).append(event)
    return found
