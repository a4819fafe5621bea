"""How many members a coupon, or a segment, would reach."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sitong.marketing.coupons.rules import Terms
from sitong.member.segments.queries import reach_of as members_of
from sitong.member.segments.rules import Segment


def reach_of(brand_id: UUID, terms: Terms, *, at: datetime) -> int:
    """Count the members to whom a coupon with these conditions is open: those of its tiers, or all of the brand's."""
    return segment_reach(brand_id, Segment(tiers=terms.tiers), at=at)


def segment_reach(brand_id: UUID, segment: Segment, *, at: datetime) -> int:
    """Count the members of a segment, as it is now."""
    return members_of(brand_id, segment, at=at)
