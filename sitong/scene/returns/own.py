"""Returns for the member: what came back of an order, and asking to send something back by post."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from sitong.goods.catalog.queries import sku_facts
from sitong.org.stores.queries import store_facts
from sitong.scene.channels.answers import say_no
from sitong.scene.channels.shop import Visit, for_members, shop_page
from sitong.scene.orders.queries import order_detail
from sitong.scene.returns.actions import RequestWanted, ask_to_return, send_request, withdraw_request
from sitong.scene.returns.actions.facts import orders_now
from sitong.scene.returns.finding import is_late
from sitong.scene.returns.forms import reason_of, uuid_of, wishes_of_form
from sitong.scene.returns.queries import returns_of, wish_detail, wishes_of
from sitong.scene.returns.words import CONDITION_NAMES, KINDS, REASONS, REFUND_STATES, STATES
from sitong.shared.access.viewer import ViewerRequest
from sitong.shared.errors import Refused
from sitong.shared.ids import new_id

OPEN = ("asked", "approved", "sent")


@never_cache
@shop_page
@for_members
def returns(request: ViewerRequest, shop: Visit, order_id: UUID) -> HttpResponse:
    """Show what came back of the member's own order and what is on its way; ask to send more back."""
    assert shop.viewer is not None and shop.member_id is not None
    order_detail(order_id, shop.viewer)
    order = orders_now([order_id])[order_id]
    if request.method == "POST":
        wanted = RequestWanted(
            uuid_of(request.POST.get("id", "")) or new_id(), order_id, shop.member_id, wishes_of_form(order, request.POST),
            reason_of(request.POST), request.POST.get("note", "").strip()[:200], shop.viewer.account_id,
        )  # fmt: skip
        try:
            ask_to_return(wanted, now=shop.at)
        except Refused as refused:
            return say_no(request, refused, back=_address(shop, order_id))
        return HttpResponseRedirect(_address(shop, order_id))
    came, asked = returns_of([order_id]).get(order_id, []), wishes_of([order_id]).get(order_id, [])
    going = [one for one in asked if one.state in OPEN]
    context = {
        "shop": shop, "tab": "orders", "order": order, "names": sku_facts({line.sku_id for line in order.lines.values()}),
        "returns": came, "wishes": asked, "reasons": REASONS, "states": STATES, "kinds": KINDS, "refund_states": REFUND_STATES,
        "conditions": CONDITION_NAMES, "wish_id": new_id(), "places": store_facts({one.store_id for one in came} | {order.store_id}),
        "sold": store_facts([order.store_id])[order.store_id], "lines": [line for line in order.lines.values() if line.left > 0],
        "may_ask": order.state == "handed_over" and not order.source and not going and not is_late(order, order.store_id, now=shop.at),
    }  # fmt: skip
    return render(request, "scene/returns/own.html", context)


@require_POST
@shop_page
@for_members
def sent(request: ViewerRequest, shop: Visit, return_request_id: UUID) -> HttpResponse:
    """Keep how the member sent the goods."""
    assert shop.viewer is not None
    one = wish_detail(return_request_id, shop.viewer)
    carrier, waybill = (request.POST.get(name, "").strip()[:40] for name in ("carrier", "waybill"))
    try:
        send_request(one.id, carrier=carrier, waybill=waybill, by=shop.viewer.account_id, now=shop.at)
    except Refused as refused:
        return say_no(request, refused, back=_address(shop, one.order_id))
    return HttpResponseRedirect(_address(shop, one.order_id))


@require_POST
@shop_page
@for_members
def withdrawn(request: ViewerRequest, shop: Visit, return_request_id: UUID) -> HttpResponse:
    """Let the member keep the goods after all."""
    assert shop.viewer is not None
    one = wish_detail(return_request_id, shop.viewer)
    try:
        withdraw_request(one.id, by=shop.viewer.account_id, now=shop.at)
    except Refused as refused:
        return say_no(request, refused, back=_address(shop, one.order_id))
    return HttpResponseRedirect(_address(shop, one.order_id))


def _address(shop: Visit, order_id: UUID) -> str:
    return f"{shop.home}orders/{order_id}/returns/"


_SHOP = "s/<slug:brand_code>/<str:store_code>/"
urlpatterns = [
    path(f"{_SHOP}orders/<uuid:order_id>/returns/", returns, name="shop-returns"),
    path(f"{_SHOP}returns/<uuid:return_request_id>/sent/", sent, name="shop-return-sent"),
    path(f"{_SHOP}returns/<uuid:return_request_id>/withdraw/", withdrawn, name="shop-return-withdraw"),
]
