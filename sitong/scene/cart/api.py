"""Carts and quotes over HTTP."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from ninja import Query, Router, Status

from sitong.marketing.coupons.stacking_said import reason_said
from sitong.marketing.promotions.said import why_said
from sitong.scene.cart.actions import CartKey, change_cart, clear_cart
from sitong.scene.cart.promise import HELD
from sitong.scene.cart.queries import Wishes, quote_of, quote_of_cart, reason_sentence
from sitong.scene.cart.rules import CouponQuoted, LineWanted, PromotionQuoted, Quote, QuoteLine
from sitong.scene.cart.schemas import COUPONS_MAX, POINTS_MAX, KeptOut, PutIn, QuoteIn, QuoteOut
from sitong.scene.channels.queries import Shop, shops
from sitong.shared.access.gates import API_AUTH
from sitong.shared.access.viewer import Viewer, ViewerRequest
from sitong.shared.clock import now as clock_now
from sitong.shared.errors import NotAllowed, NotFound, sentence

router = Router(tags=["cart"])
AMOUNTS = (
    "goods_minor", "discount_minor", "promotion_minor", "coupon_minor", "points_minor", "total_minor", "points", "points_most", "points_ready",
    "promise",
)  # fmt: skip


@router.post("/quotes", response=QuoteOut, auth=API_AUTH, summary="Say what lines cost")
def quote_lines(request: ViewerRequest, wanted: QuoteIn) -> dict[str, object]:
    """The one price calculation: what these lines would cost the caller in this store and channel now, and why.

    A consumer's tier and the store's promotions count always; coupons and points count when asked for. Consumers get a promise.
    """
    viewer: Viewer = request.viewer
    if viewer.brand_id is None:
        raise NotFound(what="store")
    lines = [LineWanted(line.sku_id, line.quantity) for line in wanted.lines]
    points = None if wanted.points == "max" else int(wanted.points)
    wishes = Wishes(viewer.member_id, tuple(wanted.coupon_claim_ids), wanted.best_coupons, points)
    at = clock_now()
    quote = quote_of(
        lines, brand_id=viewer.brand_id, store_id=wanted.store_id, channel=wanted.channel, at=at, wishes=wishes
    )
    return _shown(quote, wanted.store_id, at)


@router.get("/carts/{store_id}", response=QuoteOut, auth=API_AUTH, summary="Show one's cart")
def show_cart(
    request: ViewerRequest,
    store_id: UUID,
    best_coupons: bool = False,
    coupon_claim_id: Annotated[list[UUID], Query(max_length=COUPONS_MAX)] = [],  # noqa: B006
    points: Annotated[int, Query(ge=0, le=POINTS_MAX)] | Literal["max"] = 0,
) -> dict[str, object]:
    """One's own cart in a store, quoted with the best coupons or those named, and with points if asked."""
    cart, at = _cart(request.viewer, store_id), clock_now()
    wishes = Wishes(cart.member_id, tuple(coupon_claim_id), best_coupons, None if points == "max" else int(points))
    return _shown(
        quote_of_cart(cart.member_id, brand_id=cart.brand_id, store_id=store_id, at=at, wishes=wishes), store_id, at
    )


@router.put("/carts/{store_id}/lines/{sku_id}", response=KeptOut, auth=API_AUTH, summary="Put something in one's cart")
def put_line(request: ViewerRequest, store_id: UUID, sku_id: UUID, wanted: PutIn) -> dict[str, object]:
    """Let the cart hold exactly so many; the same again changes nothing."""
    return {
        "sku_id": sku_id,
        "quantity": change_cart(_cart(request.viewer, store_id), sku_id, quantity=wanted.quantity, now=clock_now()),
    }


@router.delete("/carts/{store_id}", response={204: None}, auth=API_AUTH, summary="Empty one's cart")
def empty_cart(request: ViewerRequest, store_id: UUID) -> Status[None]:
    """Take everything out."""
    clear_cart(_cart(request.viewer, store_id))
    return Status(204, None)


def _cart(viewer: Viewer, store_id: UUID) -> CartKey:
    if viewer.member_id is None or viewer.brand_id is None:
        raise NotAllowed(system=viewer.system)
    shop = shops([store_id]).get(store_id)
    if shop is None or shop.closed or shop.brand_id != viewer.brand_id:
        raise NotFound(what="store")
    return CartKey(viewer.brand_id, viewer.member_id, store_id)


def _shown(quote: Quote, store_id: UUID, at: datetime) -> dict[str, object]:
    shop = shops([store_id])[store_id]
    tier = quote.tier
    return {
        "store_id": store_id, "currency": shop.currency,
        **{name: getattr(quote, name) for name in AMOUNTS},
        "lines": [_line(line, shop.currency) for line in quote.lines],
        "refused": [{"sku_id": sku_id, "code": refused.code, "message": sentence(refused)} for sku_id, refused in quote.refused.items()],
        "promotions": [_promotion(one, shop) for one in quote.promotions],
        "coupons": [_coupon(one, shop) for one in quote.coupons],
        "tier": {"code": tier.code, "name": tier.name, "name_en": tier.name_en, "discount_bp": tier.discount_bp} if tier else None,
        "promised_until": at + HELD if quote.promise else None,
    }  # fmt: skip


def _promotion(one: PromotionQuoted, shop: Shop) -> dict[str, object]:
    promotion, reason = one.promotion, one.reason
    said = reason and {
        "code": reason.code,
        "facts": dict(reason.facts),
        "sentence": why_said(reason, currency=shop.currency),
    }
    return {
        "promotion_id": promotion.id, "kind": promotion.kind, "name": promotion.name, "name_en": promotion.name_en or promotion.name,
        "ends_at": promotion.ends_at, "saved_minor": one.saved_minor, "reason": said,
    }  # fmt: skip


def _coupon(one: CouponQuoted, shop: Shop) -> dict[str, object]:
    reason = one.reason
    shown = {name: getattr(one, name) for name in CouponQuoted.__dataclass_fields__ if name != "reason"}
    shown["reason"] = reason and {
        "code": reason.code,
        "facts": dict(reason.facts),
        "sentence": reason_said(reason, currency=shop.currency, zone=shop.zone),
    }
    return shown


def _line(line: QuoteLine, currency: str) -> dict[str, object]:
    shown = {name: getattr(line, name) for name in QuoteLine.__dataclass_fields__ if name != "reasons"}
    shown["reasons"] = [
        {"code": reason["code"], "facts": {key: value for key, value in reason.items() if key != "code"}, "sentence": reason_sentence(reason, currency)}
        for reason in line.reasons
    ]  # fmt: skip
    return shown
