"""The catalog over HTTP: a store's public shelf (hot), and the staff's products, barcodes, offers and shelves."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Body, Query, Router
from pydantic import Field

from sitong.goods.catalog import schemas
from sitong.goods.catalog.actions import (
    BarcodeAddition,
    BarcodeWanted,
    CategoryWanted,
    OfferPlace,
    ProductChange,
    ProductWanted,
    SkuWanted,
    add_barcodes,
    add_categories,
    add_products,
    adopt_products,
    change_product,
    offer_products,
    recall_offers,
    shelve_products,
    unshelve_products,
    withdraw_products,
)
from sitong.goods.catalog.queries import by_barcode, category_tree
from sitong.goods.catalog.queries.categories import shelf_categories
from sitong.goods.catalog.queries.desk import adoption, prices_of_sku, product_shown, products_shown
from sitong.goods.catalog.queries.shelf_json import ShelfAsked, open_store, product_answer, shelf_answers
from sitong.goods.catalog.schemas import MANY, outcome
from sitong.goods.pricing.api import PriceOut
from sitong.org.stores.queries import stores_visible_to
from sitong.shared.access.gates import API_AUTH
from sitong.shared.access.scope import brands_shown, every_brand
from sitong.shared.access.viewer import Viewer
from sitong.shared.batch.hot import HotCall, HotRoute
from sitong.shared.batch.lanes import Lanes
from sitong.shared.clock import now as clock_now
from sitong.shared.errors import NotFound, Refused
from sitong.shared.ids import new_id

router = Router(tags=["goods"])


def _shelf_batch(asked: Sequence[ShelfAsked]) -> list[bytes | Refused]:
    return shelf_answers(asked, at=clock_now())


SHELVES: Lanes[ShelfAsked, bytes] = Lanes("shelves", _shelf_batch, key=hash, batch_max=64)
"""Reads that come together share their statements, and the same read twice is read once. A page takes a fraction of a
millisecond, so 64 at most: nobody waits long for the others."""


def _asked(store_id: UUID, query: schemas.ShelfQuery) -> ShelfAsked:
    return ShelfAsked(
        store_id, query.channel, query.category_id, query.after, query.limit, (query.q or "").strip() or None
    )


def _read_shelf(call: HotCall) -> ShelfAsked:
    try:
        store_id = UUID(call.parameter)
    except ValueError:
        raise NotFound(store_id=call.parameter[:40]) from None
    return _asked(store_id, schemas.ShelfQuery.model_validate(call.query))


HOT = [
    HotRoute(
        "GET",
        "/api/v1/stores/{store_id}/products",
        lane=SHELVES,
        parse=_read_shelf,
        render=lambda page: page,
        open_to_all=True,
    )
]


@router.get(
    "/stores/{store_id}/products", response=schemas.ShelfOut, auth=None, summary="List or search what a store sells"
)
def list_shelf(request: HttpRequest, store_id: UUID, query: Query[schemas.ShelfQuery]) -> HttpResponse:  # noqa: ARG001 ninja's own first argument
    """Twenty products with live price and stock, in order of rank, or best match first with `q`. Open to everybody.

    Names are at most 15 seconds old, what a word finds at most 60, the store's own settings at most 5.
    """
    with every_brand():  # what everybody may see of an open store, as at its address
        (answer,) = shelf_answers([_asked(store_id, query)], at=clock_now())
    if isinstance(answer, Refused):
        raise answer
    return HttpResponse(answer, content_type="application/json")


@router.get(
    "/stores/{store_id}/products/{product_id}",
    response=schemas.ShelfProductOut,
    auth=None,
    summary="Show a product of a store",
)
def show_shelf_product(request: HttpRequest, store_id: UUID, product_id: UUID) -> dict[str, Any]:  # noqa: ARG001 ninja's own first argument
    """One product on the store's shelf with all its SKUs. Open to everybody."""
    with every_brand():
        found = open_store(store_id)
    if found is None:
        raise NotFound(store_id=store_id)
    with brands_shown([found[0].brand_id]):
        return product_answer(found[0], found[1], product_id, at=clock_now())


@router.get(
    "/stores/{store_id}/categories", response=list[schemas.CategoryOut], auth=None, summary="List a store's departments"
)
def list_shelf_categories(request: HttpRequest, store_id: UUID) -> list[Any]:  # noqa: ARG001 ninja's own first argument
    """Departments and categories of which the store has something on its shelf. Open to everybody."""
    with every_brand():
        found = open_store(store_id)
    if found is None:
        raise NotFound(store_id=store_id)
    with brands_shown([found[0].brand_id]):
        return shelf_categories(store_id)


