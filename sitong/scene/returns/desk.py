"""Returns on the desks of brand and dealer: filtered, with their reasons; and for how long the brand takes goods back."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from sitong.org.brands.queries import brand_facts
from sitong.org.stores.queries import store_facts, stores_visible_to
from sitong.scene.orders.queries import numbers_of
from sitong.scene.returns.actions import set_return_window
from sitong.scene.returns.actions.policy import WINDOW_DAYS_LEAST, WINDOW_DAYS_MOST
from sitong.scene.returns.forms import uuid_of, whole
from sitong.scene.returns.looks import return_context
from sitong.scene.returns.queries import reasons_counted, visible_returns, window_days_of
from sitong.scene.returns.words import CONDITION_NAMES, REASONS, WAYS
from sitong.shared.access.gates import page_for
from sitong.shared.access.viewer import ViewerRequest
from sitong.shared.clock import now
from sitong.shared.errors import Refused, sentence

PAGE = 30


@require_safe
@never_cache
@page_for("brand", "dealer", permission="orders.see")
def returns(request: ViewerRequest) -> HttpResponse:
    """List what came back in the viewer's stores, or had been sold there, with the reasons that people gave."""
    viewer, asked = request.viewer, request.GET
    assert viewer.brand_id is not None
    stores = list(stores_visible_to(viewer, "orders.see").order_by("code"))
    store_id = uuid_of(asked.get("store", ""))
    store_id = store_id if store_id in {store.id for store in stores} else None
    chosen = {name: asked.get(name, "") for name in ("reason", "way", "condition")}
    since, until = _day(asked.get("since", "")), _day(asked.get("until", ""))
    page = max(1, whole(asked.get("page", "1")))
    found = visible_returns(
        viewer, store_id=store_id, reason=chosen["reason"] if chosen["reason"] in REASONS else "",
        way=chosen["way"] if chosen["way"] in WAYS else "", condition=chosen["condition"] if chosen["condition"] in CONDITION_NAMES else "",
        since=since, until=until, limit=PAGE + 1, skip=(page - 1) * PAGE,
    )  # fmt: skip
    counted = reasons_counted(viewer, since=since, until=until)
    context = {
        "home": f"/{viewer.system}/returns/", "returns": found[:PAGE], "next_page": page + 1 if len(found) > PAGE else None, "stores": stores,
        "store_id": store_id, **chosen, "since": since, "until": until, "reasons": REASONS, "ways": WAYS, "conditions": CONDITION_NAMES,
        "by_id": store_facts({one.store_id for one in found} | {one.sold_store_id for one in found}),
        "numbers": numbers_of({one.order_id for one in found}), "counted": counted, "most": max((row[2] for row in counted), default=0),
        "currency": brand_facts([viewer.brand_id])[viewer.brand_id].currency, "window_days": window_days_of(viewer.brand_id),
        "may_set": viewer.system == "brand" and viewer.may("plan.change"), "least": WINDOW_DAYS_LEAST, "longest": WINDOW_DAYS_MOST,
    }  # fmt: skip
    return render(request, "scene/returns/desk.html", context)


@require_safe
@never_cache
@page_for("brand", "dealer", permission="orders.see")
def shown(request: ViewerRequest, return_id: UUID) -> HttpResponse:
    """Show one return: what came back, where the money went, who sold and who took back."""
    context = return_context(request.viewer, return_id) | {"home": f"/{request.viewer.system}/"}
    return render(request, "scene/returns/desk_return.html", context)


@require_POST
@page_for("brand", permission="plan.change")
def window(request: ViewerRequest) -> HttpResponse:
    """Set for how many days after handing over goods are taken back."""
    viewer = request.viewer
    assert viewer.brand_id is not None
    try:
        set_return_window(viewer.brand_id, whole(request.POST.get("window_days", "")), by=viewer.account_id, now=now())
        messages.success(request, _("Saved. It holds from now on, also for orders that are out."))
    except Refused as refused:
        messages.error(request, sentence(refused))
    return HttpResponseRedirect("/brand/returns/")


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        return None


urlpatterns = [
    path("brand/returns/window/", window, name="brand_return_window"),
    *[
        path(f"{system}/returns/{rest}", view, name=f"{system}_{name}")
        for system in ("brand", "dealer")
        for rest, view, name in (("", returns, "returns"), ("<uuid:return_id>/", shown, "return"))
    ],
]
