"""The consumer's orders: check out, pay, look, cancel. Every form carries its own id, so that sending it again is harmless."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

import segno
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path
from django.utils.dateparse import parse_datetime
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from sitong.goods.catalog.queries import sku_facts
from sitong.member.identity.queries import member_facts
from sitong.member.wallet.queries import wallets_now
from sitong.scene.cart.basket import COUNT_COOKIE, Basket
from sitong.scene.cart.choosing import read_choice, toggled
from sitong.scene.cart.pages import context_of
from sitong.scene.cart.rules import LineWanted
from sitong.scene.cart.schemas import PROMISE_MAX
from sitong.scene.channels.answers import by_htmx, say_no
from sitong.scene.channels.pages import SCENE_COOKIE
from sitong.scene.channels.rules import SCENES
from sitong.scene.channels.shelves import categories_of
from sitong.scene.channels.shop import CHANNEL, Visit, for_members, shop_page
from sitong.scene.orders import desk
from sitong.scene.orders.actions import CancelWanted, OrderWanted, WalletTender, pay_orders_from_wallets, place_orders
from sitong.scene.orders.paying import OrderNotPayable, cancel_order, way_to_pay_for  # type: ignore[attr-defined]
from sitong.scene.orders.queries import OrderView, my_orders, order_detail
from sitong.scene.orders.rules import OrderEmpty
from sitong.scene.orders.said import reasons_said
from sitong.scene.payments.queries import paid_minor_of
from sitong.shared.errors import Refused, RepeatDiffers, sentence
from sitong.shared.ids import new_id

PAGE = 20
CHANGING = ("placed", "paid")


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@shop_page
@for_members
def checkout(request: HttpRequest, shop: Visit) -> HttpResponse:
    """Show what will be ordered and what it costs; a POST places it. The form holds id, lines and sum, so a repeat is the same."""
    if request.method == "POST":
        return _place(request, shop)
    return _checkout(request, shop)


@require_safe
@never_cache
@shop_page
@for_members
def orders(request: HttpRequest, shop: Visit) -> HttpResponse:
    """Show the member's orders in this store, newest first."""
    assert shop.member_id is not None
    before = parse_datetime(request.GET.get("before", "")) if request.GET.get("before") else None
    found = my_orders(shop.member_id, store_id=shop.store.id, before=before, limit=PAGE)
    context = {"shop": shop, "tab": "orders", "orders": found, "names": _names(found), "more": len(found) == PAGE}
    return render(request, "scene/orders/cards.html" if by_htmx(request) else "scene/orders/orders.html", context)


@require_safe
@never_cache
@shop_page
@for_members
def order(request: HttpRequest, shop: Visit, order_id: UUID) -> HttpResponse:
    """Show one order with its state, its pickup code and its history; htmx asks for the changing part again."""
    return _show(request, shop, _own(shop, order_id))


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@shop_page
@for_members
def pay(request: HttpRequest, shop: Visit, order_id: UUID) -> HttpResponse:
    """Open the payment of what is still to pay and say how: in WeChat by its own cashier, in the demo on the demo provider's page.

    A POST pays from the wallet as much as it holds; its form carries the payment's id, so a repeat pays nothing more.
    """
    assert shop.viewer is not None and shop.member_id is not None
    one, address = _own(shop, order_id), f"{shop.home}orders/{order_id}/"
    if request.method == "POST":
        tender = WalletTender(_uuid(request.POST.get("id", "")), one.id, by=shop.viewer.account_id)
        (outcome,) = pay_orders_from_wallets([tender], now=shop.at)
        if isinstance(outcome, Refused):
            return say_no(request, outcome, back=f"{address}pay/")
        return HttpResponseRedirect(f"{address}pay/" if outcome.left_minor else address)
    context: dict[str, Any] = {
        "shop": shop,
        "order": one,
        "in_wechat": "MicroMessenger" in request.headers.get("User-Agent", ""),
        "holds": wallets_now([shop.member_id]).get(shop.member_id),
        "left_minor": one.total_minor - (paid_before := paid_minor_of([one.id]).get(one.id, 0)),
        "paid_before_minor": paid_before,
        "tender_id": new_id(),
    }
    try:
        way = way_to_pay_for(one, now=shop.at)
    except OrderNotPayable:
        return HttpResponseRedirect(address)
    except Refused as refused:
        return render(request, "scene/orders/pay.html", {**context, "problem": sentence(refused)}, status=503)
    if way["cashier"]:
        context["cashier"] = f"{way['cashier']}?{urlencode({'back': request.build_absolute_uri(address)})}"
    return render(request, "scene/orders/pay.html", {**context, "jsapi": way["jsapi"]})


@require_POST
@shop_page
@for_members
def cancel(request: HttpRequest, shop: Visit, order_id: UUID) -> HttpResponse:
    """Cancel the member's own order; what was paid goes back."""
    assert shop.viewer is not None
    address = f"{shop.home}orders/{order_id}/"
    _own(shop, order_id)
    try:
        wanted = CancelWanted(order_id, _uuid(request.POST.get("request_id", "")), shop.viewer.account_id, "")
        cancel_order(wanted, now=shop.at)
    except Refused as refused:
        return say_no(request, refused, back=address)
    return HttpResponseRedirect(address)


