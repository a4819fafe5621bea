"""Live segments hear every event that may change what is known of members, from whatever word it comes."""

from __future__ import annotations

from collections.abc import Sequence

from sitong.member.identity.knowing import CHANGES
from sitong.member.segments.live import look_at
from sitong.shared.clock import now as clock_now
from sitong.shared.events.registry import Happening, on

BATCH = 500


@on(*(change.kind for change in CHANGES.values()), subscriber="member.segments", start="now", batch=BATCH)
def hear(events: Sequence[Happening]) -> None:
    """Look at those members for whom something changed."""
    look_at(events, now=clock_now())
