"""The clerk's phone: what waits to be fetched, an order's goods, and handing over by the consumer's code, once only."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import wraps
from pathlib import Path
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
from sitong.org.stores.queries import StoreFacts, store_facts, stores_visible_to
from sitong.scene.channels.answers import by_htmx
from sitong.scene.orders.actions import HandoverWanted, hand_over_orders
from sitong.scene.orders.actions.hand_over import HandedOverAlready
from sitong.scene.orders.queries import OrderView, order_detail, orders_visible_to, store_orders, waiting_count
from sitong.shared.access.gates import page_for
from sitong.shared.access.queries import account_names
from sitong.shared.access.viewer import Viewer
from sitong.shared.clock import now
from sitong.shared.errors import NotFound, Refused, sentence
from sitong.shared.i18n.formats import moment_text
from sitong.shared.ids import id_in, new_id

PAGE = 20
STORE_COOKIE = "st_store"
KEPT_S = 180 * 24 * 3600
CODE_MAX = 12
WORKER = Path(__file__).parents[1] / "static" / "scene" / "store-worker.js"
STATES = {"waiting": ("paid",), "unpaid": ("placed",), "done": ("handed_over",), "gone": ("canceled", "expired")}

View = Callable[..., HttpResponse]


def store_page(view: View) -> View:
    """Give the view the store at which the clerk works: the one chosen (`?store=`), else the one of last time, else the first."""

    @wraps(view)
    def at_store(request: HttpRequest, **rest: Any) -> HttpResponse:
        viewer: Viewer = request.viewer  # type: ignore[attr-defined]
        ids = list(
            stores_visible_to(viewer, "orders.see").filter(closed_at=None).order_by("code").values_list("id", flat=True)
        )
        wanted = id_in(request.GET.get("store", ""))
        if wanted is not None and wanted not in ids:
            raise NotFound(what="store")
        remembered = id_in(request.COOKIES.get(STORE_COOKIE, ""))
        chosen = wanted or (remembered if remembered in ids else ids[0] if ids else None)
        if chosen is None:
            raise NotFound(what="store")
        response = view(request, store_facts([chosen])[chosen], **rest)
        if wanted is not None and wanted != remembered:
            response.set_cookie(
                STORE_COOKIE,
                str(wanted),
                path="/store/",
                max_age=KEPT_S,
                samesite="Lax",
                httponly=True,
                secure=request.is_secure(),
            )
        return response

    return at_store


@require_safe
@never_cache
@page_for("store", permission="orders.see")
@store_page
def today(request: HttpRequest, store: StoreFacts) -> HttpResponse:
    """Show what waits to be fetched, and ring when an order comes; htmx asks for the list again when there is news."""
    found = store_orders(store.id, limit=100)
    context = {**_listed(store, found), "waiting": waiting_count(store.id), "stores": _stores(request.viewer)}  # type: ignore[attr-defined]
    return render(
        request, "scene/fulfillment/waiting.html" if by_htmx(request) else "scene/fulfillment/today.html", context
    )


@require_safe
@never_cache
@page_for("store", permission="orders.see")
@store_page
def orders(request: HttpRequest, store: StoreFacts) -> HttpResponse:
    """Show the store's orders by state, newest first."""
    state = request.GET.get("state", "waiting")
    states = STATES.get(state, STATES["waiting"])
    before = _instant(request.GET.get("before", ""))
    found = store_orders(store.id, states=states, before=before, limit=PAGE)
    context = {**_listed(store, found), "state": state, "more": len(found) == PAGE}
    return render(
        request, "scene/fulfillment/cards.html" if by_htmx(request) else "scene/fulfillment/orders.html", context
    )


@require_safe
@never_cache
@page_for("store", permission="orders.see")
@store_page
def order(request: HttpRequest, store: StoreFacts, order_id: UUID) -> HttpResponse:
    """Show one order of the store with its goods and its history."""
    viewer: Viewer = request.viewer  # type: ignore[attr-defined]
    one = order_detail(order_id, viewer)
    if one.store_id != store.id:
        return HttpResponseRedirect(f"{request.path}?store={one.store_id}")
    return render(request, "scene/fulfillment/order.html", _shown(store, one, viewer))


