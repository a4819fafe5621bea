"""Segments, made through their actions."""

from __future__ import annotations

import itertools
from datetime import datetime
from typing import Any

from sitong.member.segments.actions import SegmentWanted, fill_segments, make_segment
from sitong.shared.ids import new_id
from tests.make.org import NOW

_names = itertools.count(1)


def a_segment(brand, rule: dict[str, Any], *, live: bool = True, now: datetime = NOW, **more: Any):
    """A segment of a brand, live and filled unless it is said otherwise."""
    name = more.pop("name", f"人群{next(_names)}")
    segment = make_segment(SegmentWanted(new_id(), brand.id, name, rule, live=live, **more), by=None, now=now)
    if live:
        fill_segments(now=now)
        segment.refresh_from_db()
    return segment
