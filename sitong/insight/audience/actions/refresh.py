"""Let live segments follow what the lake finds for everybody: filled at first, and every night what time alone has changed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import numpy

from sitong.insight.audience.compiling import compiled
from sitong.insight.audience.sets import KEY
from sitong.insight.lake.queries import lake_of, lake_seen
from sitong.insight.sources.audience import LiveSegment, belonging_to, live_segments_of, member_ids_of
from sitong.member.segments.actions import apply_membership, note_filled
from sitong.member.segments.facts import brand_day
from sitong.member.segments.programs import live_segments
from sitong.shared.errors import Refused
from sitong.shared.events.queries import lag

PIECE = 5_000
BEHIND = timedelta(minutes=10)
"""So far the lake may be behind without being asked: who was looked at since then is left as that look left it."""

LAKE = "insight.lake"
"""How the names of the lake's subscribers begin."""

Told = Callable[[int, int], object]


class LakeNotReady(Refused):
    """The brand's lake is not made yet, or is being made anew: asked now, it would say that nobody belongs."""

    code = "insight.lake_not_ready"


@dataclass(frozen=True, slots=True)
class Refreshed:
    """What a refresh of one live segment found and changed. `whole` is false if its rule was changed meanwhile."""

    segment_id: UUID
    members: int
    entered: int
    left: int
    whole: bool


def refresh_segments(brand_id: UUID, *, now: datetime, told: Told | None = None) -> list[Refreshed]:
    """Refresh all live segments of a brand, those first that nobody has filled yet. Refused: insight.lake_not_ready."""
    return [refresh_segment(brand_id, one, now=now, told=told) for one in live_segments_of(brand_id)]


def refresh_segment(brand_id: UUID, segment: LiveSegment, *, now: datetime, told: Told | None = None) -> Refreshed:
    """Compare who belongs to a live segment with whom the lake finds, and apply the difference in pieces of 5,000 members.

    Each piece is a transaction of its own, tells its members by events, and may be repeated: what is so already changes
    nothing. Members at whom somebody looked after the lake was written stay as that look left them. `told` hears how many
    of how many are done. The members are read from the lake; to the database it costs what the difference costs.
    Refused: insight.lake_not_ready.
    """
    as_of = _known_until(brand_id, now)
    rule = live_segments(brand_id).rules.get(segment.id)
    if rule is None:
        return Refreshed(segment.id, 0, 0, 0, whole=False)
    found = _found(brand_id, rule, now)
    belonging = belonging_to(segment.id)
    entering = numpy.setdiff1d(found, belonging, assume_unique=True)
    leaving = numpy.setdiff1d(belonging, found, assume_unique=True)
    entered = left = done = 0
    for ordinals, enters in ((entering, True), (leaving, False)):
        for first in range(0, len(ordinals), PIECE):
            ids = member_ids_of(brand_id, ordinals[first : first + PIECE].tolist())
            applied = apply_membership(
                segment.id, version=segment.version, entered=ids if enters else (), left=() if enters else ids, as_of=as_of, now=now,
            )  # fmt: skip
            entered, left = entered + len(applied.entered), left + len(applied.left)
            done += len(ids)
            if told is not None:
                told(done, len(entering) + len(leaving))
    whole = note_filled(segment.id, version=segment.version, now=now)
    return Refreshed(segment.id, len(found), entered, left, whole)


def _found(brand_id: UUID, rule: Any, now: datetime) -> Any:
    """Give the ordinals for which a rule holds, as a numpy array: 8 bytes a member."""
    with lake_of(brand_id) as lake:
        return compiled(rule, lake, on=brand_day(brand_id, now)).to_pyarrow()[KEY].to_numpy()


def _known_until(brand_id: UUID, now: datetime) -> datetime:
    """Give the instant until which the lake knows everything: ten minutes before what it has yet to read or to write."""
    seen = lake_seen(brand_id)
    if seen.rebuild_asked_at is not None or not any(one.name == "members" and one.files for one in seen.tables):
        raise LakeNotReady()
    unread = [one.oldest_at for one in lag() if one.subscriber.startswith(LAKE) and one.oldest_at is not None]
    return min([now, *unread, *([seen.waiting_since] if seen.waiting_since else [])]) - BEHIND
