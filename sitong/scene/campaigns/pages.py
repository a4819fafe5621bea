"""Campaigns on the store's phone (take part with one tap, change what is one's own, see what came of it) and in its mini shop."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from sitong.marketing.rollout.actions import AdoptionWanted, adopt_templates, leave_templates
from sitong.marketing.rollout.queries import adoptions_of, outcomes_of, parts_shown, pushed_to, running_in
from sitong.marketing.rollout.rules import NOTICE_MAX, Changes, Outcome, PartRef, parts_read
from sitong.org.brands.queries import brand_facts
from sitong.org.stores.queries import StoreFacts, stores_visible_to
from sitong.scene.channels.shop import Visit, shop_page
from sitong.scene.fulfillment.pages import store_page
from sitong.shared import clock
from sitong.shared.access.gates import page_for
from sitong.shared.access.viewer import ViewerRequest
from sitong.shared.clock import business_date
from sitong.shared.errors import NotFound, Refused, sentence

HOME = "/store/campaigns/"


@require_safe
@never_cache
@page_for("store", permission="coupon.see")
@store_page
def store_campaigns(request: ViewerRequest, store: StoreFacts) -> HttpResponse:
    """What headquarters opened to the store, and what it runs with what came of it."""
    at = clock.now()
    found = pushed_to(store, today=business_date(at, store.zone))
    adoptions = adoptions_of([one.id for one in found], [store.id])
    parts = {shown.ref: shown for shown in parts_shown([ref for one in found for ref in parts_read(one.parts)])}
    running, offered = [], []
    for one in found:
        row = adoptions.get((one.id, store.id))
        if row is not None and row.left_at is None:
            outcome = outcomes_of(one, [store], at=at).get(store.id, Outcome())
            running.append(_shown(one, row, parts) | {"outcome": outcome})
        else:
            offered.append(_shown(one, None, parts))
    context = {
        "store": store,
        "running": running,
        "offered": offered,
        "may_choose": _may(request, store),
        "currency": _currency(store),
    }
    return render(request, "scene/campaigns/store.html", context)


@require_POST
@page_for("store", permission="coupon.choose")
@store_page
def take_part(request: ViewerRequest, store: StoreFacts, template_id: UUID) -> HttpResponse:
    """Take part with one tap, or keep the store's own changes."""
    _require(request, store)
    wanted = AdoptionWanted(template_id, store.id, _changes(request, template_id, store))
    (outcome,) = adopt_templates([wanted], by=request.viewer.account_id, now=clock.now())
    if isinstance(outcome, NotFound):
        raise outcome
    if isinstance(outcome, Refused):
        messages.error(request, sentence(outcome))
    else:
        messages.success(request, _("You take part. Customers see it in your mini shop."))
    return HttpResponseRedirect(HOME)


@require_POST
@page_for("store", permission="coupon.choose")
@store_page
def stop(request: ViewerRequest, store: StoreFacts, template_id: UUID) -> HttpResponse:
    """Take part no more; it can be taken up again while the campaign runs."""
    _require(request, store)
    (outcome,) = leave_templates([(template_id, store.id)], by=request.viewer.account_id, now=clock.now())
    if isinstance(outcome, Refused):
        raise outcome
    messages.success(request, _("You take part no more. You can take it up again while it runs."))
    return HttpResponseRedirect(HOME)


@require_safe
@shop_page
def campaign(request: HttpRequest, shop: Visit, template_id: UUID) -> HttpResponse:
    """A campaign that the store runs today: its parts, each with its way in."""
    today = business_date(shop.at, shop.store.zone)
    found = next(
        (pair for pair in running_in(shop.brand.id, shop.store.id, today=today) if pair[0].id == template_id), None
    )
    if found is None:
        raise Http404
    one, row = found
    parts = [(shown, _address(shop, shown.choice.path)) for shown in parts_shown(parts_read(row.parts))]
    return render(
        request,
        "scene/campaigns/campaign.html",
        {"shop": shop, "tab": "home", "template": one, "adoption": row, "parts": parts},
    )


def _shown(one: Any, row: Any, parts: dict[PartRef, Any]) -> dict[str, Any]:
    refs = parts_read(one.parts)
    kept = set(parts_read(row.parts)) if row else set(refs)
    return {
        "template": one, "adoption": row, "parts": [parts[ref] for ref in refs if ref in parts and ref in kept],
        "all_parts": [(parts[ref], ref in kept) for ref in refs if ref in parts], "free": set(one.freedoms),
    }  # fmt: skip


def _changes(request: ViewerRequest, template_id: UUID, store: StoreFacts) -> Changes:
    """Read what the store wants to be its own; taking part with one tap says nothing of it."""
    said = request.POST
    if "own" not in said:
        return Changes()
    found = next(
        (one for one in pushed_to(store, today=business_date(clock.now(), store.zone)) if one.id == template_id), None
    )
    if found is None:
        raise NotFound(what="template")
    ticked = set(said.getlist("part"))
    parts = tuple(ref for ref in parts_read(found.parts) if f"{ref.kind}:{ref.id}" in ticked)
    return Changes(
        said.get("notice", "").replace("\x00", "").strip()[: NOTICE_MAX + 1], _day(said.get("starts_on", "")), _day(said.get("ends_on", "")),
        parts if "parts" in found.freedoms else None,
    )  # fmt: skip


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _address(shop: Visit, way: str) -> str:
    if way.startswith("/"):
        return f"{way}?store={shop.store.code}"
    return f"{shop.home}{way}" if way else ""


def _may(request: ViewerRequest, store: StoreFacts) -> bool:
    return stores_visible_to(request.viewer, "coupon.choose").filter(id=store.id).exists()


def _require(request: ViewerRequest, store: StoreFacts) -> None:
    if not _may(request, store):
        raise NotFound(what="store")


def _currency(store: StoreFacts) -> str:
    return brand_facts([store.brand_id])[store.brand_id].currency


urlpatterns = [
    path("store/campaigns/", store_campaigns, name="store-campaigns"),
    path("store/campaigns/<uuid:template_id>/", take_part),
    path("store/campaigns/<uuid:template_id>/stop/", stop),
    path("s/<slug:brand_code>/<str:store_code>/campaigns/<uuid:template_id>/", campaign, name="shop-campaign"),
]
