"""Coupons on members' phones: what can be had now, what they hold, what they used; and what a store offers and redeemed."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Count, Q

from sitong.marketing.coupons.models import (
    Coupon,
    CouponClaim,
    CouponCount,
    CouponPass,
    CouponStore,
    Redemption,
    RedemptionUndone,
)
from sitong.marketing.coupons.queries.kept import zone_of
from sitong.org.stores.queries import StoreFacts
from sitong.shared.clock import business_date

SHOWN_MAX = 100


@dataclass(frozen=True, slots=True)
class OpenCoupon:
    """A coupon that members can have now. `left` is None without a quota; `had` is how many this member has had of it."""

    coupon: Coupon
    left: int | None
    left_today: int | None
    had: int


@dataclass(frozen=True, slots=True)
class HeldClaim:
    """One coupon in a member's hands, with its redemption if it was used."""

    id: UUID
    member_id: UUID
    code: str
    state: str
    way: str
    claimed_at: datetime
    valid_from: datetime
    valid_until: datetime
    void_reason: str
    coupon: Coupon
    redeemed: Redemption | None = None


@dataclass(frozen=True, slots=True)
class StoreChoice:
    """A coupon that was pushed to a store; it holds there once it is chosen."""

    coupon: Coupon
    pushed_at: datetime
    chosen_at: datetime | None


@dataclass(frozen=True, slots=True)
class RedeemedToday:
    """A coupon that was redeemed at a store's counter or in one of its orders."""

    coupon: Coupon
    at: datetime
    by: UUID | None
    order_id: UUID | None


def coupon_by_number(brand_id: UUID, number: str) -> Coupon | None:
    """Give the published coupon behind a claim page's link."""
    return Coupon.objects.filter(brand_id=brand_id, number=number, published_at__isnull=False).first()


def open_coupons(brand_id: UUID, *, at: datetime, store: StoreFacts | None = None, member_id: UUID | None = None,
                 ways: Collection[str] = ("claim", "buy"), coupon_id: UUID | None = None) -> list[OpenCoupon]:  # fmt: skip
    """Give the coupons that can be had now in one of these ways and hold in the store, if one is named. Three statements."""
    found = Coupon.objects.filter(
        Q(claim_from=None) | Q(claim_from__lte=at), Q(claim_until=None) | Q(claim_until__gt=at), Q(valid_until=None) | Q(valid_until__gt=at),
        brand_id=brand_id, published_at__isnull=False, paused_at=None, ended_at=None, voided_at=None,
    )  # fmt: skip
    wanted = Q(pk__in=[])
    for way in ways:
        wanted |= Q(ways__contains=[way])
    found = found.filter(wanted)
    if coupon_id is not None:
        found = found.filter(id=coupon_id)
    coupons = list(found.order_by("-published_at", "number")[:SHOWN_MAX])
    if store is not None:
        coupons = _holding_in(coupons, store)
    ids = [one.id for one in coupons]
    counts = {one.coupon_id: one for one in CouponCount.objects.filter(coupon_id__in=ids)}
    had: dict[UUID, int] = {}
    if member_id is not None:
        own = Q(taken_by=member_id) | Q(member_id=member_id, taken_by=None)
        had = dict(CouponClaim.objects.filter(own, coupon_id__in=ids).values_list("coupon_id").annotate(Count("id")))
    return [_open(one, counts.get(one.id), had.get(one.id, 0), at) for one in coupons]


def held_claims(member_id: UUID, *, at: datetime, which: str, limit: int = SHOWN_MAX) -> list[HeldClaim]:
    """Give a member's coupons: `ready` (the soonest to expire first), `used` or `expired` (void ones too), the youngest first."""
    found = CouponClaim.objects.filter(member_id=member_id)
    if which == "used":
        found = found.filter(state="redeemed").order_by("-claimed_at")
    elif which == "expired":
        found = found.filter(Q(state="void") | Q(state="ready", valid_until__lte=at) | _void_whole()).exclude(
            state="redeemed"
        )
        found = found.order_by("-valid_until")
    else:
        found = found.filter(state="ready", valid_until__gt=at).exclude(_void_whole()).order_by("valid_until", "id")
    return _held(list(found[:limit]))


def counted_claims(member_id: UUID, *, at: datetime) -> int:
    """Count a member's coupons that are ready."""
    ready = CouponClaim.objects.filter(member_id=member_id, state="ready", valid_until__gt=at)
    return ready.exclude(_void_whole()).count()


def held_claim(member_id: UUID, claim_id: UUID) -> HeldClaim | None:
    """Give one coupon of a member."""
    found = _held(list(CouponClaim.objects.filter(member_id=member_id, id=claim_id)))
    return found[0] if found else None


def latest_claim(member_id: UUID, coupon_id: UUID) -> HeldClaim | None:
    """Give the member's youngest claim of a coupon."""
    rows = CouponClaim.objects.filter(member_id=member_id, coupon_id=coupon_id).order_by("-claimed_at")[:1]
    found = _held(list(rows))
    return found[0] if found else None


