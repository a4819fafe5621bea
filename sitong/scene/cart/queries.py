"""Read carts and quote them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext as _

from sitong.goods.catalog.queries import on_sale
from sitong.goods.pricing.queries import price_candidates
from sitong.scene.cart.models import CartLine
from sitong.scene.cart.rules import LineWanted, Place, Quote, Reason, quote
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


def quote_of(
    lines: Sequence[LineWanted], *, brand_id: UUID, store_id: UUID, channel: str = "mini_shop", at: datetime
) -> Quote:
    """Say what lines cost in a store of the brand now. Raises NotFound for a store that is not there. A fixed number of statements."""
    shop = shops([store_id]).get(store_id)
    if shop is None or shop.closed or shop.brand_id != brand_id:
        raise NotFound(what="store")
    there = on_sale([(store_id, line.sku_id) for line in lines])
    prices = price_candidates([line.sku_id for line in lines], at=at)
    return quote(lines, place=Place(store_id, shop.kind, channel), on_sale=there, prices=prices, at=at)


def quote_of_cart(
    member_id: UUID, *, brand_id: UUID, store_id: UUID, channel: str = "mini_shop", at: datetime
) -> Quote:
    """Say what a member's cart in a store costs now."""
    return quote_of(cart_lines(member_id, store_id), brand_id=brand_id, store_id=store_id, channel=channel, at=at)


def reason_sentence(reason: Reason, currency: str) -> str:
    """Give the sentence of a line's reason in the active language."""
    unit = money_text(int(reason.get("unit_minor", 0)), currency)
    saved = money_text(int(reason.get("saved_minor", 0)), currency)
    paid = money_text(int(reason.get("minor", 0)), currency)
    quantity_from = reason.get("quantity_from", 1)
    sentences = {
        "list_price": _("List price {unit}."),
        "channel_price": _("Price in this channel {unit}."),
        "store_kind_price": _("Price in stores of this kind {unit}."),
        "store_price": _("Price of this store {unit}."),
        "promotion_price": _("Promotion price {unit}."),
        "maker_coupon": _("A maker's coupon paid {paid} of it."),
        "step_price": _("From {quantity_from} each costs {unit}: you save {saved}."),
    }
    text = sentences.get(str(reason["code"]), str(reason["code"]))
    return text.format(unit=unit, saved=saved, paid=paid, quantity_from=quantity_from)
