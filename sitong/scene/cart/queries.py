"""Read carts and quote them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from django.utils.translation import get_language, gettext_noop
from django.utils.translation import gettext as _

from sitong.goods.catalog.queries import on_sale
from sitong.goods.pricing.queries import price_candidates
from sitong.marketing.coupons.queries.claims import claims_ready
from sitong.marketing.coupons.rules import ClaimNow
from sitong.marketing.coupons.stacking import NotApplied
from sitong.marketing.promotions.queries.flash import flash_now
from sitong.marketing.promotions.queries.live import flash_skus, promotions_of
from sitong.marketing.promotions.rules import PromotionFacts
from sitong.member.points.queries import points_now
from sitong.scene.cart.benefits import goods_of, have_ordered, points_plan, tiers_now
from sitong.scene.cart.discounts import Goods, Promoted, situation_of, with_coupons, with_offer, with_points
from sitong.scene.cart.models import CartLine
from sitong.scene.cart.promise import Buying, promise_of
from sitong.scene.cart.rules import TILL, CouponQuoted, LineWanted, Place, Quote, Reason, quote
from sitong.scene.channels.queries import shops
from sitong.shared.errors import NotFound
from sitong.shared.i18n.formats import money_text


def cart_lines(member_id: UUID, store_id: UUID) -> list[LineWanted]:
    """Give what a member's cart in a store holds, in the order in which it was put in."""
    lines = CartLine.objects.filter(member_id=member_id, store_id=store_id).order_by("changed_at", "sku_id")
    return [LineWanted(sku_id, quantity) for sku_id, quantity in lines.values_list("sku_id", "quantity")]


def cart_count(member_id: UUID, store_id: UUID) -> int:
    """Give how many lines the cart has: for the badge."""
    return CartLine.objects.filter(member_id=member_id, store_id=store_id).count()


@dataclass(frozen=True, slots=True)
class Wishes:
    """Who asks for a quote, and how it shall be paid less: the coupons (`claim_ids`, or the best) and the points.

    `points` None: as many as may be spent. Without a member there are neither.
    """

    member_id: UUID | None = None
    claim_ids: tuple[UUID, ...] = ()
    best_coupons: bool = False
    points: int | None = 0


NOBODY = Wishes()


def quote_of(
    lines: Sequence[LineWanted],
    *,
    brand_id: UUID,
    store_id: UUID,
    channel: str = "mini_shop",
    at: datetime,
    wishes: Wishes = NOBODY,
) -> Quote:
    """Say what lines cost in a store of the brand now, with the member's tier, coupons and points, and promise it.

    Raises NotFound for a store that is not there. A fixed number of statements.
    """
    shop = shops([store_id]).get(store_id)
    if shop is None or shop.closed or shop.brand_id != brand_id:
        raise NotFound(what="store")
    there = on_sale([(store_id, line.sku_id) for line in lines], with_unshelved=channel == TILL)
    prices = price_candidates([line.sku_id for line in lines], at=at)
    member_id = wishes.member_id
    tier = tiers_now([(brand_id, member_id)], at=at).get(member_id) if member_id else None
    priced = quote(lines, place=Place(store_id, shop.kind, channel), on_sale=there, prices=prices, at=at, tier=tier)
    promotions = promotions_of([brand_id], at=at).get(brand_id, ())
    asks = member_id is not None and bool(wishes.best_coupons or wishes.claim_ids)
    if promotions or asks:
        goods = goods_of([line.sku_id for line in priced.lines])
        claims: Sequence[ClaimNow] = ()
        if asks and member_id is not None:
            products = {one.product_id for one in goods.values()}
            claims = claims_ready([member_id], at=at, product_ids=products, store_ids=[store_id])[member_id]
        first_order = any(claim.coupon.terms.first_order for claim in claims) and not have_ordered([member_id])  # type: ignore[list-item]
        situation = situation_of(shop, channel, at=at, tier=tier, first_order=first_order)
        chosen = None if wishes.best_coupons else frozenset(wishes.claim_ids)
        if promotions:
            promoted = promoted_now(promotions, goods, member_id, at=at)
            priced = with_offer(priced, promoted, claims, goods, situation, chosen=chosen)
        else:
            priced = with_coupons(priced, claims, goods, situation, chosen=chosen)
        priced = _with_unknown(priced, wishes.claim_ids) if asks else priced
    if member_id is None:
        return _promised(priced, Buying(brand_id, store_id, None, channel, lines), at)
    if (plan := points_plan(brand_id)) is not None:
        priced = with_points(priced, plan, points_now([member_id])[member_id].ready, wanted=wishes.points)
    return _promised(priced, Buying(brand_id, store_id, member_id, channel, lines), at)


