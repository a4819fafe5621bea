"""A segment of brand one, with its words, that others would like to look at."""

from __future__ import annotations

from typing import Any

from sitong.shared import clock
from tests.make.segments import a_segment


def segment_samples(brand: Any) -> dict[str, Any]:
    """A live segment with a name that nobody else may read, and what is sent to make or change one."""
    rule = {"is": "source", "op": "=", "value": "秘密来源"}
    segment = a_segment(brand, rule, name="秘密人群", note="秘密", now=clock.now())
    return {
        "segment_id": str(segment.id), "SegmentNew": {"id": "0198f000-0000-7000-8000-00000000abcd", "name": "新人群", "rule": rule},
        "SegmentChange": {"version": 1, "name": "别的", "rule": rule}, "RuleAsked": {"rule": rule},
    }  # fmt: skip
