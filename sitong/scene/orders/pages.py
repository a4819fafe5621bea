"""The consumer's orders: check out, pay, look, cancel. Every form carries its own id, so that sending it again is harmless."""

from __future__ import annotations

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
from sitong.scene.cart.basket import COUNT_COOKIE, Basket
from sitong.scene.cart.pages import context_of
from sitong.scene.cart.rules import LineWanted
from sitong.scene.channels.answers import by_htmx, say_no
from sitong.scene.channels.pages import SCENE_COOKIE
from sitong.scene.channels.rules import SCENES
from sitong.scene.channels.shelves import categories_of
from sitong.scene.channels.shop import CHANNEL, Visit, for_members, shop_page
from sitong.scene.orders import desk
from sitong.scene.orders.actions import CancelWanted, OrderWanted, place_orders
from sitong.scene.orders.paying import OrderNotPayable, cancel_order, way_to_pay_for
from sitong.scene.orders.queries import OrderView, my_orders, order_detail
from sitong.scene.orders.rules import OrderEmpty
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
    return _checkout(request, shop, "")


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


@require_safe
@never_cache
@shop_page
@for_members
def pay(request: HttpRequest, shop: Visit, order_id: UUID) -> HttpResponse:
    """Open the payment and say how to pay it: in WeChat by its own cashier, in the demo on the demo provider's page."""
    one, address = _own(shop, order_id), f"{shop.home}orders/{order_id}/"
    context: dict[str, Any] = {
        "shop": shop,
        "order": one,
        "in_wechat": "MicroMessenger" in request.headers.get("User-Agent", ""),
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


def _checkout(request: HttpRequest, shop: Visit, problem: str) -> HttpResponse:
    basket = Basket(request, shop)
    lines = basket.lines
    if not lines:
        return basket.keep(HttpResponseRedirect(f"{shop.home}cart/"))
    context = context_of(shop, lines)
    assert shop.member_id is not None
    member = member_facts([shop.member_id]).get(shop.member_id)
    context |= {"order_id": new_id(), "wanted": lines, "problem": problem, "member": member}
    return basket.keep(render(request, "scene/orders/checkout.html", context, status=409 if problem else 200))


def _place(request: HttpRequest, shop: Visit) -> HttpResponse:
    try:
        wanted = _wanted(request, shop)
    except Refused as refused:
        return say_no(request, refused, back=f"{shop.home}cart/")
    (outcome,) = place_orders([wanted], now=shop.at)
    if isinstance(outcome, RepeatDiffers | OrderEmpty):
        return say_no(request, outcome, back=f"{shop.home}orders/")
    if isinstance(outcome, Refused):
        return _checkout(request, shop, sentence(outcome))
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
        scene if scene in SCENES else "store", shop.viewer.account_id,
    )  # fmt: skip


def _show(request: HttpRequest, shop: Visit, one: OrderView) -> HttpResponse:
    changing = one.state in CHANGING
    context = {
        "shop": shop, "tab": "orders", "order": one, "names": _names([one]), "categories": categories_of(shop.store.id),
        "changing": changing, "request_id": new_id(),
        "was_paid": any(step.step == "paid" for step in one.steps),
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
