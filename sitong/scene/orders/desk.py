"""Orders on the desks of brand and dealer: found by state and store, each with its history; canceled where one may."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from sitong.goods.catalog.queries import sku_facts
from sitong.member.identity.queries import member_facts
from sitong.org.stores.queries import store_facts, stores_visible_to
from sitong.scene.channels.queries import channel_name, scene_name
from sitong.scene.orders.actions import CancelWanted
from sitong.scene.orders.models import OrderState
from sitong.scene.orders.paying import cancel_order
from sitong.scene.orders.queries import order_detail, orders_visible_to, visible_orders
from sitong.scene.orders.said import reasons_said
from sitong.shared.access.gates import page_for
from sitong.shared.access.queries import account_names
from sitong.shared.access.viewer import Viewer
from sitong.shared.clock import now
from sitong.shared.errors import NotFound, Refused, sentence
from sitong.shared.ids import id_in, new_id

PAGE = 30


@require_safe
@never_cache
@page_for("brand", "dealer", permission="orders.see")
def orders(request: HttpRequest) -> HttpResponse:
    """List the orders that the viewer may see, newest first, of one store or state if asked."""
    viewer: Viewer = request.viewer  # type: ignore[attr-defined]
    state = request.GET.get("state", "")
    state = state if state in OrderState.values else ""
    stores = list(stores_visible_to(viewer, "orders.see").order_by("code"))
    asked = id_in(request.GET.get("store", ""))
    store_id = asked if asked in {store.id for store in stores} else None
    found = visible_orders(
        viewer, store_id=store_id, state=state, before=_instant(request.GET.get("before", "")), limit=PAGE
    )
    context = {
        "home": _home(viewer), "orders": found, "state": state, "states": OrderState.values, "stores": stores, "store_id": store_id,
        "by_id": {store.id: store for store in stores}, "members": member_facts({one.member_id for one in found if one.member_id}),
        "channels": {one.channel: channel_name(one.channel) for one in found}, "more": found[-1].placed_at if len(found) == PAGE else None,
    }  # fmt: skip
    return render(request, "scene/orders/desk.html", context)


@require_safe
@never_cache
@page_for("brand", "dealer", permission="orders.see")
def order(request: HttpRequest, order_id: UUID) -> HttpResponse:
    """Show one order with its lines and its history."""
    return _show(request, order_id, "")


@require_POST
@page_for("brand", "dealer", permission="orders.change")
def cancel(request: HttpRequest, order_id: UUID) -> HttpResponse:
    """Cancel an order that was not handed over; what was paid goes back whole."""
    viewer: Viewer = request.viewer  # type: ignore[attr-defined]
    if not orders_visible_to(viewer, "orders.change").filter(id=order_id).exists():
        raise NotFound(what="order")
    reason = request.POST.get("reason", "").strip()[:200]
    try:
        cancel_order(
            CancelWanted(order_id, id_in(request.POST.get("request_id", "")) or new_id(), viewer.account_id, reason),
            now=now(),
        )
    except Refused as refused:
        return _show(request, order_id, sentence(refused))
    messages.success(request, _("The order is canceled. What was paid goes back."))
    return HttpResponseRedirect(f"{_home(viewer)}{order_id}/")


def _show(request: HttpRequest, order_id: UUID, problem: str) -> HttpResponse:
    viewer: Viewer = request.viewer  # type: ignore[attr-defined]
    one = order_detail(order_id, viewer)
    member = member_facts([one.member_id]).get(one.member_id) if one.member_id else None
    staff = {step.by for step in one.steps if step.by} - {member.account_id if member else None}
    context: dict[str, Any] = {
        "home": _home(viewer), "order": one, "store": store_facts([one.store_id])[one.store_id], "member": member,
        "names": sku_facts({line.sku_id for line in one.lines}), "people": account_names(staff), "problem": problem,
        "reasons": reasons_said(one), "channel": channel_name(one.channel), "scene": scene_name(one.scene), "request_id": new_id(),
        "may_cancel": one.state in ("placed", "paid") and not one.source and viewer.may("orders.change"),
    }  # fmt: skip
    return render(request, "scene/orders/desk_order.html", context, status=409 if problem else 200)


def _home(viewer: Viewer) -> str:
    return f"/{viewer.system}/orders/"


def _instant(text: str) -> datetime | None:
    try:
        at = parse_datetime(text)
    except ValueError:
        return None
    return at if at is not None and at.tzinfo is not None else None


urlpatterns = [
    path(f"{system}/orders/{rest}", view, name=f"{system}_{name}")
    for system in ("brand", "dealer")
    for rest, view, name in (
        ("", orders, "orders"),
        ("<uuid:order_id>/", order, "order"),
        ("<uuid:order_id>/cancel/", cancel, "order_cancel"),
    )
]
