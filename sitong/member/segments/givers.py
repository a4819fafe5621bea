"""The segments to which a member belongs, for a member who asks for all that is kept of it; erasing takes it out of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sitong.member.identity.giving import Rows, erases_of_member, gives_of_member
from sitong.member.identity.queries import member_facts
from sitong.member.segments.actions import leave_all
from sitong.member.segments.queries import segments_of


@gives_of_member("segments")
def give_segments(member_ids: Sequence[UUID]) -> Rows:
    """Which segments the member belongs to, and since when."""
    return [{"segment": one.name, "since": one.since} for one in segments_of(member_ids)]


@erases_of_member("segments")
def erase_segments(member_ids: Sequence[UUID], *, now: datetime) -> int:
    """Take the member out of all segments."""
    facts = member_facts(member_ids)
    brands = {one.brand_id for one in facts.values()}
    return sum(leave_all(brand_id, member_ids, now=now) for brand_id in brands)
