"""How a batch of orders is decided, in order of arrival: pure, over facts that were read under lock."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Protocol
from uuid import UUID

from sitong.goods.pricing.rules import PriceCandidate
from sitong.marketing.coupons.rules import ClaimNow
from sitong.marketing.coupons.stacking import CouponNotApplicable, CouponUsed, NotApplied
from sitong.marketing.promotions.queries.flash import NO_FLASH, FlashNow
from sitong.marketing.promotions.rules import PromotionFacts
from sitong.member.points.rules import PointsNow, PointsPlan
from sitong.scene.cart.discounts import (
    Goods,
    PointsTooMany,
    Promoted,
    situation_of,
    with_coupons,
    with_offer,
    with_points,
)
from sitong.scene.cart.promise import Buying, Promise, PromiseWrong
from sitong.scene.cart.rules import LineWanted, OnSale, Place, Quote, Tier, quote
from sitong.scene.channels.rules import ONLINE
from sitong.shared.errors import NotFound, Refused, RepeatDiffers

BASE32 = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's letters: none that people mistake for another."""

PAIRS = tuple(first + second for first in BASE32 for second in BASE32)


class PriceChanged(Refused):
    """The order would cost another amount than the caller expected: nothing is placed, look at the new quote."""

    code = "scene.price_changed"


class StoreClosedOnline(Refused):
    """The store takes no orders from afar, or none to be fetched."""

    code = "scene.store_closed_online"


class OrderEmpty(Refused):
    """An order needs at least one line, each SKU once."""

    code = "scene.order_empty"


@dataclass(frozen=True, slots=True)
class OrderWanted:
    """An order as it arrives. `id` was made by the client. `expected_total_minor` is what its quote said, None: whatever it costs.

    `coupon_claim_ids` are to be used, each of them or the order is refused; `best_coupons`: whichever of the member's save
    most. `points` are spent as money. `promise` is a quote's: for its time the order costs what the quote said.
    """

    id: UUID
    brand_id: UUID
    store_id: UUID
    member_id: UUID | None
    lines: tuple[LineWanted, ...]
    expected_total_minor: int | None = None
    channel: str = "mini_shop"
    scene: str = "store"
    by: UUID | None = None
    coupon_claim_ids: tuple[UUID, ...] = ()
    points: int = 0
    promise: str = ""
    best_coupons: bool = False


@dataclass(frozen=True, slots=True)
class OrderPlacement:
    """A placed order, as its caller hears of it; the same again for a repeat."""

    id: UUID
    number: str
    store_id: UUID
    total_minor: int
    currency: str
    state: str
    placed_at: datetime
    pay_by: datetime | None


@dataclass(frozen=True, slots=True)
class Earlier:
    """An order that was placed before under the same id."""

    content_hash: bytes
    placement: OrderPlacement


@dataclass(frozen=True, slots=True)
class Fresh:
    """An order to be written."""

    wanted: OrderWanted
    shop: ShopNow
    quote: Quote
    content_hash: bytes
    placed_on: date
    placement: OrderPlacement


@dataclass(frozen=True, slots=True)
class Shortage:
    """An order that the free stock does not cover."""

    sku_id: UUID
    wanted: int
    free: int


