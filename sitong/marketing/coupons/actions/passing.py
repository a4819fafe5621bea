"""Pass a coupon on to a friend: offered by a link, taken by whoever opens it first, once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from sitong.marketing.coupons.actions.claim import HAD, lock_counts
from sitong.marketing.coupons.actions.locking import lock_claims
from sitong.marketing.coupons.claiming import HaveYours, NotForYou
from sitong.marketing.coupons.events import CouponPassedOn
from sitong.marketing.coupons.models import Coupon, CouponClaim, CouponPass
from sitong.marketing.coupons.queries.kept import zone_of
from sitong.marketing.coupons.redeeming import CouponExpired, CouponVoid, NotYours
from sitong.marketing.coupons.rules import ClaimNow, clock_text
from sitong.member.tiers.queries import tiers_of
from sitong.shared.errors import NotFound, Refused, RepeatDiffers
from sitong.shared.events.actions import announce
from sitong.shared.statements import run, uuids


class NotTransferable(Refused):
    """This coupon cannot be passed on, or was passed on before."""

    code = "marketing.not_transferable"


class PassTaken(Refused):
    """Somebody else has taken it, or the offer was taken back."""

    code = "marketing.pass_taken"


class PassUsed(Refused):
    """The coupon was used meanwhile."""

    code = "marketing.pass_used"


class PassOwn(Refused):
    """One's own coupon: send the link to a friend."""

    code = "marketing.pass_own"


@dataclass(frozen=True, slots=True)
class PassWanted:
    """A member offers its coupon to a friend. `id` was made by the client and is what the link names; it cannot be guessed."""

    id: UUID
    brand_id: UUID
    claim_id: UUID
    member_id: UUID


def pass_on_coupon(wanted: PassWanted, *, now: datetime) -> CouponPass:
    """Offer a coupon to a friend; it stays the member's until it is taken. An offer that is open is given again.

    Raises marketing.not_transferable, not_yours, pass_used, coupon_expired, coupon_void; shared.not_found, repeat_differs.
    """
    with transaction.atomic():
        claim = lock_claims([wanted.claim_id], product_ids=()).get(wanted.claim_id)
        before = CouponPass.objects.filter(id=wanted.id).first()
        if before is not None:
            if (before.claim_id, before.from_member_id) != (wanted.claim_id, wanted.member_id):
                raise RepeatDiffers(id=wanted.id)
            return before
        if claim is None or claim.brand_id != wanted.brand_id:
            raise NotFound(what="coupon")
        if claim.member_id != wanted.member_id:
            raise NotYours()
        _refuse_unless_good(claim, now)
        coupon = Coupon.objects.only("transferable").get(id=claim.coupon.id)
        if not coupon.transferable or CouponClaim.objects.filter(id=claim.id, taken_by__isnull=False).exists():
            raise NotTransferable()
        if (
            still_open := CouponPass.objects.filter(claim_id=claim.id, taken_at=None, recalled_at=None).first()
        ) is not None:
            return still_open
        offer = CouponPass(
            id=wanted.id, brand_id=claim.brand_id, claim_id=claim.id, from_member_id=claim.member_id, offered_at=now
        )
        offer.save(force_insert=True)
    return offer


def take_passed_coupon(pass_id: UUID, *, member_id: UUID, brand_id: UUID, now: datetime) -> CouponPass:
    """Take what a friend offers: from now on it is this member's, once and for all. Again gives the first answer.

    Raises marketing.pass_taken, pass_own, pass_used, have_yours, not_for_you, coupon_expired, coupon_void; shared.not_found.
    """
    with transaction.atomic():
        offer = CouponPass.objects.filter(id=pass_id, brand_id=brand_id).first()
        if offer is None:
            raise NotFound(what="coupon")
        claim = lock_claims([offer.claim_id], product_ids=())[offer.claim_id]
        offer.refresh_from_db()  # read under the claim's lock
        if offer.to_member_id == member_id:
            return offer
        if offer.taken_at is not None or offer.recalled_at is not None:
            raise PassTaken()
        if offer.from_member_id == member_id or claim.member_id == member_id:
            raise PassOwn()
        _refuse_unless_good(claim, now)
        _refuse_unless_may_have(claim, member_id, now)
        offer.to_member_id, offer.taken_at = member_id, now
        offer.save(update_fields=["to_member_id", "taken_at"])
        CouponClaim.objects.filter(id=claim.id).update(member_id=member_id, taken_by=claim.member_id)
        announce([CouponPassedOn(claim.brand_id, claim.id, claim.coupon.id, claim.member_id, member_id)], at=now)
    return offer


def recall_pass(pass_id: UUID, *, member_id: UUID, now: datetime) -> CouponPass:
    """Take an offer back that nobody has taken. Raises marketing.pass_taken, shared.not_found."""
    with transaction.atomic():
        offer = CouponPass.objects.filter(id=pass_id, from_member_id=member_id).first()
        if offer is None:
            raise NotFound(what="coupon")
        lock_claims([offer.claim_id], product_ids=())
        offer.refresh_from_db()
        if offer.taken_at is not None:
            raise PassTaken()
        if offer.recalled_at is None:
            offer.recalled_at = now
            offer.save(update_fields=["recalled_at"])
    return offer


def _refuse_unless_good(claim: ClaimNow, now: datetime) -> None:
    if claim.coupon.ended or claim.state == "void":
        raise CouponVoid(coupon=claim.coupon.name)
    if claim.state != "ready":
        raise PassUsed()
    if now >= claim.valid_until:
        raise CouponExpired(until=clock_text(claim.valid_until, zone_of(claim.brand_id)))


def _refuse_unless_may_have(claim: ClaimNow, member_id: UUID, now: datetime) -> None:
    """Hold the friend to the same limits as if it had claimed: how many one may have, and for which tiers it is."""
    lock_counts([claim.coupon.id])
    had = run(HAD, [uuids([claim.coupon.id]), uuids([member_id])])
    per_member = Coupon.objects.values_list("per_member", flat=True).get(id=claim.coupon.id)
    if had and had[0][2] >= per_member:
        raise HaveYours(coupon_id=claim.coupon.id, per_member=per_member)
    if claim.coupon.terms.tiers:
        tier = tiers_of([member_id], at=now).get(member_id)
        if tier is None or tier.code not in claim.coupon.terms.tiers:
            raise NotForYou(coupon_id=claim.coupon.id, what="tier")
