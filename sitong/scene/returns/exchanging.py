"""Exchange at the counter: what comes back on the left hand, what goes out on the right, and what is to be paid or handed out."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from sitong.goods.catalog.queries import by_barcode, search_shelf, sku_facts
from sitong.org.stores.queries import StoreFacts, store_facts, stores_visible_to
from sitong.scene.cart.queries import Wishes, quote_of
from sitong.scene.cart.rules import TILL, LineWanted, Quote
from sitong.scene.fulfillment.pages import store_page
from sitong.scene.orders.actions import OrderWanted
from sitong.scene.returns.actions import ExchangeWanted, ReturnWanted, TenderGiven, exchange_goods
from sitong.scene.returns.api import OVERRIDE, RETURN, may_at
from sitong.scene.returns.finding import Preview, drawer_at, is_late, order_by_receipt, preview_of
from sitong.scene.returns.forms import lines_of, minor_of, reason_of, uuid_of, whole
from sitong.scene.returns.looks import HOME, why_not
from sitong.scene.returns.rules import OrderNow
from sitong.scene.returns.words import KINDS, REASONS
from sitong.shared.access.gates import page_for
from sitong.shared.access.viewer import ViewerRequest
from sitong.shared.clock import now
from sitong.shared.errors import NotFound, Refused, sentence
from sitong.shared.ids import new_id
from sitong.shared.money import MINOR_DIGITS

FOUND_MAX = 8
OUT = "out_"


@require_safe
@never_cache
@page_for("store", permission=RETURN)
@store_page
def exchange(request: ViewerRequest, store: StoreFacts) -> HttpResponse:
    """Begin an exchange with the order of a receipt."""
    return _show(request, store, _order(request, store, request.GET), {})


@require_POST
@page_for("store", permission=RETURN)
@store_page
def look(request: ViewerRequest, store: StoreFacts) -> HttpResponse:
    """Give the part that changes: what was found, what goes out, and the sums. Asked by htmx."""
    order = _order(request, store, request.POST)
    return render(request, "scene/returns/exchange_part.html", _part(request, store, order))


@require_POST
@page_for("store", permission=RETURN)
@store_page
def make(request: ViewerRequest, store: StoreFacts) -> HttpResponse:
    """Make the exchange: both halves, or neither. Sent again, the same page comes again."""
    viewer, order = request.viewer, _order(request, store, request.POST)
    assert viewer.brand_id is not None
    late_reason = request.POST.get("late_reason", "").strip()[:200] if may_at(viewer, store.id, OVERRIDE) else ""
    returned = ReturnWanted(
        uuid_of(request.POST.get("id", "")) or new_id(), order.id, store.id, lines_of(order, request.POST), viewer.account_id,
        "counter", reason_of(request.POST), request.POST.get("note", "").strip()[:200], late_reason,
        shift_id=drawer_at(store.id, by=viewer.account_id),
    )  # fmt: skip
    wanted = OrderWanted(
        uuid_of(request.POST.get("order_id", "")) or new_id(), viewer.brand_id, store.id, order.member_id, _going_out(request),
        whole(request.POST.get("total", "")), TILL, "till", viewer.account_id,
    )  # fmt: skip
    due = whole(request.POST.get("due", ""))
    given = minor_of(request.POST.get("given", ""), MINOR_DIGITS[order.currency])
    tenders = (TenderGiven("cash", due, given or due),) if due else ()
    try:
        made = exchange_goods(ExchangeWanted(returned, wanted, tenders, paid_whole=True), now=now())
    except Refused as refused:
        return _show(request, store, order, {"problem": why_not(refused, store)}, status=409)
    return HttpResponseRedirect(f"{HOME}{made.returned.id}/")


def _order(request: ViewerRequest, store: StoreFacts, form: Any) -> OrderNow:
    if not stores_visible_to(request.viewer, RETURN).filter(id=store.id).exists():
        raise NotFound(what="store")
    order = order_by_receipt(request.viewer, form.get("receipt", ""), store_id=store.id)
    if order is None:
        raise NotFound(what="order")
    return order


def _show(
    request: ViewerRequest, store: StoreFacts, order: OrderNow, more: dict[str, Any], *, status: int = 200
) -> HttpResponse:
    context = {
        **_part(request, store, order), "lines": list(order.lines.values()), "sold": store_facts([order.store_id])[order.store_id],
        "reasons": REASONS, "return_id": new_id(), "order_id": new_id(), "sent": request.POST,
        "late": is_late(order, store.id, now=now()), "may_override": may_at(request.viewer, store.id, OVERRIDE),
        "returnable": order.state == "handed_over" and any(line.left > 0 for line in order.lines.values()), **more,
    }  # fmt: skip
    return render(request, "scene/returns/exchange.html", context, status=status)


def _part(request: ViewerRequest, store: StoreFacts, order: OrderNow) -> dict[str, Any]:
    out = _going_out(request)
    quoted: Quote | None = None
    if out:
        quoted = quote_of(
            out, brand_id=store.brand_id, store_id=store.id, channel=TILL, at=now(), wishes=Wishes(order.member_id)
        )
    back = lines_of(order, request.POST) if request.method == "POST" else ()
    found = preview_of(ReturnWanted(order.id, order.id, store.id, back), order, now=now()) if back else None
    refund = found.refund_minor if isinstance(found, Preview) else 0
    total = quoted.total_minor if quoted else 0
    words = request.POST.get("find", "").strip()[:80]
    results = _found(store, words) if words else []
    names = sku_facts({line.sku_id for line in order.lines.values()} | {line.sku_id for line in out} | set(results))
    return {
        "store": store, "order": order, "out": out, "quoted": {line.sku_id: line for line in quoted.lines} if quoted else {},
        "gone": {key: sentence(why) for key, why in quoted.refused.items()} if quoted else {},
        "results": results, "words": words, "names": names, "refund": refund, "total": total, "due": max(0, total - refund),
        "over": max(0, refund - total), "kinds": KINDS, "chosen_back": bool(back), "sent": request.POST,
        "trouble": why_not(found, store) if isinstance(found, Refused) else "",
    }  # fmt: skip


def _going_out(request: HttpRequest) -> tuple[LineWanted, ...]:
    """Give what goes out: the fields `out_<sku>`, and one more of what was just added."""
    units: dict[UUID, int] = {}
    for name, text in request.POST.items():
        if name.startswith(OUT) and isinstance(text, str) and (sku_id := uuid_of(name.removeprefix(OUT))):
            units[sku_id] = whole(text)
    if added := uuid_of(request.POST.get("add", "")):
        facts = sku_facts([added]).get(added)
        units[added] = units.get(added, 0) + (500 if facts and facts.weighed else 1)
    return tuple(LineWanted(sku_id, quantity) for sku_id, quantity in list(units.items())[:50] if quantity)


def _found(store: StoreFacts, words: str) -> list[UUID]:
    """Give the SKUs that a scan or words name, best first."""
    scan = by_barcode(store.brand_id, words)
    if scan is not None:
        return [scan.sku_id]
    return [item.sku_id for item in search_shelf(store, words, channel=TILL, at=now(), limit=FOUND_MAX).items]


urlpatterns = [
    path("store/returns/exchange/", exchange, name="store-exchange"),
    path("store/returns/exchange/look/", look, name="store-exchange-look"),
    path("store/returns/exchange/make/", make, name="store-exchange-make"),
]
