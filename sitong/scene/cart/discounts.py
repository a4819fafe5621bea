"""Promotions, coupons and points on a quote: pure. Promotions come off what lines cost after price, tier and step, coupons off
what promotions leave; points pay what is left."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol
from uuid import UUID
from zoneinfo import ZoneInfo

from sitong.marketing.coupons.rules import ClaimNow
from sitong.marketing.coupons.stacking import Combination, Situation, StackLine, best_combination
from sitong.marketing.promotions.choosing import Offer, best_offer
from sitong.marketing.promotions.effects import BasketLine
from sitong.marketing.promotions.queries.flash import FlashNow
from sitong.marketing.promotions.rules import FLASH, PromotionFacts
from sitong.member.points.rules import PointsPlan, most_points, worth_minor
from sitong.scene.cart.rules import CouponQuoted, PromotionQuoted, Quote, QuoteLine, Reason, Tier
from sitong.shared.errors import Refused
from sitong.shared.money import split_minor


class PointsTooMany(Refused):
    """More points than the member has, than this total takes, or not in the plan's steps; `most` may be spent."""

    code = "scene.points_too_many"


@dataclass(frozen=True, slots=True)
class Goods:
    """What coupons need to know of a SKU: its product, and its category with the department above."""

    product_id: UUID
    category_ids: frozenset[UUID]