def _checkout(request: HttpRequest, shop: Visit, refused: Refused | None = None) -> HttpResponse:
    """Show the checkout as the form chose; after a refusal with what changed, asking again."""
    basket = Basket(request, shop)
    lines = basket.lines
    if not lines:
        return basket.keep(HttpResponseRedirect(f"{shop.home}cart/"))
    said = request.POST if refused else request.GET
    quote, choice = toggled(shop, lines, read_choice(said), said.get("toggle", "") if not refused else "")
    if refused and (quote.points_most < (choice.points or 0)):
        choice = replace(choice, points=quote.points)
    assert shop.member_id is not None
    member = member_facts([shop.member_id]).get(shop.member_id)
    context = context_of(shop, lines, quote) | {
        "order_id": new_id(), "wanted": lines, "member": member, "choice": choice, "use_points": choice.points != 0,
        "problem": sentence(refused) if refused else "",
        "before_minor": refused.facts.get("expected_minor") if refused else None,
    }  # fmt: skip
    page = "scene/orders/checkout_form.html" if by_htmx(request) else "scene/orders/checkout.html"
    return basket.keep(render(request, page, context, status=409 if refused else 200))


def _place(request: HttpRequest, shop: Visit) -> HttpResponse:
    try:
        wanted = _wanted(request, shop)
    except Refused as refused:
        return say_no(request, refused, back=f"{shop.home}cart/")
    (outcome,) = place_orders([wanted], now=shop.at)
    if isinstance(outcome, RepeatDiffers | OrderEmpty):
        return say_no(request, outcome, back=f"{shop.home}orders/")
    if isinstance(outcome, Refused):
        return _checkout(request, shop, outcome)
    address = f"{shop.home}orders/{outcome.id}/"
    response = HttpResponseRedirect(f"{address}pay/" if outcome.state == "placed" else address)
    response.set_cookie(COUNT_COOKIE, "0", path=shop.home, samesite="Lax")  # the worker takes the lines out in a moment
    return response


def _wanted(request: HttpRequest, shop: Visit) -> OrderWanted:
    assert shop.viewer is not None
    lines = []
    for text in request.POST.getlist("line")[:200]:
        sku_id, _, quantity = text.partition(":")
        if not (quantity.isascii() and quantity.isdigit() and len(quantity) < 10):
            raise OrderEmpty()
        lines.append(LineWanted(_uuid(sku_id), int(quantity)))
    expected = request.POST.get("expected", "")
    if not (expected.isascii() and expected.isdigit() and len(expected) < 15):
        raise OrderEmpty()
    scene = request.COOKIES.get(SCENE_COOKIE, "")
    return OrderWanted(
        _uuid(request.POST.get("id", "")), shop.brand.id, shop.store.id, shop.member_id, tuple(lines), int(expected), CHANNEL,
        scene if scene in SCENES else "store", shop.viewer.account_id, promise=request.POST.get("promise", "")[:PROMISE_MAX],
    )  # fmt: skip


def _show(request: HttpRequest, shop: Visit, one: OrderView) -> HttpResponse:
    changing = one.state in CHANGING
    context = {
        "shop": shop, "tab": "orders", "order": one, "names": _names([one]), "categories": categories_of(shop.store.id),
        "changing": changing, "request_id": new_id(),
        "was_paid": any(step.step == "paid" for step in one.steps),
        "reasons": reasons_said(one), "prices_minor": one.discount_minor - one.promotion_minor - one.coupon_minor - one.points_minor,
        "payable": one.state == "placed" and one.pay_by is not None and one.pay_by > shop.at,
        "code": segno.make(one.pickup_code, micro=False, error="m").svg_data_uri(border=2, scale=8) if one.state == "paid" else "",
    }  # fmt: skip
    if not by_htmx(request):
        return render(request, "scene/orders/order.html", context)
    if request.GET.get("state") == one.state:
        return HttpResponse(status=204)  # nothing to draw anew
    return render(request, "scene/orders/state.html", context)


def _own(shop: Visit, order_id: UUID) -> OrderView:
    assert shop.viewer is not None
    return order_detail(order_id, shop.viewer)


def _names(orders: list[OrderView]) -> dict[UUID, Any]:
    """Give the facts of what was ordered: an order keeps its lines' names in one language only."""
    return dict(sku_facts({line.sku_id for one in orders for line in one.lines}))


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise OrderEmpty() from None


_SHOP = "s/<slug:brand_code>/<str:store_code>/"
urlpatterns = [
    path(f"{_SHOP}checkout/", checkout, name="shop-checkout"),
    path(f"{_SHOP}orders/", orders, name="shop-orders"),
    path(f"{_SHOP}orders/<uuid:order_id>/", order, name="shop-order"),
    path(f"{_SHOP}orders/<uuid:order_id>/pay/", pay, name="shop-pay"),
    path(f"{_SHOP}orders/<uuid:order_id>/cancel/", cancel, name="shop-cancel"),
    *desk.urlpatterns,
]