def pushed_to(store_id: UUID, *, at: datetime) -> list[StoreChoice]:
    """Give the coupons that were pushed to a store and still run, those to be chosen first."""
    rows = {one.coupon_id: one for one in CouponStore.objects.filter(store_id=store_id)}
    alive = Q(valid_until=None) | Q(valid_until__gt=at)
    coupons = Coupon.objects.filter(alive, id__in=rows, ended_at=None, voided_at=None, published_at__isnull=False)
    found = [StoreChoice(one, rows[one.id].pushed_at, rows[one.id].chosen_at) for one in coupons]
    return sorted(found, key=lambda one: (one.chosen_at is not None, -one.pushed_at.timestamp(), one.coupon.number))


def redeemed_in(store_id: UUID, *, since: datetime, until: datetime, limit: int = SHOWN_MAX) -> list[RedeemedToday]:
    """Give what was redeemed in a store in a period, the last first, without what was taken back."""
    rows = Redemption.objects.filter(store_id=store_id, at__gte=since, at__lt=until).order_by("-at")
    rows = rows.exclude(id__in=RedemptionUndone.objects.values("redemption_id"))[:limit]
    coupons = Coupon.objects.in_bulk({one.coupon_id for one in rows})
    return [RedeemedToday(coupons[one.coupon_id], one.at, one.by, one.order_id) for one in rows]


def _void_whole() -> Q:
    void = Coupon.objects.filter(voided_at__isnull=False).values("id")
    return Q(coupon_id__in=void)


def _holding_in(coupons: list[Coupon], store: StoreFacts) -> list[Coupon]:
    choosing = [one.id for one in coupons if one.stores_choose]
    chosen = (
        set(
            CouponStore.objects.filter(store_id=store.id, coupon_id__in=choosing, chosen_at__isnull=False).values_list(
                "coupon_id", flat=True
            )
        )
        if choosing
        else set()
    )
    return [
        one for one in coupons
        if (not one.stores_choose or one.id in chosen)
        and (not one.terms.get("store_ids") or str(store.id) in one.terms["store_ids"])
        and (not one.terms.get("store_kinds") or store.kind in one.terms["store_kinds"])
    ]  # fmt: skip


def _open(one: Coupon, count: CouponCount | None, had: int, at: datetime) -> OpenCoupon:
    given = count.given - count.voided if count else 0
    left = None if one.quota_total is None else max(0, one.quota_total - given)
    same_day = count is not None and count.given_on == business_date(at, zone_of(one.brand_id))
    given_today = count.given_today if count is not None and same_day else 0
    today = None if one.quota_daily is None else max(0, one.quota_daily - given_today)
    return OpenCoupon(one, left, today, had)


def _held(claims: list[CouponClaim]) -> list[HeldClaim]:
    coupons = Coupon.objects.in_bulk({one.coupon_id for one in claims})
    used = [one.id for one in claims if one.state == "redeemed"]
    redemptions = Redemption.objects.filter(claim_id__in=used).order_by("turn") if used else ()
    last = {one.claim_id: one for one in redemptions}
    return [
        HeldClaim(
            one.id, one.member_id, one.code, one.state, one.way, one.claimed_at, one.valid_from, one.valid_until,
            one.void_reason or coupons[one.coupon_id].void_reason, coupons[one.coupon_id], last.get(one.id),
        )
        for one in claims
    ]  # fmt: skip


@dataclass(frozen=True, slots=True)
class OfferedPass:
    """A coupon that a member offers to a friend; `open` while nobody has taken it and it was not taken back."""

    id: UUID
    claim_id: UUID
    from_member_id: UUID
    to_member_id: UUID | None
    open: bool
    coupon: Coupon
    state: str
    valid_until: datetime


def open_pass(claim_id: UUID) -> UUID | None:
    """Give the id of the offer of a claim that is still open."""
    return (
        CouponPass.objects.filter(claim_id=claim_id, taken_at=None, recalled_at=None)
        .values_list("id", flat=True)
        .first()
    )


def offered_pass(brand_id: UUID, pass_id: UUID) -> OfferedPass | None:
    """Give what a friend's link offers."""
    offer = CouponPass.objects.filter(id=pass_id, brand_id=brand_id).first()
    if offer is None:
        return None
    claim = CouponClaim.objects.get(id=offer.claim_id)
    still_open = offer.taken_at is None and offer.recalled_at is None
    coupon = Coupon.objects.get(id=claim.coupon_id)
    return OfferedPass(
        offer.id, claim.id, offer.from_member_id, offer.to_member_id, still_open, coupon, claim.state, claim.valid_until
    )


def coupons_shown(coupon_ids: Collection[UUID]) -> dict[UUID, Coupon]:
    """Give coupons by id, to show them."""
    return Coupon.objects.in_bulk(list(coupon_ids))
