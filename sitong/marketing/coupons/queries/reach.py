"""How many members a coupon, or a segment, would reach."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sitong.marketing.coupons.rules import Terms
from sitong.member.segments.language import EVERYBODY, Is, Rule
from sitong.member.segments.queries import reach_of as members_of


def reach_of(brand_id: UUID, terms: Terms, *, at: datetime) -> int:
    """Count the members to whom a coupon with these conditions is open: those of its tiers, or all of the brand's."""
    open_to = Is("tier", "in", tuple(sorted(terms.tiers))) if terms.tiers else EVERYBODY
    return segment_reach(brand_id, open_to, at=at)


def segment_reach(brand_id: UUID, segment: Rule, *, at: datetime) -> int:
    """Count the members for whom the rule of a segment holds now."""
    return members_of(brand_id, segment, at=at)
