"""What orders pay less by: read and locked before they are decided, written down when they are placed.

Each kind costs its statements only when an order of the batch asks for it: tiers when the brand has a plan for them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

from sitong.marketing.coupons.actions import RedeemedInOrder, lock_claims, redeem_for_orders
from sitong.marketing.coupons.queries import claims_ready
from sitong.marketing.coupons.rules import ClaimNow
from sitong.marketing.promotions.actions import FlashTaken, PromotionUsed, lock_flash, use_promotions
from sitong.marketing.promotions.queries.flash import NO_FLASH, FlashNow, flash_had
from sitong.marketing.promotions.queries.live import flash_skus, promotions_of
from sitong.marketing.promotions.rules import PromotionFacts
from sitong.member.points.actions import PointsSpend, lock_points, spend_points
from sitong.member.points.queries import plans_of
from sitong.member.points.rules import PointsNow, PointsPlan
from sitong.scene.cart.benefits import goods_of, have_ordered, tiers_now
from sitong.scene.cart.discounts import Goods
from sitong.scene.cart.promise import Promise, read_promise
from sitong.scene.cart.rules import Tier
from sitong.scene.orders.rules import Fresh, OrderWanted
from sitong.shared.errors import Refused


@dataclass(frozen=True, slots=True)
class Benefits:
    """What `rules.Facts` holds of the same names."""

    promises: Mapping[str, Promise | None]
    tiers: Mapping[UUID, Tier]
    claims: Mapping[UUID, ClaimNow] = field(default_factory=dict)
    ready: Mapping[UUID, Sequence[UUID]] = field(default_factory=dict)
    goods: Mapping[UUID, Goods] = field(default_factory=dict)
    ordered: frozenset[UUID] = frozenset()
    plans: Mapping[UUID, PointsPlan] = field(default_factory=dict)
    points: Mapping[UUID, PointsNow] = field(default_factory=dict)
    promotions: Mapping[UUID, Sequence[PromotionFacts]] = field(default_factory=dict)
    flash: FlashNow = NO_FLASH


def lock_benefits(wanted: Sequence[OrderWanted], *, now: datetime) -> Benefits:
    """Lock the coupons, then the flash sales, then the points that orders want to use, and read what they are decided by.

    Who uses a coupon locks all that the member holds: so of a member's first orders only one is the first.
    """
    promises = {token: read_promise(token) for token in {one.promise for one in wanted if one.promise}}
    tiers = tiers_now({(one.brand_id, one.member_id) for one in wanted if one.member_id is not None}, at=now)
    found = Benefits(promises, tiers, promotions=promotions_of({one.brand_id for one in wanted}, at=now))
    with_coupons = [one for one in wanted if one.best_coupons or _claim_ids(one, promises)]
    if with_coupons or found.promotions:
        priced = with_coupons + [one for one in wanted if found.promotions.get(one.brand_id)]
        found = replace(found, goods=goods_of({line.sku_id for one in priced for line in one.lines}))
    if with_coupons:
        found = _lock_coupons(found, with_coupons, promises, now=now)
    if found.promotions:
        found = _lock_flash(found, wanted, now=now)
    with_points = [one for one in wanted if one.member_id is not None and _points(one, promises)]
    if with_points:
        points = lock_points({one.member_id for one in with_points if one.member_id is not None})
        found = replace(found, plans=plans_of({one.brand_id for one in with_points}), points=points)
    return found


def lock_flash_of(wanted: Sequence[OrderWanted], *, now: datetime) -> None:
    """Lock the flash sales of what these orders want, for who locks more before the orders are placed."""
    promotions = promotions_of({one.brand_id for one in wanted}, at=now)
    if promotions:
        _lock_flash(Benefits({}, {}, promotions=promotions), wanted, now=now)


def use_benefits(fresh: Sequence[Fresh], claims: Mapping[UUID, ClaimNow], *, now: datetime) -> None:
    """Write down the coupons, promotions and points that placed orders use. The caller holds their locks."""
    redeemed = [
        RedeemedInOrder(claims[coupon.claim_id], one.wanted.id, one.shop.id, coupon.saved_minor, one.wanted.by)
        for one in fresh
        for coupon in one.quote.coupons
        if coupon.reason is None
    ]
    if redeemed:
        redeem_for_orders(redeemed, now=now)
    _use_promotions([one for one in fresh if one.quote.promotion_minor], now=now)
    spent = [
        PointsSpend(one.wanted.id, one.wanted.brand_id, one.wanted.member_id, one.quote.points, one.wanted.by)
        for one in fresh
        if one.quote.points and one.wanted.member_id is not None
    ]
    for outcome in spend_points(spent, now=now) if spent else ():
        if isinstance(outcome, Refused):
            raise RuntimeError(f"points were found under lock and cannot be spent: {outcome}")


def _lock_coupons(
    found: Benefits, wanted: Sequence[OrderWanted], promises: Mapping[str, Promise | None], *, now: datetime
) -> Benefits:
    members = {one.member_id for one in wanted if one.member_id is not None}
    products = {
        found.goods[line.sku_id].product_id for one in wanted for line in one.lines if line.sku_id in found.goods
    }
    stores = {one.store_id for one in wanted}
    held = claims_ready(members, at=now, product_ids=products, store_ids=stores)
    ids = {claim.id for some in held.values() for claim in some}
    ids |= {claim_id for one in wanted for claim_id in _claim_ids(one, promises)}
    claims = lock_claims(ids, product_ids=products, store_ids=stores)
    ready = {member_id: [claim.id for claim in some] for member_id, some in held.items()}
    firsts = {claim.member_id for claim in claims.values() if claim.coupon.terms.first_order}
    ordered = frozenset(have_ordered(firsts)) if firsts else frozenset()
    return replace(found, claims=claims, ready=ready, ordered=ordered)


def _lock_flash(found: Benefits, wanted: Sequence[OrderWanted], *, now: datetime) -> Benefits:
    """Lock what flash sales have of the goods wanted, those of kept promises too, and read what the members have had."""
    instants = {now} | {one.quoted_at for one in found.promises.values() if one is not None and one.holds(now)}
    skus = {line.sku_id for one in wanted if found.promotions.get(one.brand_id) for line in one.lines}
    some = (one for promotions in found.promotions.values() for one in promotions)
    pairs = {pair for pair in flash_skus(some, instants) if pair[1] in skus}
    if not pairs:
        return found
    left = lock_flash(pairs)
    had = flash_had(pairs, {one.member_id for one in wanted if one.member_id is not None})
    return replace(found, flash=FlashNow(left, had))


def _use_promotions(fresh: Sequence[Fresh], *, now: datetime) -> None:
    used, taken = [], []
    for one in fresh:
        order = one.wanted
        for promotion in one.quote.promotions:
            if promotion.reason is not None:
                continue
            key, sales = (
                promotion.promotion.id,
                sum([one.quote.lines[at - 1].total_minor for at in promotion.positions]),
            )
            used.append(PromotionUsed(order.id, key, order.brand_id, one.shop.id, promotion.saved_minor, sales))
            taken += [
                FlashTaken(order.id, key, sku_id, order.member_id, order.brand_id, count)
                for sku_id, count in promotion.flash
            ]
    if used:
        use_promotions(used, taken, now=now)


def _claim_ids(one: OrderWanted, promises: Mapping[str, Promise | None]) -> tuple[UUID, ...]:
    promise = promises.get(one.promise) if one.promise else None
    return promise.claim_ids if promise is not None else one.coupon_claim_ids


def _points(one: OrderWanted, promises: Mapping[str, Promise | None]) -> int:
    promise = promises.get(one.promise) if one.promise else None
    return promise.points if promise is not None else one.points
