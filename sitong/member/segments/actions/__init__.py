"""Segments are made and changed, and who belongs to them follows."""

from sitong.member.segments.actions.keeping import fill_segments, note_filled, sweep_segments, wake_members
from sitong.member.segments.actions.membership import Applied, apply_membership, leave_all, recheck_members
from sitong.member.segments.actions.segments import (
    SegmentWanted,
    archive_segment,
    change_segment,
    make_segment,
    unwatch_segment,
    watch_segment,
)

__all__ = [
    "Applied",
    "SegmentWanted",
    "apply_membership",
    "archive_segment",
    "change_segment",
    "fill_segments",
    "leave_all",
    "make_segment",
    "note_filled",
    "recheck_members",
    "sweep_segments",
    "unwatch_segment",
    "wake_members",
    "watch_segment",
]
