"""What a store is owed for the boxes that it has scanned in."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import path
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from sitong.marketing.scans.queries import rebate_owed_minor, rebate_plans_open, rebates_of
from sitong.org.brands.queries import brand_facts
from sitong.org.stores.queries import StoreFacts
from sitong.scene.fulfillment.pages import store_page
from sitong.shared.access.gates import page_for
from sitong.shared.access.viewer import ViewerRequest
from sitong.shared.clock import now


@require_safe
@never_cache
@page_for("store", permission="stock.see")
@store_page
def rebates(request: ViewerRequest, store: StoreFacts) -> HttpResponse:
    """Show what the store has earned by scanned receipts, and what it can earn now."""
    brand = brand_facts([store.brand_id])[store.brand_id]
    context = {
        "store": store, "currency": brand.currency, "owed_minor": rebate_owed_minor(store.id), "rows": rebates_of(store.id),
        "plans": rebate_plans_open(store.brand_id, at=now()),
    }  # fmt: skip
    return render(request, "scene/scans/rebates.html", context)


urlpatterns = [path("store/rebates/", rebates, name="store-rebates")]