@router.get("/categories", response=list[schemas.CategoryOut], auth=API_AUTH, summary="List the brand's categories")
def list_categories(request: HttpRequest) -> list[Any]:
    """The tree of departments and categories."""
    return category_tree(_brand(_may(request, "goods.see")))


@router.post("/categories", response=list[schemas.OutcomeOut], auth=API_AUTH, summary="Add categories")
def post_categories(
    request: HttpRequest, wanted: Annotated[list[schemas.CategoryIn], Body(max_length=MANY)]
) -> list[Any]:
    """Add departments and categories, parents first; one outcome each."""
    viewer = _may(request, "goods.change")
    rows = [CategoryWanted(_brand(viewer), **{**one.dict(), "id": one.id or new_id()}) for one in wanted]
    return [outcome(one) for one in add_categories(rows, by=viewer.account_id, now=clock_now())]


@router.get("/products", response=list[schemas.ProductOut], auth=API_AUTH, summary="List the brand's products")
def list_products(
    request: HttpRequest, q: Annotated[str, Field(max_length=100)] = "", after: UUID | None = None,
    limit: Annotated[int, Field(ge=1, le=200)] = 50,
) -> list[Any]:  # fmt: skip
    """In order of code; page on with `after` = the last id. `q` searches names and codes. Dealers and stores see what is offered to them."""
    viewer = _may(request, "goods.see")
    return products_shown(viewer, words=q, after=after, limit=limit)


@router.get("/products/{uuid:product_id}", response=schemas.ProductOut, auth=API_AUTH, summary="Show a product")
def get_product(request: HttpRequest, product_id: UUID) -> Any:
    """One product with its SKUs and barcodes."""
    return product_shown(_may(request, "goods.see"), product_id)


@router.post("/products", response=list[schemas.OutcomeOut], auth=API_AUTH, summary="Add products")
def post_products(request: HttpRequest, wanted: Annotated[list[schemas.ProductIn], Body(max_length=MANY)]) -> list[Any]:
    """Add products with their SKUs and barcodes, each whole or not at all; one outcome each."""
    viewer = _may(request, "goods.change")
    rows = [_product(_brand(viewer), one) for one in wanted]
    return [outcome(one) for one in add_products(rows, by=viewer.account_id, now=clock_now())]


@router.patch("/products/{uuid:product_id}", response=schemas.ProductOut, auth=API_AUTH, summary="Change a product")
def patch_product(request: HttpRequest, product_id: UUID, change: schemas.ProductPatch) -> Any:
    """Change what is given, on every shelf at once."""
    viewer = _may(request, "goods.change")
    product_shown(viewer, product_id)
    change_product(product_id, ProductChange(**change.dict()), by=viewer.account_id, now=clock_now())
    return product_shown(viewer, product_id)


@router.post("/products/withdraw", response=list[schemas.OutcomeOut], auth=API_AUTH, summary="Withdraw products")
def post_withdrawals(request: HttpRequest, wanted: schemas.ProductIds) -> list[Any]:
    """Take products out of the catalog and off every shelf."""
    viewer = _may(request, "goods.change")
    return [outcome(one) for one in withdraw_products(wanted.product_ids, by=viewer.account_id, now=clock_now())]


@router.post("/barcodes", response=list[schemas.OutcomeOut], auth=API_AUTH, summary="Add barcodes")
def post_barcodes(
    request: HttpRequest, wanted: Annotated[list[schemas.BarcodesIn], Body(max_length=MANY)]
) -> list[Any]:
    """Add barcodes to SKUs; one outcome each."""
    viewer = _may(request, "goods.change")
    rows = [BarcodeAddition(one.sku_id, one.gtin, one.units) for one in wanted]
    return [outcome(one) for one in add_barcodes(rows, by=viewer.account_id, now=clock_now())]


@router.get("/barcodes/{number}", response=schemas.ScanOut, auth=API_AUTH, summary="Look a scanned number up")
def get_barcode(request: HttpRequest, number: str) -> Any:
    """What a scan stands for, with the price of a scale's number."""
    if (found := by_barcode(_brand(_may(request, "goods.see")), number)) is None:
        raise NotFound(number=number[:40])
    return found


