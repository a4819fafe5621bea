"""What keeps live segments true as time passes. What events do to them is heard in console/segments, which knows all topics."""

from __future__ import annotations

from datetime import datetime

from sitong.member.segments.actions import fill_segments, sweep_segments, wake_members
from sitong.shared.events.periodic import every


@every(5, "member.fill_segments")
def fill(now: datetime) -> None:
    fill_segments(now=now)


@every(900, "member.wake_segments")
def wake(now: datetime) -> None:
    wake_members(now=now)


@every(60, "member.sweep_segments")
def sweep(now: datetime) -> None:  # noqa: ARG001 clocks tell the time
    sweep_segments()
