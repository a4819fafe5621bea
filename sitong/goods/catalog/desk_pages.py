"""Products on the desks of brand and dealer: list, one product with prices, barcodes and adoption, and the forms."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from sitong.goods.catalog.actions import (
    BarcodeAddition,
    BarcodeWanted,
    OfferPlace,
    ProductChange,
    ProductWanted,
    SkuAddition,
    SkuWanted,
    add_barcodes,
    add_products,
    add_skus,
    change_product,
    offer_products,
    recall_offers,
    withdraw_products,
)
from sitong.goods.catalog.forms import (
    CHANNELS,
    LISTS,
    ROLES,
    STORE_KINDS,
    BarcodeForm,
    NewProductForm,
    PriceForm,
    ProductForm,
    SkuForm,
)
from sitong.goods.catalog.models import Category, Offer, Product
from sitong.goods.catalog.queries import category_tree
from sitong.goods.catalog.queries.desk import adoption, prices_visible_to, products_found, products_visible_to
from sitong.goods.pricing.actions import PriceWanted, end_prices, set_prices
from sitong.goods.pricing.models import Price
from sitong.goods.pricing.queries import price_now
from sitong.org.brands.queries import BrandFacts, brand_facts
from sitong.org.dealers.queries import dealers_visible_to
from sitong.org.stores.queries import store_facts, stores_visible_to
from sitong.shared import clock
from sitong.shared.access.gates import page_for
from sitong.shared.access.viewer import Viewer
from sitong.shared.errors import NotFound, Refused, sentence
from sitong.shared.ids import id_in

PAGE = 50


@page_for("brand", "dealer", permission="goods.see")
@require_safe
def product_list(request: HttpRequest) -> HttpResponse:
    """The products in reach, with search, department and their regular price; products can be ticked and offered."""
    viewer = _viewer(request)
    brand = _brand(viewer)
    found = _of_category(products_found(viewer, request.GET.get("q", "")), id_in(request.GET.get("category", "")))
    found = found.filter(withdrawn_at__isnull=request.GET.get("withdrawn", "") != "1").prefetch_related("skus")
    page = Paginator(found, PAGE).get_page(request.GET.get("page"))
    skus = {product.id: sorted(product.skus.all(), key=lambda sku: sku.code) for product in page}
    first = [own[0].id for own in skus.values() if own]
    prices = price_now(first, channel="mini_shop", store_kind="", store_id=None, at=clock.now())
    for product in page:
        product.price = prices.get(skus[product.id][0].id) if skus[product.id] else None  # type: ignore[attr-defined]
        product.sku_count = len(skus[product.id])  # type: ignore[attr-defined]
    filled = {
        "page": page, "said": request.GET, "home": _home(viewer), "brand": brand, "tree": category_tree(brand.id), "roles": dict(ROLES),
        "may_change": viewer.system == "brand" and viewer.may("goods.change"), "places": _places(viewer) if viewer.may("goods.change") else [],
    }  # fmt: skip
    return render(request, "goods/catalog/list.html", filled)


@page_for("brand", "dealer", permission="goods.see")
@require_safe
def product_detail(request: HttpRequest, product_id: UUID) -> HttpResponse:
    """One product: its SKUs with barcodes, its prices past, present and to come, where it is offered, how far it is taken up."""
    return _detail(request, _seen(request, product_id))


@page_for("brand", permission="goods.change")
@require_http_methods(["GET", "POST"])
def new_product(request: HttpRequest) -> HttpResponse:
    """Add a product with its first SKU."""
    viewer = _viewer(request)
    form = NewProductForm(request.POST or None, categories=_category_choices(viewer))
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        barcodes = (BarcodeWanted(said["barcode"]),) if said["barcode"] else ()
        sku = SkuWanted(said["code"], weighed=said["weighed"], barcodes=barcodes)
        wanted = ProductWanted(_brand(viewer).id, said["code"], skus=(sku,), **_facts(said))
        (outcome,) = add_products([wanted], by=viewer.account_id, now=clock.now())
        if not isinstance(outcome, Refused):
            if said["price"] is not None and viewer.may("price.change"):
                set_prices([PriceWanted(sku.id, said["price"])], by=viewer.account_id, now=clock.now())
            messages.success(request, _("The product is added. Offer it now, so that stores can adopt it."))
            return HttpResponseRedirect(f"/brand/products/{outcome.id}/")
        form.add_error(None, sentence(outcome))
    filled = {"form": form, "heading": _("Add a product"), "back": "/brand/products/"}
    return render(request, "goods/catalog/form.html", filled, status=422 if form.errors else 200)


@page_for("brand", permission="goods.change")
@require_http_methods(["GET", "POST"])
def edit_product(request: HttpRequest, product_id: UUID) -> HttpResponse:
    """Change a product's own facts."""
    viewer = _viewer(request)
    product = _seen(request, product_id)
    initial = {name: getattr(product, name) for name in ProductForm.base_fields}
    form = ProductForm(request.POST or None, initial=initial, categories=_category_choices(viewer))
    if request.method == "POST" and form.is_valid():
        change_product(product.id, ProductChange(**_facts(form.cleaned_data)), by=viewer.account_id, now=clock.now())
        messages.success(request, _("Saved."))
        return HttpResponseRedirect(f"/brand/products/{product.id}/")
    filled = {"form": form, "heading": product.name, "back": f"/brand/products/{product.id}/"}
    return render(request, "goods/catalog/form.html", filled, status=422 if form.errors else 200)