class ShopNow(Protocol):
    """What deciding needs to know of a store."""

    @property
    def id(self) -> UUID: ...
    @property
    def brand_id(self) -> UUID: ...
    @property
    def entity_id(self) -> UUID: ...
    @property
    def kind(self) -> str: ...
    @property
    def zone(self) -> str: ...
    @property
    def currency(self) -> str: ...
    @property
    def closed(self) -> bool: ...
    @property
    def open_online(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything that a batch is decided from. `free` is what may still be promised of each (store_id, sku_id).

    The rest is read only when an order of the batch asks for it: `claims` and `points` under lock, `ready` the claims of
    each member whose order uses coupons, `ordered` the members who have ordered before, `promises` by token.
    """

    shops: Mapping[UUID, ShopNow]
    on_sale: Mapping[tuple[UUID, UUID], OnSale]
    prices: Mapping[UUID, Sequence[PriceCandidate]]
    free: Mapping[tuple[UUID, UUID], int]
    earlier: Mapping[UUID, Earlier]
    dates: Mapping[str, date]
    now: datetime
    pay_by: datetime
    attempt: int = 0
    tiers: Mapping[UUID, Tier] = field(default_factory=dict)
    claims: Mapping[UUID, ClaimNow] = field(default_factory=dict)
    ready: Mapping[UUID, Sequence[UUID]] = field(default_factory=dict)
    goods: Mapping[UUID, Goods] = field(default_factory=dict)
    ordered: Collection[UUID] = ()
    plans: Mapping[UUID, PointsPlan] = field(default_factory=dict)
    points: Mapping[UUID, PointsNow] = field(default_factory=dict)
    promises: Mapping[str, Promise | None] = field(default_factory=dict)
    promotions: Mapping[UUID, Sequence[PromotionFacts]] = field(default_factory=dict)
    flash: FlashNow = NO_FLASH


@dataclass(slots=True)
class _Left:
    """What the orders of a batch that were decided so far have left for the later ones."""

    free: dict[tuple[UUID, UUID], int]
    points: dict[UUID, int]
    used: set[UUID]
    ordered: set[UUID]
    flash: FlashNow


@dataclass(frozen=True, slots=True)
class _Asked:
    """How an order wants to pay less, and when its prices are those of: its own wishes, or its promise's."""

    claim_ids: tuple[UUID, ...]
    best: bool
    points: int
    expected_minor: int | None
    at: datetime
    tier: Tier | None


Decision = Fresh | OrderPlacement | Refused | Shortage


def decide(wanted: Sequence[OrderWanted], facts: Facts) -> list[Decision]:
    """Decide each order whole, in order of arrival: place it, answer the repeat, or say why not.

    What an earlier order of the batch takes (stock, a coupon, points) is gone for the later ones; a refused one takes nothing.
    """
    points = {member_id: now.ready for member_id, now in facts.points.items()}
    flash = FlashNow(dict(facts.flash.left), dict(facts.flash.had))
    left = _Left(dict(facts.free), points, set(), set(facts.ordered), flash)
    earlier = dict(facts.earlier)
    decisions: list[Decision] = []
    for one in wanted:
        content = content_hash(one, facts.promises.get(one.promise) if one.promise else None)
        if (before := earlier.get(one.id)) is not None:
            decisions.append(before.placement if before.content_hash == content else RepeatDiffers(id=one.id))
            continue
        decision = _decide(one, content, facts, left)
        if isinstance(decision, Fresh):
            earlier[one.id] = Earlier(content, decision.placement)
        decisions.append(decision)
    return decisions


def _decide(one: OrderWanted, content: bytes, facts: Facts, left: _Left) -> Decision:
    shop = facts.shops.get(one.store_id)
    if shop is None or shop.closed or shop.brand_id != one.brand_id:
        return NotFound(what="store")
    if one.channel in ONLINE and not shop.open_online:
        return StoreClosedOnline(store_id=one.store_id)
    if (
        not one.lines
        or len({line.sku_id for line in one.lines}) != len(one.lines)
        or min([line.quantity for line in one.lines]) < 1
    ):
        return OrderEmpty()
    quoted = _price(one, shop, facts, left)
    if isinstance(quoted, Refused):
        return quoted
    wanted = [((shop.id, line.sku_id), line.quantity) for line in one.lines]
    for pair, quantity in wanted:
        if (free := left.free.get(pair, 0)) < quantity:
            return Shortage(pair[1], quantity, free)
    for pair, quantity in wanted:
        left.free[pair] -= quantity
    _take_flash(quoted, one, left.flash)
    if one.member_id is not None:
        left.used.update(quoted.claim_ids)
        left.ordered.add(one.member_id)
        if quoted.points:
            left.points[one.member_id] -= quoted.points
    placed_on = facts.dates[shop.zone]
    state = "placed" if quoted.total_minor else "paid"  # nobody pays for what costs nothing
    number = order_number(one.id, placed_on, attempt=facts.attempt)
    placement = OrderPlacement(
        one.id, number, shop.id, quoted.total_minor, shop.currency, state, facts.now, facts.pay_by
    )
    return Fresh(one, shop, quoted, content, placed_on, placement)


def _price(one: OrderWanted, shop: ShopNow, facts: Facts, left: _Left) -> Quote | Refused:
    """Say what the order costs with all it asks for, or why it cannot be had so."""
    asked = _asked(one, facts)
    if isinstance(asked, Refused):
        return asked
    place = Place(shop.id, shop.kind, one.channel)
    quoted = quote(one.lines, place=place, on_sale=facts.on_sale, prices=facts.prices, at=asked.at, tier=asked.tier)
    if quoted.refused:
        return next(iter(quoted.refused.values()))
    if asked.best or asked.claim_ids or facts.promotions.get(one.brand_id):
        with_them = _use_offer(quoted, one, asked, shop, facts, left)
        if isinstance(with_them, Refused):
            return with_them
        quoted = with_them
    if asked.points:
        plan = facts.plans.get(one.brand_id)
        ready = left.points.get(one.member_id, 0) if one.member_id is not None else 0
        if plan is None:
            return PointsTooMany(wanted=asked.points, most=0)
        quoted = with_points(quoted, plan, ready, wanted=asked.points)
        if quoted.points != asked.points:
            return PointsTooMany(wanted=asked.points, most=quoted.points_most)
    for expected in (asked.expected_minor, one.expected_total_minor):
        if expected is not None and expected != quoted.total_minor:
            return PriceChanged(expected_minor=expected, total_minor=quoted.total_minor)
    return quoted


def _asked(one: OrderWanted, facts: Facts) -> _Asked | Refused:
    """Say what the order asks for. A promise names coupons, points and total, and while it holds, the prices and the tier."""
    tier = facts.tiers.get(one.member_id) if one.member_id is not None else None
    if not one.promise:
        return _Asked(one.coupon_claim_ids, one.best_coupons, one.points, None, facts.now, tier)
    promise = facts.promises.get(one.promise)
    buying = Buying(one.brand_id, one.store_id, one.member_id, one.channel, one.lines)
    if promise is None or promise.digest != buying.digest():
        return PromiseWrong()
    if (one.coupon_claim_ids and set(one.coupon_claim_ids) != set(promise.claim_ids)) or (
        one.points and one.points != promise.points
    ):
        return PromiseWrong()
    holds = promise.holds(facts.now)
    return _Asked(
        promise.claim_ids, False, promise.points, promise.total_minor, promise.quoted_at if holds else facts.now,
        promise.tier if holds else tier,
    )  # fmt: skip


def _take_flash(quoted: Quote, one: OrderWanted, flash: FlashNow) -> None:
    """Let the later orders of the batch find what is left of flash sales."""
    for used in quoted.promotions:
        for sku_id, count in used.flash:
            key = (used.promotion.id, sku_id)
            flash.left[key] -= count
            if one.member_id is not None:
                flash.had[*key, one.member_id] = flash.had.get((*key, one.member_id), 0) + count


def _use_offer(
    quoted: Quote, one: OrderWanted, asked: _Asked, shop: ShopNow, facts: Facts, left: _Left
) -> Quote | Refused:
    """Use the best promotions with the best of the member's coupons, or with each of those asked for: one that does not apply
    refuses the order."""
    ids = facts.ready.get(one.member_id, ()) if asked.best and one.member_id is not None else asked.claim_ids
    claims = []
    for claim_id in ids:
        claim = facts.claims.get(claim_id)
        if claim is None or claim.member_id != one.member_id or claim.brand_id != one.brand_id:
            if not asked.best:
                return CouponNotApplicable(claim_id=claim_id, name="", reason="not_held")
        elif claim_id in left.used or claim.state == "redeemed":
            if not asked.best:
                return CouponUsed(claim_id=claim_id, name=claim.coupon.name)
        else:
            claims.append(claim)
    first = one.member_id is not None and one.member_id not in left.ordered
    situation = situation_of(shop, one.channel, at=asked.at, tier=asked.tier, first_order=first)
    if promotions := facts.promotions.get(one.brand_id, ()):
        promoted = Promoted(promotions, left.flash, one.member_id)
        quoted = with_offer(quoted, promoted, claims, facts.goods, situation)
    else:
        quoted = with_coupons(quoted, claims, facts.goods, situation)
    for coupon in quoted.coupons if not asked.best else ():
        if isinstance(coupon.reason, NotApplied):
            return CouponNotApplicable(
                claim_id=coupon.claim_id, name=coupon.name, reason=coupon.reason.code, **coupon.reason.facts
            )
    return quoted


def content_hash(one: OrderWanted, promise: Promise | None = None) -> bytes:
    """Give the digest by which a repeat is told from another order of the same id. The order of lines does not matter.

    What a promise says counts, not its signature: the same promise made again is the same order.
    """
    lines = ";".join(sorted([f"{line.sku_id.hex}:{line.quantity}" for line in one.lines]))
    member = one.member_id.hex if one.member_id else ""
    text = (
        f"{one.brand_id.hex}|{one.store_id.hex}|{member}|{one.channel}|{one.scene}|{one.expected_total_minor}|{lines}"
    )
    if one.coupon_claim_ids or one.points or one.best_coupons or one.promise:
        ids, points = (promise.claim_ids, promise.points) if promise else (one.coupon_claim_ids, one.points)
        claims = ";".join(sorted([claim_id.hex for claim_id in ids]))
        text += f"|{claims}|{points}|{int(one.best_coupons)}|{promise.total_minor if promise else ''}"
    return hashlib.sha256(text.encode()).digest()


def order_number(order_id: UUID, placed_on: date, *, attempt: int = 0) -> str:
    """Give the number that people see, "260303-K7M2Q-9XW4T": the business date and 50 bits of the id's digest.

    No counter, so no lock. Two of a million orders of one day meet with a chance of 1 in 2,000; the table refuses the
    second, and the next `attempt` gives another number.
    """
    digest = hashlib.blake2b(order_id.bytes + bytes([attempt]), digest_size=7).digest()
    bits = int.from_bytes(digest, "big")
    letters = (
        PAIRS[bits & 1023] + PAIRS[bits >> 10 & 1023] + PAIRS[bits >> 20 & 1023]
        + PAIRS[bits >> 30 & 1023] + PAIRS[bits >> 40 & 1023]
    )  # fmt: skip
    return f"{placed_on:%y%m%d}-{letters[:5]}-{letters[5:]}"
