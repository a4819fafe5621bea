"""The cart's pages: what is in it, what it costs, and why."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from sitong.goods.catalog.queries import SkuFacts, sku_facts
from sitong.scene.cart.basket import Basket
from sitong.scene.cart.choosing import Choice, coupons_shown, quote_chosen
from sitong.scene.cart.promoted import promotions_shown
from sitong.scene.cart.queries import reason_sentence
from sitong.scene.cart.rules import LineWanted, NotOnShelf, Quote, QuoteLine
from sitong.scene.channels.answers import by_htmx, say_no, with_toast
from sitong.scene.channels.shelves import categories_of
from sitong.scene.channels.shop import Visit, shop_page
from sitong.shared.errors import Refused, sentence

QUANTITY_DIGITS_MAX = 9


@dataclass(frozen=True, slots=True)
class LineShown:
    """A line of the cart's page: what it costs and why, or why it cannot be sold now."""

    sku: SkuFacts | None
    sku_id: UUID
    quantity: int
    quoted: QuoteLine | None
    reasons: tuple[tuple[str, bool], ...]
    problem: str

    @property
    def step(self) -> int:
        return 100 if self.sku and self.sku.weighed else 1

    @property
    def less(self) -> int:
        return self.quantity - self.step

    @property
    def more(self) -> int:
        return self.quantity + self.step


@require_safe
@never_cache
@shop_page
def cart(request: HttpRequest, shop: Visit) -> HttpResponse:
    """Show the cart with its quote."""
    basket = Basket(request, shop)
    return basket.keep(render(request, "scene/cart/cart.html", context_of(shop, basket.lines)))


@require_POST
@shop_page
def add(request: HttpRequest, shop: Visit) -> HttpResponse:
    """Put something into the cart."""
    basket = Basket(request, shop)
    try:
        basket.add(*_asked(request))
    except Refused as refused:
        return say_no(request, refused, back=f"{shop.home}cart/")
    if by_htmx(request):
        return basket.keep(with_toast(HttpResponse(status=204), _("It is in the cart.")))
    return basket.keep(HttpResponseRedirect(f"{shop.home}cart/"))


@require_POST
@shop_page
def change(request: HttpRequest, shop: Visit) -> HttpResponse:
    """Let the cart hold another quantity of something, or none."""
    basket = Basket(request, shop)
    try:
        basket.set(*_asked(request))
    except Refused as refused:
        return say_no(request, refused, back=f"{shop.home}cart/")
    if by_htmx(request):
        return basket.keep(render(request, "scene/cart/lines.html", context_of(shop, basket.lines)))
    return basket.keep(HttpResponseRedirect(f"{shop.home}cart/"))


def context_of(shop: Visit, lines: list[LineWanted], quote: Quote | None = None) -> dict[str, object]:
    """Give what a page shows of these lines: each with its facts and reasons, and the sums, with the best coupons."""
    if quote is None:
        quote = quote_chosen(shop, lines, Choice())
    return {
        "shop": shop, "tab": "cart", "quote": quote, "lines": lines_shown(lines, quote, shop),
        "categories": categories_of(shop.store.id), "coupons": coupons_shown(quote, shop), "coupons_used": len(quote.claim_ids),
        "prices_minor": quote.discount_minor - quote.promotion_minor - quote.coupon_minor - quote.points_minor,
        "promotions": promotions_shown(quote, shop.currency),
    }  # fmt: skip


def lines_shown(lines: list[LineWanted], quote: Quote, shop: Visit) -> list[LineShown]:
    """Give the lines as the page shows them, in their order."""
    facts = sku_facts([line.sku_id for line in lines])
    quoted = {line.sku_id: line for line in quote.lines}
    shown = []
    for line in lines:
        one, refused = quoted.get(line.sku_id), quote.refused.get(line.sku_id)
        reasons = (
            tuple((reason_sentence(reason, shop.currency), "saved_minor" in reason) for reason in one.reasons)
            if one
            else ()
        )
        shown.append(
            LineShown(
                facts.get(line.sku_id), line.sku_id, line.quantity, one, reasons, sentence(refused) if refused else ""
            )
        )
    return shown


def _asked(request: HttpRequest) -> tuple[UUID, int]:
    """Read what is to be put or changed; nonsense is refused like something that is not sold."""
    try:
        quantity = request.POST.get("quantity", "1")
        if len(quantity) > QUANTITY_DIGITS_MAX:
            raise ValueError
        return UUID(request.POST.get("sku", "")), max(int(quantity), 0)
    except ValueError:
        raise NotOnShelf(sku_id="") from None


_SHOP = "s/<slug:brand_code>/<str:store_code>/cart/"
urlpatterns = [
    path(_SHOP, cart, name="shop-cart"),
    path(f"{_SHOP}add/", add, name="shop-cart-add"),
    path(f"{_SHOP}change/", change, name="shop-cart-change"),
]