@page_for("brand", permission="price.change")
@require_POST
def set_price(request: HttpRequest, product_id: UUID, sku_id: UUID) -> HttpResponse:
    """Set a price of a SKU: the one in force ends."""
    viewer = _viewer(request)
    product = _seen(request, product_id)
    if not product.skus.filter(id=sku_id).exists():
        raise NotFound(sku_id=sku_id)
    form = PriceForm(request.POST)
    if form.is_valid():
        said = dict(form.cleaned_data)
        wanted = PriceWanted(sku_id, said.pop("amount"), **said)
        (outcome,) = set_prices([wanted], by=viewer.account_id, now=clock.now())
        if not isinstance(outcome, Refused):
            messages.success(request, _("The price is set."))
            return HttpResponseRedirect(f"/brand/products/{product.id}/")
        form.add_error(None, sentence(outcome))
    return _detail(request, product, price_form=form, price_sku=sku_id)


@page_for("brand", permission="price.change")
@require_POST
def end_price(request: HttpRequest, product_id: UUID, price_id: UUID) -> HttpResponse:
    """End a price now, or take back one that is still to come."""
    viewer = _viewer(request)
    product = _seen(request, product_id)
    if not Price.objects.filter(id=price_id, sku__product=product).exists():
        raise NotFound(price_id=price_id)
    end_prices([price_id], by=viewer.account_id, now=clock.now())
    messages.success(request, _("The price has ended."))
    return HttpResponseRedirect(f"/brand/products/{product.id}/")


@page_for("brand", permission="goods.change")
@require_POST
def add_sku(request: HttpRequest, product_id: UUID) -> HttpResponse:
    """Add a variant."""
    product, form = _seen(request, product_id), SkuForm(request.POST)
    if form.is_valid():
        said = dict(form.cleaned_data)
        barcode = said.pop("barcode")
        sku = SkuWanted(barcodes=(BarcodeWanted(barcode),) if barcode else (), **said)
        (outcome,) = add_skus([SkuAddition(product.id, sku)], by=_viewer(request).account_id, now=clock.now())
        _say(request, [outcome], _("The variant is added."))
    else:
        messages.error(request, _("Please fill in the code of the variant."))
    return HttpResponseRedirect(f"/brand/products/{product.id}/")


@page_for("brand", permission="goods.change")
@require_POST
def add_barcode(request: HttpRequest, product_id: UUID, sku_id: UUID) -> HttpResponse:
    """Add a barcode to a SKU."""
    product, form = _seen(request, product_id), BarcodeForm(request.POST)
    if not product.skus.filter(id=sku_id).exists():
        raise NotFound(sku_id=sku_id)
    if form.is_valid():
        wanted = BarcodeAddition(sku_id, form.cleaned_data["gtin"], form.cleaned_data["units"])
        _say(
            request, add_barcodes([wanted], by=_viewer(request).account_id, now=clock.now()), _("The barcode is added.")
        )
    else:
        messages.error(request, _("That is no barcode."))
    return HttpResponseRedirect(f"/brand/products/{product.id}/")


