"""What a segment is: a filter over members, kept with whatever was done for it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Segment:
    """Members for whom all of it holds; an empty set means "any". Evaluated when it is asked, never kept as a list."""

    tiers: frozenset[str] = frozenset()
    tag_ids: frozenset[UUID] = frozenset()
    sources: frozenset[str] = frozenset()
    store_ids: frozenset[UUID] = frozenset()
    joined_from: datetime | None = None
    joined_until: datetime | None = None


def kept_segment(segment: Segment) -> dict[str, Any]:
    """Write a segment as JSON, without what says "any"."""
    kept: dict[str, Any] = {
        name: sorted(str(one) for one in getattr(segment, name))
        for name in ("tiers", "tag_ids", "sources", "store_ids")
        if getattr(segment, name)
    }
    for name in ("joined_from", "joined_until"):
        if instant := getattr(segment, name):
            kept[name] = instant.isoformat()
    return kept


def segment_of(kept: Mapping[str, Any]) -> Segment:
    """Read a segment as `kept_segment` wrote it."""
    return Segment(
        frozenset(kept.get("tiers", ())),
        frozenset(UUID(one) for one in kept.get("tag_ids", ())),
        frozenset(kept.get("sources", ())),
        frozenset(UUID(one) for one in kept.get("store_ids", ())),
        _instant(kept.get("joined_from")),
        _instant(kept.get("joined_until")),
    )


def _instant(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
