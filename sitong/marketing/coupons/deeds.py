"""What became of the coupons in members' hands, as rules may ask for it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from sitong.marketing.coupons.events import (
    CouponClaimed,
    CouponPassedOn,
    CouponRedeemed,
    CouponVoided,
    RedemptionTakenBack,
)
from sitong.member.identity.knowing import deeds_change, knows_of_members
from sitong.shared.statements import run, uuids

DEEDS = """
SELECT c.member_id, d.at, (d.at AT TIME ZONE %s)::date, replace(c.id::text, '-', ''), replace(c.coupon_id::text, '-', ''),
       d.what, d.saved_minor
FROM marketing_couponclaim AS c CROSS JOIN LATERAL (
    SELECT 'claimed', c.claimed_at, 0::bigint
    UNION ALL
    SELECT 'redeemed', r.at, r.saved_minor FROM marketing_redemption AS r WHERE r.claim_id = c.id
    AND NOT EXISTS (SELECT FROM marketing_redemptionundone AS u WHERE u.redemption_id = r.id)
    UNION ALL
    SELECT 'voided', c.voided_at, 0 WHERE c.state = 'void' AND c.voided_at IS NOT NULL
    UNION ALL
    SELECT 'expired', c.valid_until, 0 WHERE c.state = 'ready'
) AS d (what, at, saved_minor)
WHERE c.member_id = ANY(%s::uuid[])
"""
"""What is ready expires at the end of its time: that fact stands from the beginning, with a day that is yet to come."""


@knows_of_members("coupons")
def coupons_known(member_ids: Sequence[UUID], *, zone: str) -> Iterable[tuple[Any, ...]]:
    """When, which claim of which coupon, what happened to it, and what it saved."""
    return run(DEEDS, [zone, uuids(member_ids)])


for kind in (CouponClaimed, CouponRedeemed, CouponVoided, RedemptionTakenBack):
    deeds_change("coupons", after=kind)
deeds_change(
    "coupons",
    after=CouponPassedOn,
    members_of=lambda events: [id for event in events for id in (event.from_member_id, event.to_member_id)],
)