@page_for("brand", permission="goods.change")
@require_POST
def withdraw(request: HttpRequest, product_id: UUID) -> HttpResponse:
    """Withdraw a product from the catalog and every shelf."""
    product = _seen(request, product_id)
    _say(
        request,
        withdraw_products([product.id], by=_viewer(request).account_id, now=clock.now()),
        _("The product is withdrawn."),
    )
    return HttpResponseRedirect(f"/brand/products/{product.id}/")


@page_for("brand", permission="goods.change")
@require_POST
def offer(request: HttpRequest) -> HttpResponse:
    """Offer the ticked products to the chosen places, or take those offers back."""
    viewer = _viewer(request)
    wanted = {one for one in map(id_in, request.POST.getlist("product")) if one}
    products = list(products_visible_to(viewer).filter(id__in=wanted).values_list("id", flat=True))
    known = {f"{kind}:{place_id}" for kind, place_id, *_rest in _places(viewer)}
    places = [
        OfferPlace(kind, UUID(place_id))
        for kind, _colon, place_id in (one.partition(":") for one in request.POST.getlist("place") if one in known)
    ]
    if not products or not places:
        messages.error(request, _("Choose at least one product and one place."))
    elif "recall" in request.POST:
        gone = recall_offers(products, places, by=viewer.account_id, now=clock.now())
        messages.success(
            request,
            ngettext("%(count)s offer is taken back.", "%(count)s offers are taken back.", gone) % {"count": gone},
        )
    else:
        _say(
            request,
            offer_products(products, places, by=viewer.account_id, now=clock.now()),
            _("Offered. The stores can adopt now."),
        )
    back = f"/brand/products/{products[0]}/" if "one" in request.POST and products else "/brand/products/"
    return HttpResponseRedirect(back)


@page_for("brand", "dealer", permission="goods.see")
@require_safe
def adoption_page(request: HttpRequest) -> HttpResponse:
    """Adoption by level of all that is offered."""
    viewer = _viewer(request)
    return render(request, "goods/catalog/adoption.html", {"rows": adoption(viewer), "home": _home(viewer)})


def _detail(
    request: HttpRequest, product: Product, *, price_form: PriceForm | None = None, price_sku: UUID | None = None
) -> HttpResponse:
    viewer, at = _viewer(request), clock.now()
    skus = list(product.skus.prefetch_related("barcodes").order_by("code"))
    held = price_now([sku.id for sku in skus], channel="mini_shop", store_kind="", store_id=None, at=at)
    history: dict[UUID, list[Price]] = {}
    for price in prices_visible_to(viewer, [sku.id for sku in skus]):
        state = "to_come" if price.starts_at > at else "over" if price.ends_at and price.ends_at <= at else "in_force"
        price.state = state  # type: ignore[attr-defined]
        history.setdefault(price.sku_id, []).append(price)
    for sku in skus:
        sku.held, sku.history = held.get(sku.id), history.get(sku.id, [])  # type: ignore[attr-defined]
        sku.price_form = price_form if sku.id == price_sku else PriceForm()  # type: ignore[attr-defined]
    brand = _brand(viewer)
    stores = store_facts({price.store_id for own in history.values() for price in own if price.store_id})
    filled = {
        "product": product, "skus": skus, "brand": brand, "home": _home(viewer), "at": at, "roles": dict(ROLES), "lists": dict(LISTS),
        "channels": dict(CHANNELS), "kinds": dict(STORE_KINDS), "priced_stores": stores, "adoption": adoption(viewer, product_id=product.id),
        "offers": _offers_named(viewer, product) if viewer.system == "brand" else [],
        "may_change": viewer.system == "brand" and viewer.may("goods.change") and product.withdrawn_at is None,
        "may_price": viewer.system == "brand" and viewer.may("price.change") and product.withdrawn_at is None,
        "places": _places(viewer) if viewer.system == "brand" else [], "sku_form": SkuForm(), "barcode_form": BarcodeForm(),
    }  # fmt: skip
    return render(request, "goods/catalog/detail.html", filled, status=422 if price_form else 200)


