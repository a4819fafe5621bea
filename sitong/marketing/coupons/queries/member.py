"""A member's coupons as other words ask for them, and the history of one."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sitong.marketing.coupons.models import Coupon, CouponClaim, CouponPass, Redemption, RedemptionUndone

LATER_MAX = 200


@dataclass(frozen=True, slots=True)
class ClaimStep:
    """One thing that happened to a claim: given, offered, passed_on, recalled, redeemed, taken_back, voided."""

    what: str
    at: datetime
    by: UUID | None = None
    store_id: UUID | None = None
    order_id: UUID | None = None
    member_id: UUID | None = None
    saved_minor: int = 0
    reason: str = ""


def claim_history(claim_id: UUID) -> list[ClaimStep]:
    """Give what happened to one claim, the oldest first. Four statements."""
    claim = CouponClaim.objects.filter(id=claim_id).first()
    if claim is None:
        return []
    first = claim.taken_by or claim.member_id
    steps = [ClaimStep("given", claim.claimed_at, claim.given_by, claim.store_id, None, first, 0, claim.way)]
    for one in CouponPass.objects.filter(claim_id=claim_id):
        steps.append(ClaimStep("offered", one.offered_at, None, None, None, one.from_member_id))
        if one.taken_at:
            steps.append(ClaimStep("passed_on", one.taken_at, None, None, None, one.to_member_id))
        if one.recalled_at:
            steps.append(ClaimStep("recalled", one.recalled_at, None, None, None, one.from_member_id))
    redemptions = list(Redemption.objects.filter(claim_id=claim_id))
    undone = RedemptionUndone.objects.in_bulk([one.id for one in redemptions])
    for use in redemptions:
        steps.append(ClaimStep("redeemed", use.at, use.by, use.store_id, use.order_id, use.member_id, use.saved_minor))
        if (back := undone.get(use.id)) is not None:
            steps.append(
                ClaimStep(
                    "taken_back",
                    back.at,
                    back.by,
                    use.store_id,
                    use.order_id,
                    use.member_id,
                    use.saved_minor,
                    back.reason,
                )
            )
    if claim.voided_at:
        steps.append(ClaimStep("voided", claim.voided_at, None, None, None, claim.member_id, 0, claim.void_reason))
    return sorted(steps, key=lambda step: step.at)


def claimed_since(member_id: UUID, since: datetime, *, besides: Collection[UUID]) -> list[tuple[UUID, str, datetime]]:
    """Give the coupons that a member got after an instant: id, the coupon's name, when."""
    rows = (
        CouponClaim.objects.filter(member_id=member_id, claimed_at__gt=since)
        .exclude(id__in=besides)
        .order_by("claimed_at", "id")
    )
    found = list(rows[:LATER_MAX])
    names = dict(Coupon.objects.filter(id__in={one.coupon_id for one in found}).values_list("id", "name"))
    return [(one.id, names[one.coupon_id], one.claimed_at) for one in found]


def claims_kept(member_ids: Sequence[UUID]) -> list[Mapping[str, Any]]:
    """Give everything that is kept of members' coupons, the oldest first, as plain values."""
    rows = list(CouponClaim.objects.filter(member_id__in=member_ids).order_by("claimed_at", "id"))
    coupons = Coupon.objects.in_bulk({one.coupon_id for one in rows})
    used = {
        one.claim_id: one for one in Redemption.objects.filter(claim_id__in=[one.id for one in rows]).order_by("turn")
    }
    return [
        {
            "coupon": coupons[one.coupon_id].name, "code": one.code, "state": one.state, "way": one.way, "source": one.source,
            "claimed_at": one.claimed_at, "valid_from": one.valid_from, "valid_until": one.valid_until,
            "redeemed_at": used[one.id].at if one.id in used and one.state == "redeemed" else None,
            "saved_minor": used[one.id].saved_minor if one.id in used and one.state == "redeemed" else None,
        }
        for one in rows
    ]  # fmt: skip
