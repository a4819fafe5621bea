"""Returns at the counter: find by receipt or member, choose what comes back, see what goes back, confirm, hand out."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from sitong.goods.catalog.queries import sku_facts
from sitong.member.identity.queries import MemberFacts, ids_of, member_by_code, member_by_phone
from sitong.org.stores.queries import StoreFacts, store_facts, stores_visible_to
from sitong.scene.fulfillment.pages import store_page
from sitong.scene.orders.actions import CancelWanted
from sitong.scene.orders.paying import cancel_order
from sitong.scene.orders.queries import numbers_of
from sitong.scene.returns import desk, exchanging, own, posting
from sitong.scene.returns.actions import ReturnWanted, return_goods
from sitong.scene.returns.api import OVERRIDE, RETURN, may_at
from sitong.scene.returns.finding import drawer_at, is_late, order_by_receipt, preview_of, recent_orders
from sitong.scene.returns.forms import lines_of, reason_of, uuid_of
from sitong.scene.returns.looks import HOME, return_context, why_not
from sitong.scene.returns.queries import visible_returns, wishes
from sitong.scene.returns.rules import OrderNow
from sitong.scene.returns.words import KINDS, REASONS
from sitong.shared.access.gates import page_for
from sitong.shared.access.limits import Limit, hold_to
from sitong.shared.access.viewer import Viewer, ViewerRequest
from sitong.shared.clock import now
from sitong.shared.errors import NotFound, Refused, sentence
from sitong.shared.ids import new_id

RECENT = 20
MEMBER_LOOKS = Limit("members looked up at a till", 60, 2)
"""The till's own: one account tries no numbers out, whichever page it uses."""


@require_safe
@never_cache
@page_for("store", permission=RETURN)
@store_page
def start(request: ViewerRequest, store: StoreFacts) -> HttpResponse:
    """Scan or type a receipt, or find a member's orders; below, what came back here of late."""
    viewer, text = request.viewer, (request.GET.get("receipt") or request.GET.get("order") or "").strip()
    context: dict[str, Any] = {"store": store, "wide": request.path.startswith("/store/till/")}
    if text:
        member = _member(viewer, text)
        if member is not None:
            context |= {"member": member, "orders": recent_orders(viewer, ids_of([member.id])), "text": text}
            context["names"] = _names(context["orders"])
        elif order_by_receipt(viewer, text, store_id=store.id) is not None:
            return HttpResponseRedirect(f"{HOME}new/?receipt={_number(viewer, text, store.id)}")
        else:
            context |= {
                "text": text,
                "problem": _("Nothing was found under {text}. Look at the receipt again.").format(text=text[:40]),
            }
    if "orders" not in context:
        found = visible_returns(viewer, store_id=store.id, limit=RECENT)
        context |= {
            "returns": found, "reasons": REASONS, "waiting": len(wishes(viewer, store_id=store.id, open_only=True)),
            "numbers": numbers_of({one.order_id for one in found}),
        }  # fmt: skip
    return render(request, "scene/returns/start.html", context)


@require_safe
@never_cache
@page_for("store", permission=RETURN)
@store_page
def choose(request: ViewerRequest, store: StoreFacts) -> HttpResponse:
    """Show the order of a receipt and let the clerk say what of it comes back, and in what condition."""
    return _choose(request, store, _order(request, store, request.GET), {})


@require_POST
@page_for("store", permission=RETURN)
@store_page
def sums(request: ViewerRequest, store: StoreFacts) -> HttpResponse:
    """Give what would go back for what is chosen now: asked by htmx at every change."""
    order = _order(request, store, request.POST)
    lines = lines_of(order, request.POST)
    context: dict[str, Any] = {"order": order, "kinds": KINDS, "chosen": bool(lines)}
    if lines:
        found = preview_of(ReturnWanted(order.id, order.id, store.id, lines), order, now=now())
        context |= {"problem": why_not(found, store)} if isinstance(found, Refused) else {"preview": found}
    return render(request, "scene/returns/sums.html", context)