def _places(viewer: Viewer) -> list[tuple[str, UUID, str, str, int]]:
    """Give where the brand can offer to, as a tree in a list: kind, id, names, depth."""
    brand = _brand(viewer)
    found: list[tuple[str, UUID, str, str, int]] = [("brand", brand.id, brand.name, brand.name_en, 0)]
    stores: dict[UUID | None, list[Any]] = {}
    for store in stores_visible_to(viewer, "org.see").filter(closed_at=None).order_by("code"):
        stores.setdefault(store.dealer_id, []).append(store)
    for dealer in dealers_visible_to(viewer).filter(closed_at=None).order_by("path").defer("territory"):
        depth = dealer.path.count("/")
        found.append(("dealer", dealer.id, dealer.name, dealer.name_en, depth))
        found += [("store", store.id, store.name, store.name_en, depth + 1) for store in stores.pop(dealer.id, [])]
    found += [("store", store.id, store.name, store.name_en, 1) for own in stores.values() for store in own]
    return found


def _offers_named(viewer: Viewer, product: Product) -> list[dict[str, Any]]:
    names = {place_id: (name, name_en) for _kind, place_id, name, name_en, _depth in _places(viewer)}
    offers = Offer.objects.filter(product=product).order_by("place_kind", "at")[:500]
    return [
        {"kind": one.place_kind, "at": one.at, "name": names[one.place_id][0], "name_en": names[one.place_id][1]}
        for one in offers
        if one.place_id in names
    ]


def _of_category(found: QuerySet[Product], category_id: UUID | None) -> QuerySet[Product]:
    if category_id is None:
        return found
    below = Category.objects.filter(parent_id=category_id).values_list("id", flat=True)
    return found.filter(category_id__in=[category_id, *below])


def _category_choices(viewer: Viewer) -> list[tuple[str, str]]:
    """Give departments and, set in, their categories."""
    return [
        (str(one.id), f"{'　' * depth}{one.name}")
        for top in category_tree(_brand(viewer).id)
        for depth, one in ((0, top), *((1, below) for below in top.children))
    ]


def _facts(said: dict[str, Any]) -> dict[str, Any]:
    """Give what a product form says, as ProductWanted and ProductChange take it."""
    facts = {
        name: said[name]
        for name in ("name", "name_en", "maker", "picture", "role", "rank", "description", "description_en")
    }
    return {**facts, "category_id": UUID(said["category_id"]) if said["category_id"] else None}


def _say(request: HttpRequest, outcomes: list[Any], done: str) -> None:
    refused = [one for one in outcomes if isinstance(one, Refused)]
    for text in {sentence(one) for one in refused[:3]}:
        messages.error(request, text)
    if len(refused) < len(outcomes):
        messages.success(request, done)


def _seen(request: HttpRequest, product_id: UUID) -> Product:
    product = products_visible_to(_viewer(request)).select_related("category__parent").filter(id=product_id).first()
    if product is None:
        raise NotFound(product_id=product_id)
    return product


def _viewer(request: HttpRequest) -> Viewer:
    viewer: Viewer = request.viewer  # type: ignore[attr-defined]
    return viewer


def _brand(viewer: Viewer) -> BrandFacts:
    if viewer.brand_id is None:
        raise NotFound()
    return brand_facts([viewer.brand_id])[viewer.brand_id]


def _home(viewer: Viewer) -> str:
    return f"/{viewer.system}/products/"


urlpatterns = [
    path("brand/products/", product_list),
    path("brand/products/new/", new_product),
    path("brand/products/offer/", offer),
    path("brand/products/adoption/", adoption_page),
    path("brand/products/<uuid:product_id>/", product_detail),
    path("brand/products/<uuid:product_id>/edit/", edit_product),
    path("brand/products/<uuid:product_id>/withdraw/", withdraw),
    path("brand/products/<uuid:product_id>/skus/", add_sku),
    path("brand/products/<uuid:product_id>/skus/<uuid:sku_id>/price/", set_price),
    path("brand/products/<uuid:product_id>/skus/<uuid:sku_id>/barcode/", add_barcode),
    path("brand/products/<uuid:product_id>/prices/<uuid:price_id>/end/", end_price),
    path("dealer/products/", product_list),
    path("dealer/products/adoption/", adoption_page),
    path("dealer/products/<uuid:product_id>/", product_detail),
]
