"""What the lake does not have and growth asks for: who brought others, and to which campaign a coupon belongs."""

from __future__ import annotations

from typing import NamedTuple
from uuid import UUID

from sitong.shared.statements import run

REFERRING = """
WITH brought AS (
  SELECT g.opened_by AS member_id FROM marketing_dealgroup AS g WHERE g.brand_id = %s::uuid AND EXISTS (
    SELECT 1 FROM marketing_dealplace AS p WHERE p.group_id = g.id AND p.member_id <> g.opened_by AND p.paid_at IS NOT NULL)
  UNION
  SELECT c.taken_by FROM marketing_couponclaim AS c WHERE c.brand_id = %s::uuid AND c.taken_by <> c.member_id
)
SELECT DISTINCT coalesce(s.ordinal, m.ordinal) FROM brought AS b JOIN member_member AS m ON m.id = b.member_id
LEFT JOIN member_member AS s ON s.id = m.joined_into_id
"""
CAMPAIGNS = """
SELECT replace(c.id::text, '-', ''), replace(k.id::text, '-', ''), k.name, k.name_en
FROM marketing_coupon AS c JOIN marketing_campaign AS k ON k.id = c.campaign_id WHERE c.brand_id = %s::uuid
"""


class CampaignNamed(NamedTuple):
    """A campaign as people know it; the id is text, as in the lake."""

    id: str
    name: str
    name_en: str


def referring_members(brand_id: UUID) -> frozenset[int]:
    """Give the ordinals of members who brought another: opened a group in which somebody else paid, or passed a coupon on."""
    return frozenset(ordinal for (ordinal,) in run(REFERRING, [brand_id, brand_id]))


def campaigns_of_coupons(brand_id: UUID) -> dict[str, CampaignNamed]:
    """Give the campaign of each coupon that has one, by the coupon's id as the lake has it."""
    return {coupon: CampaignNamed(*named) for coupon, *named in run(CAMPAIGNS, [brand_id])}