def with_coupons(
    quote: Quote,
    claims: Sequence[ClaimNow],
    goods: Mapping[UUID, Goods],
    situation: Situation,
    *,
    chosen: Collection[UUID] | None = None,
) -> Quote:
    """Take off what the best lawful set of these coupons saves; with `chosen`, of these alone. Every coupon is explained."""
    if not claims:
        return quote
    found = best_combination(stack_lines(quote, goods), claims, situation, chosen=chosen)
    by_id = {claim.id: claim for claim in claims}
    lines = _lines_with_coupons(quote.lines, found, by_id)
    saved = found.saved_minor
    return replace(
        quote, lines=lines, discount_minor=quote.discount_minor + saved, total_minor=quote.total_minor - saved, coupon_minor=saved,
        coupons=_explained(found, by_id),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Promoted:
    """The promotions of a brand, and what flash sales have left for a buyer (`member_id` None: a stranger)."""

    promotions: Sequence[PromotionFacts]
    flash: FlashNow
    member_id: UUID | None = None

    def flash_left(self) -> dict[tuple[UUID, UUID], int]:
        """Give how many of each flash sale's SKU the buyer may have: those that are left, up to the limit of one member."""
        return {
            key: left if limit is None else max(0, min(left, limit - self._had(key)))
            for key, left in self.flash.left.items()
            for limit in [self._limit(key)]
        }

    def _limit(self, key: tuple[UUID, UUID]) -> int | None:
        price = next((one.price_of(key[1]) for one in self.promotions if one.kind == FLASH and one.id == key[0]), None)
        return price.per_member if price is not None else 0

    def _had(self, key: tuple[UUID, UUID]) -> int:
        return self.flash.had.get((*key, self.member_id), 0) if self.member_id is not None else 0


def with_offer(
    quote: Quote,
    promoted: Promoted,
    claims: Sequence[ClaimNow],
    goods: Mapping[UUID, Goods],
    situation: Situation,
    *,
    chosen: Collection[UUID] | None = None,
) -> Quote:
    """Take off what the best lawful promotions and coupons save together; everything is explained. With `chosen`, of these coupons alone."""
    found = best_offer(
        basket_lines(quote, goods), promoted.promotions, claims, situation, member=promoted.member_id is not None,
        flash=promoted.flash_left(), chosen=chosen,
    )  # fmt: skip
    by_id = {claim.id: claim for claim in claims}
    lines = _lines_with_coupons(_lines_with_promotions(quote.lines, found), found.coupons, by_id)
    given, saved = sum([one.saved_minor for one in found.applied]), found.coupons.saved_minor
    return replace(
        quote, lines=lines, discount_minor=quote.discount_minor + given + saved, total_minor=quote.total_minor - given - saved,
        coupon_minor=saved, coupons=_explained(found.coupons, by_id), promotion_minor=given,
        promotions=_promotions_explained(found, promoted.promotions),
    )  # fmt: skip


def with_points(quote: Quote, plan: PointsPlan, ready: int, *, wanted: int | None) -> Quote:
    """Pay with so many points (None: as many as may be), never more than the plan, the member and the total allow.

    What they pay is split over the lines by what is left of each.
    """
    most = most_points(quote.total_minor, plan, ready)
    used = most if wanted is None else max(0, min(wanted, most))
    used -= used % plan.spend_step
    paid = worth_minor(used, plan)
    quote = replace(quote, points=used, points_most=most, points_ready=ready, points_minor=paid)
    if not paid:
        return quote
    parts = split_minor(paid, [line.total_minor for line in quote.lines])
    lines = tuple([_less(line, points=part) for line, part in zip(quote.lines, parts, strict=True)])
    return replace(quote, lines=lines, discount_minor=quote.discount_minor + paid, total_minor=quote.total_minor - paid)


def stack_lines(quote: Quote, goods: Mapping[UUID, Goods]) -> list[StackLine]:
    """Give the lines as coupons see them; positions count from 1."""
    return [
        StackLine(
            position, line.sku_id, goods[line.sku_id].product_id, goods[line.sku_id].category_ids, line.quantity, line.total_minor
        )
        for position, line in enumerate(quote.lines, start=1)
    ]  # fmt: skip


def basket_lines(quote: Quote, goods: Mapping[UUID, Goods]) -> list[BasketLine]:
    """Give the lines as promotions see them; positions count from 1."""
    return [
        BasketLine(
            position, line.sku_id, goods[line.sku_id].product_id, goods[line.sku_id].category_ids, line.quantity, line.total_minor,
            line.weighed,
        )
        for position, line in enumerate(quote.lines, start=1)
    ]  # fmt: skip


def _lines_with_promotions(lines: Sequence[QuoteLine], found: Offer) -> tuple[QuoteLine, ...]:
    parts: dict[int, list[Reason]] = {}
    for applied in found.applied:
        one = applied.promotion
        for position, saved in applied.by_line:
            parts.setdefault(position, []).append({
                "code": "promotion", "promotion_id": str(one.id), "kind": one.kind, "name": one.name,
                "name_en": one.name_en or one.name, "saved_minor": saved,
            })  # fmt: skip
    return tuple([
        _promoted(line, reasons) if (reasons := parts.get(position)) else line for position, line in enumerate(lines, start=1)
    ])  # fmt: skip


def _promoted(line: QuoteLine, reasons: Sequence[Reason]) -> QuoteLine:
    saved = sum([int(reason["saved_minor"]) for reason in reasons])
    return replace(
        line, discount_minor=line.discount_minor + saved, total_minor=line.total_minor - saved, promotion_minor=saved,
        reasons=(*line.reasons, *reasons),
    )  # fmt: skip


def _promotions_explained(found: Offer, promotions: Sequence[PromotionFacts]) -> tuple[PromotionQuoted, ...]:
    used = [
        PromotionQuoted(one.promotion, one.saved_minor, tuple([position for position, _ in one.by_line]), one.flash)
        for one in found.applied
    ]
    others = [PromotionQuoted(one, reason=why) for one in promotions if (why := found.refused.get(one.id)) is not None]
    return (*used, *others)


def _lines_with_coupons(
    lines: Sequence[QuoteLine], found: Combination, by_id: Mapping[UUID, ClaimNow]
) -> tuple[QuoteLine, ...]:
    parts: dict[int, list[Reason]] = {}
    for applied in found.applied:
        coupon = by_id[applied.claim_id].coupon
        for position, saved in applied.by_line:
            parts.setdefault(position, []).append({
                "code": "coupon", "coupon_id": str(coupon.id), "claim_id": str(applied.claim_id), "name": coupon.name,
                "name_en": coupon.name_en or coupon.name, "saved_minor": saved,
            })  # fmt: skip
    return tuple([
        _less(line, reasons=reasons) if (reasons := parts.get(position)) else line for position, line in enumerate(lines, start=1)
    ])  # fmt: skip


def _less(line: QuoteLine, *, reasons: Sequence[Reason] = (), points: int = 0) -> QuoteLine:
    """Give a line that costs less, with why."""
    coupons = sum([int(reason["saved_minor"]) for reason in reasons])
    more: list[Reason] = [*reasons, {"code": "points", "saved_minor": points}] if points else list(reasons)
    return replace(
        line, discount_minor=line.discount_minor + coupons + points, total_minor=line.total_minor - coupons - points,
        coupon_minor=line.coupon_minor + coupons, points_minor=line.points_minor + points, reasons=(*line.reasons, *more),
    )  # fmt: skip


def _explained(found: Combination, by_id: Mapping[UUID, ClaimNow]) -> tuple[CouponQuoted, ...]:
    used = [_quoted(by_id[one.claim_id], saved_minor=one.saved_minor) for one in found.applied]
    others = sorted(found.refused, key=lambda claim_id: (by_id[claim_id].valid_until, claim_id))
    return (*used, *[replace(_quoted(by_id[one]), reason=found.refused[one]) for one in others])


def _quoted(claim: ClaimNow, *, saved_minor: int = 0) -> CouponQuoted:
    coupon = claim.coupon
    return CouponQuoted(claim.id, coupon.id, coupon.name, coupon.name_en or coupon.name, claim.valid_until, saved_minor)


class Where(Protocol):
    """The store in which it is bought."""

    @property
    def id(self) -> UUID: ...
    @property
    def kind(self) -> str: ...
    @property
    def zone(self) -> str: ...


def situation_of(
    shop: Where, channel: str, *, at: datetime, tier: Tier | None = None, first_order: bool = False
) -> Situation:
    """Say where, when and by whom it is bought, for coupons."""
    at_local = at.astimezone(ZoneInfo(shop.zone))
    return Situation(shop.id, shop.kind, channel, at, at_local, tier.code if tier is not None else "", first_order)
