"""For whom a branch's question holds, and who is in a segment: asked of the topic of segments."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sitong.member.segments.language import In
from sitong.member.segments.parsing import rule_of
from sitong.member.segments.queries import members_in, segments_to_pick, those_among
from sitong.shared.errors import Refused


def rule_fault(rule: Mapping[str, Any]) -> Refused | None:
    """Say why a rule of the segment language cannot be read; None: it can."""
    try:
        rule_of(rule)
    except Refused as refused:
        return refused
    return None


def rule_holds_for(brand_id: UUID, rule: Mapping[str, Any], member_ids: Sequence[UUID], *, at: datetime) -> set[UUID]:
    """Give for which of these members a rule of the segment language holds now."""
    return those_among(brand_id, rule_of(rule), member_ids, at=at)


def members_inside(brand_id: UUID, segment_id: UUID, member_ids: Sequence[UUID], *, at: datetime) -> set[UUID]:
    """Give which of these members are in a segment now."""
    return those_among(brand_id, In(segment_id), member_ids, at=at)


def segment_listed(
    brand_id: UUID, segment_id: UUID, *, after: UUID | None, most: int, at: datetime
) -> tuple[list[UUID], UUID | None]:
    """Give members of a segment in the order of their ids, from behind `after` on, and the last one looked at; None: it is over."""
    return members_in(brand_id, In(segment_id), at=at, after=after, limit=most)


def segments_of(brand_id: UUID) -> dict[UUID, tuple[str, str]]:
    """Give the segments of a brand that can be picked: names in Chinese and English, by id."""
    return {key: (name, name_en) for key, name, name_en in segments_to_pick(brand_id)}
