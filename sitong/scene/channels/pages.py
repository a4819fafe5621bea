"""The mini shop's shelves: home, categories, search, product. The same for every visitor; the cart's number comes from a cookie."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import path, re_path
from django.utils.cache import patch_vary_headers
from django.utils.translation import get_language
from django.views.decorators.cache import cache_control
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_safe

from sitong.goods.catalog.queries import ShelfPage, search_shelf, shelf_page, shelf_product
from sitong.goods.catalog.queries.categories import CategoryFacts
from sitong.org.brands.queries import brand_by_code
from sitong.org.stores.queries import open_stores_of
from sitong.scene.channels.doors import Doorway, doors_of
from sitong.scene.channels.rules import SCENES
from sitong.scene.channels.shelves import HOMES, Bytes, categories_of, departments_of
from sitong.scene.channels.shop import CHANNEL, Visit, shop_page, visit_of
from sitong.scene.channels.tags import promotions_on, tags_of
from sitong.shared.access.scope import brands_shown

HOME_DEPARTMENTS = 9
PAGE = 20
WORDS_MAX = 80
SCENE_COOKIE = "st_scene"
SCENE_KEPT_S = 24 * 3600


@require_safe
def home(request: HttpRequest, brand_code: str, store_code: str) -> HttpResponse:
    """Show the store, its departments, and what everybody buys. The same bytes for all, up to five seconds old.

    `?from=scan` keeps for a day what brought the visitor, for the orders that follow.
    """
    shop = visit_of(request, brand_code, store_code)
    page = HOMES.get((shop.store.id, get_language()), lambda: _home(shop))
    packed = "gzip" in request.headers.get("Accept-Encoding", "")
    if request.headers.get("If-None-Match") == page.etag:
        response = HttpResponse(status=304)
    else:
        response = HttpResponse(page.packed if packed else page.plain)
        if packed:
            response["Content-Encoding"] = "gzip"
    response["ETag"] = page.etag
    patch_vary_headers(response, ["Accept-Encoding"])
    if request.GET.get("from") in SCENES:
        response.set_cookie(SCENE_COOKIE, request.GET["from"], path=shop.home, max_age=SCENE_KEPT_S, samesite="Lax")
    return response


def _home(shop: Visit) -> Bytes:
    with brands_shown([shop.brand.id]):
        departments = departments_of(shop.store.id)
        known = categories_of(shop.store.id)
        page = shelf_page(shop.store, channel=CHANNEL, at=shop.at, limit=PAGE)
        doors = doors_of(Doorway(shop.brand.id, shop.store.id, shop.at))
        tags = tags_of(shop, page.items)
    context = {
        "shop": shop, "tab": "home", "doors": doors, "page": page, "more": f"{shop.home}all/", "categories": known,
        "departments": departments[:HOME_DEPARTMENTS], "more_departments": len(departments) > HOME_DEPARTMENTS, "tags": tags,
    }  # fmt: skip
    return Bytes.of(render_to_string("scene/channels/home.html", context))


@require_safe
@shop_page
def categories(request: HttpRequest, shop: Visit) -> HttpResponse:
    """Show all departments with their categories."""
    return render(
        request,
        "scene/channels/categories.html",
        {"shop": shop, "tab": "categories", "departments": departments_of(shop.store.id)},
    )


@require_safe
@shop_page
def shelf(request: HttpRequest, shop: Visit, category_id: UUID | None = None) -> HttpResponse:
    """Show a department, a category or all goods; htmx asks for the next page when its foot comes into sight."""
    departments = departments_of(shop.store.id)
    known = categories_of(shop.store.id)
    category = known.get(category_id) if category_id else None
    if category_id and category is None:
        raise Http404
    page = shelf_page(
        shop.store, channel=CHANNEL, at=shop.at, category_id=category_id, after=request.GET.get("after"), limit=PAGE
    )
    department = next((one for one in departments if category and category in (one, *one.children)), None)
    return _page_of_items(request, shop, "scene/channels/shelf.html", page, known, {
        "category": category, "department": department, "chips": (department, *department.children) if department else (),
        "tab": "categories", "more": request.path,
    })  # fmt: skip


@require_safe
@shop_page
def search(request: HttpRequest, shop: Visit) -> HttpResponse:
    """Search the shelf in Chinese, English or pinyin, with small mistakes."""
    words = request.GET.get("q", "").strip()[:WORDS_MAX]
    departments = departments_of(shop.store.id)
    page = ShelfPage((), None)
    if words:
        page = search_shelf(shop.store, words, channel=CHANNEL, at=shop.at, after=request.GET.get("after"), limit=PAGE)
    query = request.GET.copy()
    query.pop("after", None)
    return _page_of_items(request, shop, "scene/channels/search.html", page, categories_of(shop.store.id), {
        "asked": words, "departments": departments[: HOME_DEPARTMENTS + 1], "more": f"{request.path}?{query.urlencode()}", "tab": "home",
    })  # fmt: skip


@require_safe
@shop_page
def product(request: HttpRequest, shop: Visit, product_id: UUID) -> HttpResponse:
    """Show a product with its kinds, price and stock, as they are now."""
    items = shelf_product(shop.store, product_id, channel=CHANNEL, at=shop.at)
    if not items:
        raise Http404
    first = next((one for one in items if not one.sold_out), items[0])
    known = categories_of(shop.store.id)
    context = {
        "shop": shop,
        "items": items,
        "first": first,
        "categories": known,
        "category": known.get(first.category_id) if first.category_id else None,
        "promotions": promotions_on(shop, first),
    }
    return render(request, "scene/channels/product.html", context)


@require_safe
def stores(request: HttpRequest, brand_code: str) -> HttpResponse:
    """Let the consumer choose one of a brand's stores."""
    brand = brand_by_code(brand_code)
    if brand is None:
        raise Http404
    with brands_shown([brand.id]):
        return render(request, "scene/channels/stores.html", {"brand": brand, "stores": open_stores_of(brand.id)})


