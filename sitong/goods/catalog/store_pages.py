"""A store's shelf on the clerk's phone: what is offered, adopt with one tap, put on and off the shelf."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.core.paginator import Paginator
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path
from django.views.decorators.http import require_POST, require_safe

from sitong.goods.catalog.actions import adopt_products, shelve_products, unshelve_products
from sitong.goods.catalog.models import Listing, Offer, Product
from sitong.goods.catalog.queries.places import places_above
from sitong.goods.catalog.queries.search import ranking
from sitong.goods.pricing.queries import price_now
from sitong.org.brands.queries import brand_facts
from sitong.org.stores.queries import StoreFacts, store_facts, stores_visible_to
from sitong.shared import clock
from sitong.shared.access.gates import page_for
from sitong.shared.access.viewer import Viewer
from sitong.shared.errors import NotFound, Refused

PAGE = 30
TABS = ("offered", "on", "off")
ACTIONS = {"adopt": adopt_products, "shelve": shelve_products, "unshelve": unshelve_products}


@page_for("store", permission="shelf.change")
@require_safe
def shelf(request: HttpRequest) -> HttpResponse:
    """Three lists: offered and not yet adopted, on the shelf, adopted but off it."""
    viewer: Viewer = request.viewer  # type: ignore[attr-defined]
    stores = list(stores_visible_to(viewer, "shelf.change").filter(closed_at=None).order_by("code"))
    store = _chosen(stores, request.GET.get("store", ""))
    tab = request.GET.get("tab", "on") if request.GET.get("tab", "on") in TABS else "on"
    words = request.GET.get("q", "").replace("\x00", "").strip()
    lists = {name: _listed(store, name) for name in TABS}
    found = lists[tab].filter(id__in=ranking(store.brand_id, words)) if words else lists[tab]
    page = Paginator(found.order_by("-rank", "-id"), PAGE).get_page(request.GET.get("page"))
    filled = {
        "store": store, "stores": stores, "tab": tab, "q": words, "page": page, "rows": [_row(store, one, tab) for one in _priced(store, list(page))],
        "counts": {name: one.count() for name, one in lists.items()}, "currency": _currency(store),
    }  # fmt: skip
    template = "goods/catalog/shelf_rows.html" if request.headers.get("HX-Request") else "goods/catalog/shelf.html"
    return render(request, template, filled)


@page_for("store", permission="shelf.change")
@require_POST
def change(request: HttpRequest, store_id: UUID, verb: str) -> HttpResponse:
    """Adopt, shelve or unshelve one product; answers with its row, or leads back to the list without htmx."""
    viewer: Viewer = request.viewer  # type: ignore[attr-defined]
    store = _chosen(list(stores_visible_to(viewer, "shelf.change").filter(closed_at=None)), str(store_id))
    try:
        product_id = UUID(request.POST.get("product", ""))
    except ValueError:
        raise NotFound() from None
    now = clock.now()
    (outcome,) = ACTIONS[verb](store.id, [product_id], by=viewer.account_id, now=now)
    if verb == "adopt" and not isinstance(outcome, Refused):
        (outcome,) = shelve_products(
            store.id, [product_id], by=viewer.account_id, now=now
        )  # one tap: adopted things are for sale
    if isinstance(outcome, Refused):
        raise outcome
    if not request.headers.get("HX-Request"):
        return HttpResponseRedirect(f"/store/shelf/?store={store.id}")
    product = Product.objects.select_related("category").filter(id=product_id).first()
    row = _row(store, _priced(store, [product] if product else [])[0], "off" if verb == "unshelve" else "on")
    return render(request, "goods/catalog/shelf_row.html", {"row": row, "store": store, "currency": _currency(store)})


def _listed(store: StoreFacts, tab: str) -> QuerySet[Product]:
    alive = Product.objects.filter(brand_id=store.brand_id, withdrawn_at=None).select_related("category")
    listing = Listing.objects.filter(store_id=store.id, product_id=OuterRef("id"))
    if tab == "offered":
        offer = Offer.objects.filter(product_id=OuterRef("id"), place_id__in=places_above(store))
        return alive.filter(Exists(offer), ~Exists(listing))
    return alive.filter(Exists(listing.filter(shelved_at__isnull=tab == "off")))


def _priced(store: StoreFacts, products: list[Product]) -> list[Product]:
    """Give each product the price of its first SKU at the store's counter."""
    skus: dict[UUID, UUID] = {}
    for product_id, sku_id in (
        Product.objects.filter(id__in=[one.id for one in products]).order_by("skus__code").values_list("id", "skus__id")
    ):
        skus.setdefault(product_id, sku_id)
    prices = price_now(
        [one for one in skus.values() if one], channel="pos", store_kind=store.kind, store_id=store.id, at=clock.now()
    )
    for product in products:
        product.price = prices.get(skus[product.id]) if product.id in skus else None  # type: ignore[attr-defined]
    return products


def _row(store: StoreFacts, product: Product, tab: str) -> dict[str, Any]:
    return {"product": product, "tab": tab, "address": f"/store/shelf/{store.id}/"}


def _chosen(stores: list[Any], wanted: str) -> StoreFacts:
    """Give the facts of the wanted store, or of the first; NotFound for one that is not the viewer's."""
    ids = {str(one.id): one.id for one in stores}
    chosen = ids.get(wanted) if wanted else next(iter(ids.values()), None)
    if chosen is None:
        raise NotFound(store_id=wanted)
    return store_facts([chosen])[chosen]


def _currency(store: StoreFacts) -> str:
    return brand_facts([store.brand_id])[store.brand_id].currency


urlpatterns = [
    path("store/shelf/", shelf),
    *(path(f"store/shelf/<uuid:store_id>/{verb}/", change, {"verb": verb}) for verb in ACTIONS),
]
