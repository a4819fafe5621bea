"""Segments of brand one that others would like to look at."""

from __future__ import annotations

from typing import Any

from sitong.member.segments.actions import SegmentWanted, make_segment
from sitong.shared import clock
from sitong.shared.ids import new_id


def segment_samples(brand: Any) -> dict[str, Any]:
    """A segment with a name that nobody else may read."""
    rule = {"is": "source", "op": "=", "value": "秘密来源"}
    segment = make_segment(SegmentWanted(new_id(), brand.id, "秘密人群", rule), by=None, now=clock.now())
    return {"segment_id": str(segment.id)}