@require_safe
@never_cache
@page_for("store", permission="orders.hand_over")
@store_page
def scan(request: HttpRequest, store: StoreFacts) -> HttpResponse:
    """Scan or type a pickup code; with a code, show the order that it opens."""
    viewer: Viewer = request.viewer  # type: ignore[attr-defined]
    code = "".join(letter for letter in request.GET.get("code", "") if letter.isascii() and letter.isalnum())[:CODE_MAX]
    if not code:
        return render(request, "scene/fulfillment/scan.html", {"store": store})
    found = orders_visible_to(viewer).filter(store_id=store.id, pickup_code=code).order_by("-placed_at")
    waiting = (
        found.filter(state="paid").values_list("id", flat=True).first() or found.values_list("id", flat=True).first()
    )
    if waiting is None:
        context = {
            "store": store,
            "code": code,
            "problem": _("No order of this store has the code {code}. Look at it again.").format(code=code),
        }
        return render(request, "scene/fulfillment/scan.html", context)
    return render(
        request,
        "scene/fulfillment/order.html",
        {**_shown(store, order_detail(waiting, viewer), viewer), "scanned": True},
    )


@require_POST
@page_for("store", permission="orders.hand_over")
@store_page
def hand_over(request: HttpRequest, store: StoreFacts, order_id: UUID) -> HttpResponse:
    """Hand the order over. Sent again it changes nothing; what somebody else has handed over is said with name and time."""
    viewer: Viewer = request.viewer  # type: ignore[attr-defined]
    if not stores_visible_to(viewer, "orders.hand_over").filter(id=store.id).exists():
        raise NotFound(what="store")
    request_id = id_in(request.POST.get("request_id", "")) or new_id()
    (outcome,) = hand_over_orders([HandoverWanted(request_id, store.id, order_id, by=viewer.account_id)], now=now())
    if isinstance(outcome, NotFound):
        raise outcome
    if isinstance(outcome, Refused):
        one = order_detail(order_id, viewer)
        context = {**_shown(store, one, viewer), "problem": _why_not(outcome, store), "grave": True}
        return render(request, "scene/fulfillment/order.html", context, status=409)
    messages.success(request, _("Order {number} is handed over.").format(number=outcome.number))
    return HttpResponseRedirect(f"/store/orders/{outcome.order_id}/")


@require_safe
@page_for("store")
def offline(request: HttpRequest) -> HttpResponse:
    """Give the page that the phone keeps and shows without a network."""
    return render(request, "console/offline.html")


@require_safe
@page_for("store")
def worker(_request: HttpRequest) -> HttpResponse:
    """Give the phone's service worker; it may act below its own address alone, so it cannot come from /static/."""
    return HttpResponse(WORKER.read_bytes(), content_type="text/javascript; charset=utf-8")


def _why_not(refused: Refused, store: StoreFacts) -> str:
    """Say why not; who handed it over before, by name and in the store's time."""
    if not isinstance(refused, HandedOverAlready):
        return sentence(refused)
    by, at = refused.facts["by"], _instant(str(refused.facts["at"]))
    name = account_names([by]).get(by, "") if by else ""
    when = moment_text(at, store.zone, "short") if at else ""
    text = (
        _("Already handed over at {at} by {name}. Do not hand it over again.")
        if name
        else _("Already handed over at {at}. Do not hand it over again.")
    )
    return text.format(at=when, name=name)


def _shown(store: StoreFacts, one: OrderView, viewer: Viewer) -> dict[str, Any]:
    member = member_facts([one.member_id]).get(one.member_id) if one.member_id else None
    staff = {step.by for step in one.steps if step.by} - {member.account_id if member else None}
    return {
        "store": store, "order": one, "member": member, "names": _names([one]), "people": account_names(staff), "request_id": new_id(),
        "may_hand_over": one.state == "paid" and viewer.may("orders.hand_over"),
    }  # fmt: skip


def _listed(store: StoreFacts, found: list[OrderView]) -> dict[str, Any]:
    members = member_facts({one.member_id for one in found if one.member_id})
    return {"store": store, "orders": found, "names": _names(found), "members": members}


def _names(orders: list[OrderView]) -> dict[UUID, Any]:
    return dict(sku_facts({line.sku_id for one in orders for line in one.lines}))


def _stores(viewer: Viewer) -> list[Any]:
    return list(stores_visible_to(viewer, "orders.see").filter(closed_at=None).order_by("code"))


def _instant(text: str) -> datetime | None:
    try:
        at = parse_datetime(text)
    except ValueError:
        return None
    return at if at is not None and at.tzinfo is not None else None


urlpatterns = [
    path("store/", today, name="store-today"),
    path("store/orders/", orders, name="store-orders"),
    path("store/orders/<uuid:order_id>/", order, name="store-order"),
    path("store/orders/<uuid:order_id>/hand-over/", hand_over, name="store-hand-over"),
    path("store/hand-over/", scan, name="store-scan"),
    path("store/offline/", offline, name="store-offline"),
    path("store/worker.js", worker, name="store-worker"),
]
