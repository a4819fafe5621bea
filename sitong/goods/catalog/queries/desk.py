"""The catalog as brand, dealers and stores see it at their desks: products, what is offered to whom, how far it is taken up."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from sitong.goods.catalog.models import Listing, Offer, Product
from sitong.goods.catalog.queries.search import ranking
from sitong.goods.catalog.rules import shown_gtin
from sitong.goods.pricing.models import Price
from sitong.goods.pricing.queries import prices_of
from sitong.org.brands.queries import brand_facts
from sitong.org.dealers.queries import dealers_visible_to
from sitong.org.stores.queries import stores_visible_to
from sitong.shared.access.viewer import Viewer
from sitong.shared.errors import NotFound


@dataclass(slots=True)
class Adoption:
    """How far one place of the tree has taken what it is offered; a dealer's and the brand's figures sum up their stores.

    `offered` counts products that reach a store, `adopted` and `shelved` those that it took and sells.
    """

    place_kind: str
    place_id: UUID
    name: str
    name_en: str
    depth: int
    stores: int = 0
    offered: int = 0
    adopted: int = 0
    shelved: int = 0

    @property
    def adopted_bp(self) -> int:
        """The adopted share of what is offered, in basis points."""
        return self.adopted * 10_000 // self.offered if self.offered else 0


def products_visible_to(viewer: Viewer, permission: str = "goods.see") -> QuerySet[Product]:
    """Give the products that the viewer may see: the brand's staff all; dealers and stores what is offered above, at or below them."""
    if viewer.brand_id is None:
        return Product.objects.none()
    own = Product.objects.filter(brand_id=viewer.brand_id)
    if viewer.brand_id in viewer.place_ids("brand", permission):
        return own
    if not viewer.places_with(permission):
        return own.none()
    return own.filter(
        Exists(Offer.objects.filter(product_id=OuterRef("id"), place_id__in=_reaching_places(viewer, permission)))
    )


def products_found(viewer: Viewer, words: str) -> QuerySet[Product]:
    """Give the visible products that the words mean, by name or code; all in order of code when there are no words."""
    found = products_visible_to(viewer).select_related("category")
    words = words.replace("\x00", "").strip()
    if not words:
        return found.order_by("code")
    assert viewer.brand_id is not None
    ranked = ranking(viewer.brand_id, words)
    return (
        found.filter(Q(id__in=ranked) | Q(code__istartswith=words) | Q(skus__code__istartswith=words))
        .distinct()
        .order_by("-rank", "code")
    )


def products_shown(viewer: Viewer, *, words: str, after: UUID | None, limit: int) -> list[dict[str, Any]]:
    """Give a page of products with their SKUs and barcodes, in order of id."""
    found = products_found(viewer, words).order_by("id").distinct()
    page = found.filter(id__gt=after)[:limit] if after else found[:limit]
    return [_shown(one) for one in page.prefetch_related("skus__barcodes")]


def product_shown(viewer: Viewer, product_id: UUID) -> dict[str, Any]:
    """Give one product with its SKUs and barcodes. Raises NotFound."""
    found = products_visible_to(viewer).filter(id=product_id).prefetch_related("skus__barcodes").first()
    if found is None:
        raise NotFound(product_id=product_id)
    return _shown(found)


def prices_visible_to(viewer: Viewer, sku_ids: Collection[UUID]) -> list[Price]:
    """Give the prices of SKUs, newest start first; a price for one store only to those who see that store."""
    found = prices_of(sku_ids)
    own = {price.store_id for price in found if price.store_id is not None}
    seen = set(stores_visible_to(viewer, "goods.see").filter(id__in=own).values_list("id", flat=True)) if own else set()
    return [price for price in found if price.store_id is None or price.store_id in seen]


def prices_of_sku(viewer: Viewer, sku_id: UUID) -> list[Price]:
    """Give the prices of one SKU. Raises NotFound when the viewer may not see its product."""
    if not products_visible_to(viewer).filter(skus__id=sku_id).exists():
        raise NotFound(sku_id=sku_id)
    return prices_visible_to(viewer, [sku_id])