@router.get("/skus/{sku_id}/prices", response=list[PriceOut], auth=API_AUTH, summary="List the prices of a SKU")
def list_prices(request: HttpRequest, sku_id: UUID) -> list[Any]:
    """Past, present and to come, newest start first; of prices for one store only, those of stores in reach."""
    return prices_of_sku(_may(request, "goods.see"), sku_id)


@router.post("/offers", response=list[schemas.OutcomeOut], auth=API_AUTH, summary="Offer products")
def post_offers(request: HttpRequest, wanted: schemas.OfferIn) -> list[Any]:
    """Push products to all of the brand, to dealers' branches or to stores."""
    viewer = _may(request, "goods.change")
    places = [OfferPlace(place.kind, place.id) for place in wanted.places]
    return [outcome(one) for one in offer_products(wanted.product_ids, places, by=viewer.account_id, now=clock_now())]


@router.post("/offers/recall", response=int, auth=API_AUTH, summary="Take offers back")
def post_recalls(request: HttpRequest, wanted: schemas.OfferIn) -> int:
    """Stop further adoption; gives how many offers went."""
    viewer = _may(request, "goods.change")
    places = [OfferPlace(place.kind, place.id) for place in wanted.places]
    return recall_offers(wanted.product_ids, places, by=viewer.account_id, now=clock_now())


@router.get("/adoption", response=list[schemas.AdoptionOut], auth=API_AUTH, summary="See how far offers are taken up")
def list_adoption(request: HttpRequest, product_id: UUID | None = None) -> list[Any]:
    """By dealer and store in reach: how many of the offered products are adopted and shelved."""
    return adoption(_may(request, "goods.see"), product_id=product_id)


@router.post("/stores/{store_id}/adopt", response=list[schemas.OutcomeOut], auth=API_AUTH, summary="Adopt products")
def post_adoptions(request: HttpRequest, store_id: UUID, wanted: schemas.ProductIds) -> list[Any]:
    """Let a store take products that are offered to it."""
    viewer = _may_shelve(request, store_id)
    return [outcome(one) for one in adopt_products(store_id, wanted.product_ids, by=viewer.account_id, now=clock_now())]


@router.post(
    "/stores/{store_id}/shelve", response=list[schemas.OutcomeOut], auth=API_AUTH, summary="Put products on the shelf"
)
def post_shelved(request: HttpRequest, store_id: UUID, wanted: schemas.ProductIds) -> list[Any]:
    """Put adopted products on the store's shelf."""
    viewer = _may_shelve(request, store_id)
    return [
        outcome(one) for one in shelve_products(store_id, wanted.product_ids, by=viewer.account_id, now=clock_now())
    ]


@router.post(
    "/stores/{store_id}/unshelve",
    response=list[schemas.OutcomeOut],
    auth=API_AUTH,
    summary="Take products off the shelf",
)
def post_unshelved(request: HttpRequest, store_id: UUID, wanted: schemas.ProductIds) -> list[Any]:
    """Take products off the store's shelf."""
    viewer = _may_shelve(request, store_id)
    return [
        outcome(one) for one in unshelve_products(store_id, wanted.product_ids, by=viewer.account_id, now=clock_now())
    ]


def _may(request: HttpRequest, permission: str) -> Viewer:
    viewer: Viewer = request.viewer  # type: ignore[attr-defined]
    viewer.require(permission)
    return viewer


def _brand(viewer: Viewer) -> UUID:
    if viewer.brand_id is None:
        raise NotFound()
    return viewer.brand_id


def _may_shelve(request: HttpRequest, store_id: UUID) -> Viewer:
    viewer = _may(request, "shelf.change")
    if not stores_visible_to(viewer, "shelf.change").filter(id=store_id).exists():
        raise NotFound(store_id=store_id)
    return viewer


def _product(brand_id: UUID, one: schemas.ProductIn) -> ProductWanted:
    skus = tuple(
        SkuWanted(
            sku.code, sku.variant, sku.variant_en, sku.weighed, sku.package, tuple(BarcodeWanted(code.gtin, code.units) for code in sku.barcodes),
            sku.id or new_id(),
        )
        for sku in one.skus
    )  # fmt: skip
    return ProductWanted(brand_id, skus=skus, **{**one.dict(exclude={"skus"}), "id": one.id or new_id()})
