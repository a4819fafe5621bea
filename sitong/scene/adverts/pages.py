"""Advertising on the store's phone: how far it is to go, the card as people will see it, and what it brought."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import path
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from sitong.marketing.ads.queries.campaigns import campaigns_of_store, sums_of
from sitong.marketing.ads.queries.progress import progress_of, targets_counting
from sitong.org.brands.queries import brand_facts
from sitong.org.stores.queries import StoreFacts, stores_visible_to
from sitong.scene.fulfillment.pages import store_page
from sitong.shared import clock
from sitong.shared.access.gates import page_for
from sitong.shared.access.viewer import ViewerRequest
from sitong.shared.errors import NotFound

SHOWN = 20


@require_safe
@never_cache
@page_for("store", permission="coupon.see")
@store_page
def store_ads(request: ViewerRequest, store: StoreFacts) -> HttpResponse:
    """The store's targets, and its campaigns with their figures."""
    if not stores_visible_to(request.viewer, "coupon.see").filter(id=store.id).exists():
        raise NotFound(what="store")
    at, brand = clock.now(), brand_facts([store.brand_id])[store.brand_id]
    progress = [
        one
        for target in targets_counting([store.brand_id])
        if target.place_kind == "store"
        for one in progress_of(target, [store.id], now=at)
    ]
    rows = list(campaigns_of_store(store.id)[:SHOWN])
    sums = sums_of([row.id for row in rows])
    context = {
        "store": store, "brand": brand, "currency": brand.currency, "progress": progress, "campaigns": [(row, sums[row.id]) for row in rows],
    }  # fmt: skip
    return render(request, "scene/adverts/store.html", context)


urlpatterns = [path("store/ads/", store_ads, name="store-ads")]
