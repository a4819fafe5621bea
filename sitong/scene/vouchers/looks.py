"""What several pages of coupons share: the images of codes, the words for a clerk, where a member goes on."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

import segno
from django.utils.translation import gettext as _

from sitong.marketing.coupons import looks
from sitong.org.brands.queries import BrandFacts
from sitong.scene.orders.queries import my_orders
from sitong.shared.i18n.formats import number_text

BOUGHT = ("paid", "handed_over")
ORDERS_LOOKED_AT = 50


def code_image(text: str) -> str:
    """Give a QR code as the address of an image."""
    return segno.make(text, micro=False, error="m").svg_data_uri(border=2, scale=8)


def sentences(coupons: Iterable[Any], brand: BrandFacts) -> dict[UUID, str]:
    """Give each coupon's rules in a sentence; the names behind them are read once for all."""
    coupons = list(coupons)
    named = looks.named_for(coupons, brand_id=brand.id)
    return {one.id: looks.sentence(one, named, currency=brand.currency, zone=brand.zone) for one in coupons}


def to_hand_out(coupon: Any, brand_id: UUID) -> str:
    """Say to the clerk what is handed out for a coupon that is redeemed at the counter."""
    if coupon.kind != "exchange":
        return ""
    named = looks.named_for([coupon], brand_id=brand_id)
    terms = coupon.terms or {}
    names = [*named.said(terms.get("product_ids", ())), *named.said(terms.get("category_ids", ()))]
    count = number_text(coupon.quantity_max)
    if not names:
        return _("Hand out {n} of the listed goods.").format(n=count)
    return _("Hand out {n}: {goods}").format(
        n=count, goods=_(" or ").join(names[:5]) + (" …" if len(names) > 5 else "")
    )


def is_new_customer(member_id: UUID) -> bool:
    """Tell whether a member has never bought anything."""
    return not any(one.state in BOUGHT for one in my_orders(member_id, limit=ORDERS_LOOKED_AT))


def sign_in_for(brand: BrandFacts, back: str, *, source: str = "") -> str:
    """Give the sign-in page that leads back to a page outside of any store's mini shop."""
    asked = {"next": back, "brand": brand.code, **({"source": source} if source else {})}
    return f"/sign-in/phone/?{urlencode(asked)}"