def promoted_now(
    promotions: Sequence[PromotionFacts], goods: Mapping[UUID, Goods], member_id: UUID | None, *, at: datetime
) -> Promoted:
    """Give a brand's promotions with what flash sales have left of these goods now. Two statements where there is a flash sale, else none."""
    pairs = {pair for pair in flash_skus(promotions, [at]) if pair[1] in goods}
    return Promoted(promotions, flash_now(pairs, [member_id] if member_id else []), member_id)


def quote_of_cart(
    member_id: UUID,
    *,
    brand_id: UUID,
    store_id: UUID,
    channel: str = "mini_shop",
    at: datetime,
    wishes: Wishes | None = None,
) -> Quote:
    """Say what a member's cart in a store costs now."""
    lines = cart_lines(member_id, store_id)
    asked = wishes or Wishes(member_id)
    return quote_of(lines, brand_id=brand_id, store_id=store_id, channel=channel, at=at, wishes=asked)


def _with_unknown(quoted: Quote, claim_ids: Collection[UUID]) -> Quote:
    """Say of coupons that were asked for and are not in the member's hands (any more) that they are not."""
    known = {one.claim_id for one in quoted.coupons}
    missing = [
        CouponQuoted(one, None, "", "", None, reason=NotApplied("not_held")) for one in claim_ids if one not in known
    ]
    return replace(quoted, coupons=(*quoted.coupons, *missing)) if missing else quoted


def _promised(quoted: Quote, buying: Buying, at: datetime) -> Quote:
    return replace(quoted, promise=promise_of(quoted, buying, at=at))


SENTENCES = {
    "list_price": gettext_noop("List price {unit}."),
    "channel_price": gettext_noop("Price in this channel {unit}."),
    "store_kind_price": gettext_noop("Price in stores of this kind {unit}."),
    "store_price": gettext_noop("Price of this store {unit}."),
    "promotion_price": gettext_noop("Promotion price {unit}."),
    "maker_coupon": gettext_noop("A maker's coupon paid {paid} of it."),
    "tier_price": gettext_noop("{named}: {unit} each, you save {saved}."),
    "tier_only_price": gettext_noop("{named}: {unit} each."),
    "tier_discount": gettext_noop("{named}: {rate} % off the regular price, you save {saved}."),
    "promotion": gettext_noop("{named}: you save {saved}."),
    "coupon": gettext_noop("Coupon {named}: you save {saved}."),
    "points": gettext_noop("Points pay {saved} of it."),
    "step_price": gettext_noop("From {quantity_from} each costs {unit}: you save {saved}."),
}


def reason_sentence(reason: Reason, currency: str) -> str:
    """Give the sentence of a line's reason in the active language. Formats only what the sentence says: amounts are dear."""
    code = str(reason["code"])
    if code == "tier_price" and "saved_minor" not in reason:
        code = "tier_only_price"
    if code not in SENTENCES:
        return code
    said: dict[str, int | str] = {"quantity_from": reason.get("quantity_from", 1)}
    said |= {
        name: money_text(int(reason[key]), currency)
        for name, key in (("unit", "unit_minor"), ("saved", "saved_minor"), ("paid", "minor"))
        if key in reason
    }
    if "name" in reason:
        said["named"] = reason["name" if (get_language() or "").startswith("zh") else "name_en"]
    if "rate_bp" in reason:
        said["rate"] = f"{int(reason['rate_bp']) / 100:g}"
    return _(SENTENCES[code]).format(**said)