@require_POST
@page_for("store", permission=RETURN)
@store_page
def make(request: ViewerRequest, store: StoreFacts) -> HttpResponse:
    """Take the goods back. Sent again, the same page comes again."""
    viewer, order = request.viewer, _order(request, store, request.POST)
    late_reason = request.POST.get("late_reason", "").strip()[:200]
    if late_reason and not may_at(viewer, store.id, OVERRIDE):
        late_reason = ""
    wanted = ReturnWanted(
        uuid_of(request.POST.get("id", "")) or new_id(), order.id, store.id, lines_of(order, request.POST), viewer.account_id,
        "counter", reason_of(request.POST), request.POST.get("note", "").strip()[:200], late_reason,
        shift_id=drawer_at(store.id, by=viewer.account_id),
    )  # fmt: skip
    (outcome,) = return_goods([wanted], now=now())
    if isinstance(outcome, Refused):
        return _choose(request, store, order, {"problem": why_not(outcome, store)}, status=409)
    return HttpResponseRedirect(f"{HOME}{outcome.id}/")


@require_safe
@never_cache
@page_for("store", permission=RETURN)
@store_page
def shown(request: ViewerRequest, store: StoreFacts, return_id: UUID) -> HttpResponse:
    """Show a return: what to hand out, what went back by itself, and its slip."""
    return render(request, "scene/returns/shown.html", return_context(request.viewer, return_id) | {"store": store})


@require_safe
@never_cache
@page_for("store", permission=RETURN)
@store_page
def slip(request: ViewerRequest, store: StoreFacts, return_id: UUID) -> HttpResponse:
    """Give the slip to print: what came back, what went back, and a line to sign for cash."""
    return render(request, "scene/returns/slip.html", return_context(request.viewer, return_id) | {"store": store})


@require_POST
@page_for("store", permission=RETURN)
@store_page
def cancel(request: ViewerRequest, store: StoreFacts) -> HttpResponse:
    """Cancel an order that was paid and never fetched, instead of returning it."""
    order = _order(request, store, request.POST)
    request_id = uuid_of(request.POST.get("request_id", "")) or new_id()
    try:
        cancel_order(CancelWanted(order.id, request_id, request.viewer.account_id, "at the counter"), now=now())
    except Refused as refused:
        return _choose(request, store, order, {"problem": sentence(refused)}, status=409)
    messages.success(request, _("Order {number} is canceled. What was paid goes back.").format(number=order.number))
    return HttpResponseRedirect(HOME)


def _order(request: ViewerRequest, store: StoreFacts, form: Any) -> OrderNow:
    if not stores_visible_to(request.viewer, RETURN).filter(id=store.id).exists():
        raise NotFound(what="store")
    order = order_by_receipt(request.viewer, form.get("receipt", ""), store_id=store.id)
    if order is None:
        raise NotFound(what="order")
    return order


def _choose(
    request: ViewerRequest, store: StoreFacts, order: OrderNow, more: dict[str, Any], *, status: int = 200
) -> HttpResponse:
    viewer = request.viewer
    late = is_late(order, store.id, now=now())
    context = {
        "store": store, "order": order, "lines": list(order.lines.values()), "names": sku_facts({line.sku_id for line in order.lines.values()}),
        "sold": store_facts([order.store_id])[order.store_id], "reasons": REASONS, "late": late, "return_id": new_id(),
        "may_override": late and may_at(viewer, store.id, OVERRIDE), "sent": request.POST,
        "returnable": order.state == "handed_over" and any(line.left > 0 for line in order.lines.values()), **more,
    }  # fmt: skip
    return render(request, "scene/returns/choose.html", context, status=status)


def _member(viewer: Viewer, text: str) -> MemberFacts | None:
    assert viewer.brand_id is not None
    if text.isdecimal() or text.startswith("+"):
        hold_to(MEMBER_LOOKS, str(viewer.account_id), now=now())
    return member_by_phone(viewer.brand_id, text) or member_by_code(viewer.brand_id, text)


def _number(viewer: Viewer, text: str, store_id: UUID) -> str:
    order = order_by_receipt(viewer, text, store_id=store_id)
    assert order is not None
    return str(order.id) if order.source else order.number


def _names(orders: list[OrderNow]) -> dict[UUID, Any]:
    return dict(sku_facts({line.sku_id for one in orders for line in one.lines.values()}))


urlpatterns = [
    path("store/returns/", start, name="store-returns"),
    path("store/till/return/", start, name="till-returns"),
    path("store/returns/new/", choose, name="store-return-new"),
    path("store/returns/sums/", sums, name="store-return-sums"),
    path("store/returns/make/", make, name="store-return-make"),
    path("store/returns/cancel/", cancel, name="store-return-cancel"),
    *exchanging.urlpatterns,
    *posting.urlpatterns,
    path("store/returns/<uuid:return_id>/", shown, name="store-return"),
    path("store/returns/<uuid:return_id>/slip/", slip, name="store-return-slip"),
    *desk.urlpatterns,
    *own.urlpatterns,
]
