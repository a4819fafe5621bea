"""Returns by post on the store's side: what members ask for, and taking back what came."""

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
from sitong.member.identity.queries import member_facts
from sitong.org.stores.queries import StoreFacts
from sitong.scene.fulfillment.pages import store_page
from sitong.scene.orders.queries import numbers_of
from sitong.scene.returns.actions import approve_request, receive_request, refuse_request
from sitong.scene.returns.actions.facts import orders_now
from sitong.scene.returns.api import RETURN
from sitong.scene.returns.forms import lines_of
from sitong.scene.returns.looks import HOME, why_not
from sitong.scene.returns.queries import wish_detail, wishes
from sitong.scene.returns.words import REASONS, STATES
from sitong.shared.access.gates import page_for
from sitong.shared.access.queries import account_names
from sitong.shared.access.viewer import ViewerRequest
from sitong.shared.clock import now
from sitong.shared.errors import NotFound, Refused

POST_HOME = f"{HOME}post/"


@require_safe
@never_cache
@page_for("store", permission=RETURN)
@store_page
def posted(request: ViewerRequest, store: StoreFacts) -> HttpResponse:
    """List the store's requests to return by post, newest first."""
    found = wishes(request.viewer, store_id=store.id)
    context = {
        "store": store, "wishes": found, "states": STATES, "reasons": REASONS, "numbers": numbers_of({one.order_id for one in found}),
        "members": member_facts({one.member_id for one in found}),
    }  # fmt: skip
    return render(request, "scene/returns/posted.html", context)


@require_safe
@never_cache
@page_for("store", permission=RETURN)
@store_page
def wish(request: ViewerRequest, store: StoreFacts, return_request_id: UUID) -> HttpResponse:
    """Show one request with what can be done now."""
    return _show(request, store, return_request_id, {})


@require_POST
@page_for("store", permission=RETURN)
@store_page
def approve(request: ViewerRequest, store: StoreFacts, return_request_id: UUID) -> HttpResponse:
    """Let the member send the goods."""
    _here(request, store, return_request_id)
    try:
        approve_request(return_request_id, by=request.viewer.account_id, note=request.POST.get("note", ""), now=now())
    except Refused as refused:
        return _show(request, store, return_request_id, {"problem": why_not(refused, store)}, status=409)
    messages.success(request, _("Approved. The member is asked to send the goods."))
    return HttpResponseRedirect(f"{POST_HOME}{return_request_id}/")


@require_POST
@page_for("store", permission=RETURN)
@store_page
def refuse(request: ViewerRequest, store: StoreFacts, return_request_id: UUID) -> HttpResponse:
    """Refuse the request; the member reads why."""
    _here(request, store, return_request_id)
    note = request.POST.get("note", "").strip()
    try:
        if not note:
            return _show(
                request,
                store,
                return_request_id,
                {"problem": _("Say why, so that the member understands.")},
                status=409,
            )
        refuse_request(return_request_id, by=request.viewer.account_id, note=note, now=now())
    except Refused as refused:
        return _show(request, store, return_request_id, {"problem": why_not(refused, store)}, status=409)
    return HttpResponseRedirect(f"{POST_HOME}{return_request_id}/")


@require_POST
@page_for("store", permission=RETURN)
@store_page
def receive(request: ViewerRequest, store: StoreFacts, return_request_id: UUID) -> HttpResponse:
    """Take back what came, as it was counted, and give the money back."""
    _here(request, store, return_request_id)
    one = wish_detail(return_request_id, request.viewer)
    order = orders_now([one.order_id])[one.order_id]
    try:
        receive_request(return_request_id, lines_of(order, request.POST), by=request.viewer.account_id, now=now())
    except Refused as refused:
        return _show(request, store, return_request_id, {"problem": why_not(refused, store)}, status=409)
    return HttpResponseRedirect(f"{HOME}{return_request_id}/")


def _here(request: ViewerRequest, store: StoreFacts, return_request_id: UUID) -> None:
    if wish_detail(return_request_id, request.viewer).store_id != store.id:
        raise NotFound(what="return request")


def _show(
    request: ViewerRequest, store: StoreFacts, return_request_id: UUID, more: dict[str, Any], *, status: int = 200
) -> HttpResponse:
    one = wish_detail(return_request_id, request.viewer)
    if one.store_id != store.id:
        return HttpResponseRedirect(f"{request.path}?store={one.store_id}")
    order = orders_now([one.order_id])[one.order_id]
    member = member_facts([one.member_id]).get(one.member_id)
    asked = dict(one.lines)
    context = {
        "store": store, "wish": one, "order": order, "member": member, "states": STATES, "reasons": REASONS,
        "lines": [(line, min(asked[line.position], max(0, line.left))) for line in order.lines.values() if line.position in asked],
        "asked": asked, "names": sku_facts({line.sku_id for line in order.lines.values()}),
        "people": account_names({step.by for step in one.steps if step.by} - {member.account_id if member else None}), **more,
    }  # fmt: skip
    return render(request, "scene/returns/wish.html", context, status=status)


urlpatterns = [
    path("store/returns/post/", posted, name="store-posted"),
    path("store/returns/post/<uuid:return_request_id>/", wish, name="store-wish"),
    path("store/returns/post/<uuid:return_request_id>/approve/", approve, name="store-wish-approve"),
    path("store/returns/post/<uuid:return_request_id>/refuse/", refuse, name="store-wish-refuse"),
    path("store/returns/post/<uuid:return_request_id>/receive/", receive, name="store-wish-receive"),
]
