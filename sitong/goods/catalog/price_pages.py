"""Prices on the brand's desk: what is reduced now, what is planned, what was set lately."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.views.decorators.http import require_safe

from sitong.goods.catalog.forms import CHANNELS, STORE_KINDS
from sitong.goods.catalog.queries.search import ranking
from sitong.goods.pricing.models import Price, PriceList
from sitong.org.brands.queries import brand_facts
from sitong.org.stores.queries import store_facts
from sitong.shared import clock
from sitong.shared.access.gates import page_for
from sitong.shared.access.viewer import Viewer
from sitong.shared.errors import NotFound

PAGE = 50
LATELY = timedelta(days=30)
TABS = ("promotions", "planned", "lately")


@page_for("brand", permission="goods.see")
@require_safe
def price_list(request: HttpRequest) -> HttpResponse:
    """Promotions in force, prices to come, or prices that began in the last thirty days; with search."""
    viewer: Viewer = request.viewer  # type: ignore[attr-defined]
    if viewer.brand_id is None:
        raise NotFound()
    at = clock.now()
    tab = request.GET.get("tab", "") if request.GET.get("tab", "") in TABS else TABS[0]
    words = request.GET.get("q", "").replace("\x00", "").strip()
    own = Price.objects.filter(brand_id=viewer.brand_id).select_related("sku__product__category")
    if words:
        own = own.filter(Q(sku__product_id__in=ranking(viewer.brand_id, words)) | Q(sku__code__istartswith=words))
    lists: dict[str, QuerySet[Price]] = {
        "promotions": own.filter(price_list=PriceList.PROMOTION, starts_at__lte=at, ends_at__gt=at).order_by(
            "ends_at", "id"
        ),
        "planned": own.filter(starts_at__gt=at).order_by("starts_at", "id"),
        "lately": own.filter(starts_at__lte=at, starts_at__gt=at - LATELY).order_by("-starts_at", "-id"),
    }
    page = Paginator(lists[tab], PAGE).get_page(request.GET.get("page"))
    filled: dict[str, Any] = {
        "page": page, "tab": tab, "q": words, "brand": brand_facts([viewer.brand_id])[viewer.brand_id], "channels": dict(CHANNELS),
        "kinds": dict(STORE_KINDS), "stores": store_facts({price.store_id for price in page if price.store_id}),
    }  # fmt: skip
    return render(request, "goods/catalog/prices.html", filled)


urlpatterns = [path("brand/prices/", price_list)]