def adoption(viewer: Viewer, *, product_id: UUID | None = None) -> list[Adoption]:
    """Give adoption by level for the places that the viewer sees: the brand, its dealers in the order of the tree, their stores.

    Of one product, or of all that are not withdrawn.
    """
    dealers = list(dealers_visible_to(viewer, "goods.see").order_by("path").defer("territory"))
    stores = list(stores_visible_to(viewer, "goods.see").filter(closed_at=None).order_by("code"))
    whole = _brand_row(viewer)
    reach = _Reach(whole.place_id, product_id)
    taken = _taken([store.id for store in stores], product_id)
    paths = {dealer.id: _ids(dealer.path) for dealer in dealers}
    rows = {
        dealer.id: Adoption("dealer", dealer.id, dealer.name, dealer.name_en, len(paths[dealer.id]))
        for dealer in dealers
    }
    below: dict[UUID | None, list[Adoption]] = {}
    for store in stores:
        above = paths.get(store.dealer_id, []) if store.dealer_id else []
        adopted, shelved = taken.get(store.id, (0, 0))
        offered = max(
            reach.count([*above, store.id]), adopted
        )  # what it adopted stays counted when the offer was taken back
        row = Adoption("store", store.id, store.name, store.name_en, len(above) + 1, 1, offered, adopted, shelved)
        below.setdefault(store.dealer_id if store.dealer_id in rows else None, []).append(row)
        for one in [whole, *(rows[dealer_id] for dealer_id in above if dealer_id in rows)]:
            one.stores, one.offered, one.adopted, one.shelved = (
                one.stores + 1,
                one.offered + offered,
                one.adopted + adopted,
                one.shelved + shelved,
            )
    shown = [whole] if viewer.system == "brand" else []
    shown += below.get(None, [])
    for dealer_id, row in rows.items():
        shown += [row, *below.get(dealer_id, [])]
    return shown


class _Reach:
    """How many products reach a store through offers to the brand, to dealers above it and to itself; each counted once."""

    def __init__(self, brand_id: UUID, product_id: UUID | None) -> None:
        offers = Offer.objects.filter(brand_id=brand_id, product__withdrawn_at=None)
        offers = offers.filter(product_id=product_id) if product_id else offers
        self.everywhere = offers.filter(place_kind="brand").count()
        by_brand = Offer.objects.filter(product_id=OuterRef("product_id"), place_kind="brand")
        self.by_place: dict[UUID, set[UUID]] = {}
        for place_id, one in (
            offers.exclude(place_kind="brand").exclude(Exists(by_brand)).values_list("place_id", "product_id")
        ):
            self.by_place.setdefault(place_id, set()).add(one)

    def count(self, places: Iterable[UUID]) -> int:
        return self.everywhere + len(set().union(*(self.by_place.get(place, set()) for place in places)))


def _taken(store_ids: list[UUID], product_id: UUID | None) -> dict[UUID, tuple[int, int]]:
    """Count adopted and shelved products by store. Withdrawn ones, which are few, are counted apart and taken off."""
    found = Listing.objects.filter(store_id__in=store_ids)
    found = found.filter(product_id=product_id) if product_id else found
    adopted = {
        row[0]: row[1:] for row in found.values_list("store_id").annotate(Count("store_id"), Count("shelved_at"))
    }
    gone = found.filter(product_id__in=Product.objects.filter(withdrawn_at__isnull=False).values("id"))
    for store_id, count, shelved in gone.values_list("store_id").annotate(Count("store_id"), Count("shelved_at")):
        adopted[store_id] = (adopted[store_id][0] - count, adopted[store_id][1] - shelved)
    return adopted


def _brand_row(viewer: Viewer) -> Adoption:
    assert viewer.brand_id is not None
    brand = brand_facts([viewer.brand_id])[viewer.brand_id]
    return Adoption("brand", brand.id, brand.name, brand.name_en, 0)


def _reaching_places(viewer: Viewer, permission: str) -> list[UUID]:
    """Give every place above, at and below the viewer's."""
    found = {viewer.brand_id} if viewer.brand_id else set()
    for dealer_id, path in dealers_visible_to(viewer, permission).values_list("id", "path"):
        found |= {dealer_id, *_ids(path)}
    for store_id, path in stores_visible_to(viewer, permission).values_list("id", "dealer__path"):
        found |= {store_id, *_ids(path or "")}
    return list(found)


def _ids(path: str) -> list[UUID]:
    return [UUID(hex=step) for step in path.split("/") if step]


def _shown(one: Product) -> dict[str, Any]:
    names = ("id", "code", "name", "name_en", "category_id", "maker", "description", "description_en", "picture", "role", "rank",
             "created_at", "withdrawn_at")  # fmt: skip
    skus = [
        {
            **{
                name: getattr(sku, name)
                for name in ("id", "code", "variant", "variant_en", "weighed", "package", "withdrawn_at")
            },
            "barcodes": [{"gtin": shown_gtin(code.gtin), "units": code.units} for code in sku.barcodes.all()],
        }
        for sku in sorted(one.skus.all(), key=lambda sku: sku.code)
    ]
    return {**{name: getattr(one, name) for name in names}, "skus": skus}