@require_safe
@cache_control(public=True, immutable=True, max_age=31_536_000)
def theme(_request: HttpRequest, color: str) -> HttpResponse:
    """Give the style sheet of one color: the content policy allows no styles inside of pages."""
    red, green, blue = (int(color[at : at + 2], 16) for at in (0, 2, 4))
    # Relative luminance, WCAG 2.2: dark letters where white ones would stand below a contrast of 3.
    linear = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
        for part in (red / 255, green / 255, blue / 255)
    ]
    luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    ink = "#fff" if 1.05 / (luminance + 0.05) >= 3 else "#1d2430"
    return HttpResponse(f":root{{--brand:#{color};--brand-ink:{ink}}}\n", content_type="text/css")


@require_safe
@ensure_csrf_cookie
def ready(_request: HttpRequest) -> HttpResponse:
    """Give the protection cookie before the first change from a page that is the same for all."""
    return HttpResponse(status=204)


def _page_of_items(
    request: HttpRequest,
    shop: Visit,
    template: str,
    page: ShelfPage,
    categories: dict[UUID, CategoryFacts],
    more: dict[str, Any],
) -> HttpResponse:
    following = "HX-Request" in request.headers and "after" in request.GET
    context = {
        "shop": shop,
        "page": page,
        "categories": categories,
        "ended": following or len(page.items) > PAGE // 2,
        "tags": tags_of(shop, page.items),
        **more,
    }
    return render(request, "scene/channels/items.html" if following else template, context)


urlpatterns = [
    path("s/ready/", ready, name="shop-ready"),
    re_path(r"^s/theme/(?P<color>[0-9a-f]{6})\.css$", theme, name="shop-theme"),
    path("s/<slug:brand_code>/", stores, name="shop-stores"),
    path("s/<slug:brand_code>/<str:store_code>/", home, name="shop"),
    path("s/<slug:brand_code>/<str:store_code>/c/", categories, name="shop-categories"),
    path("s/<slug:brand_code>/<str:store_code>/all/", shelf, name="shop-all"),
    path("s/<slug:brand_code>/<str:store_code>/c/<uuid:category_id>/", shelf, name="shop-category"),
    path("s/<slug:brand_code>/<str:store_code>/search/", search, name="shop-search"),
    path("s/<slug:brand_code>/<str:store_code>/p/<uuid:product_id>/", product, name="shop-product"),
]
