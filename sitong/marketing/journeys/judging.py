"""For whom a branch's question holds: a rule of the segment language, membership, or what came of a message sent before."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

Holds = Callable[[UUID, Mapping[str, Any], Sequence[UUID], datetime], set[UUID]]
Inside = Callable[[UUID, Sequence[UUID]], set[UUID]]
Listed = Callable[[UUID, UUID | None, int], list[UUID]]
_judges: list[tuple[Holds, Inside, Listed]] = []


def judges(holds: Holds, inside: Inside, listed: Listed) -> None:
    """Register who knows rules and segments."""
    _judges[:] = [(holds, inside, listed)]


def rule_holds_for(brand_id: UUID, rule: Mapping[str, Any], member_ids: Sequence[UUID], *, at: datetime) -> set[UUID]:
    """Give for which of these members a rule of the segment language holds now."""
    return _judges[0][0](brand_id, rule, member_ids, at) if _judges and member_ids else set()


def members_inside(segment_id: UUID, member_ids: Sequence[UUID]) -> set[UUID]:
    """Give which of these members are in a segment now."""
    return _judges[0][1](segment_id, member_ids) if _judges and member_ids else set()


def segment_listed(segment_id: UUID, *, after: UUID | None, most: int) -> list[UUID]:
    """Give members of a segment in the order of their ids, from behind `after` on."""
    return _judges[0][2](segment_id, after, most) if _judges else []
