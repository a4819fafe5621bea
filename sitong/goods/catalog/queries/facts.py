"""Facts of SKUs for the words above, and what a scanned number means."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Q

from sitong.goods.catalog.models import Barcode, Listing, Sku
from sitong.goods.catalog.rules import read_scan


@dataclass(frozen=True, slots=True)
class SkuFacts:
    """A SKU with what its product says. `withdrawn` when the SKU or its product is. `picture` names its drawing or address."""

    id: UUID
    brand_id: UUID
    product_id: UUID
    category_id: UUID | None
    department_id: UUID | None
    code: str
    name: str
    name_en: str
    variant: str
    variant_en: str
    weighed: bool
    package: str
    picture: str
    withdrawn: bool


@dataclass(frozen=True, slots=True)
class ScanFacts:
    """What one scan stands for: `units` base units of a SKU, or goods of a SKU for `price_minor` when the scale priced them."""

    sku_id: UUID
    units: int
    price_minor: int | None


COLUMNS = (
    "id", "brand_id", "product_id", "product__category_id", "product__category__parent_id", "code", "product__name", "product__name_en",
    "variant", "variant_en", "weighed", "package", "product__picture", "product__category__picture", "withdrawn_at", "product__withdrawn_at",
)  # fmt: skip


def sku_facts(sku_ids: Collection[UUID]) -> dict[UUID, SkuFacts]:
    """Give the facts of SKUs by id, of withdrawn ones too; unknown ones are left out. One statement."""
    return {row[0]: _facts(row) for row in Sku.objects.filter(id__in=sku_ids).values_list(*COLUMNS)}


def places_of_skus(sku_ids: Collection[UUID]) -> dict[UUID, tuple[str, str, str]]:
    """Give product, category and department of SKUs as 32 hexadecimal digits each, '' for none. One statement."""
    rows = Sku.objects.filter(id__in=sku_ids).values_list(
        "id", "product_id", "product__category_id", "product__category__parent_id"
    )
    return {
        id: (product.hex, category.hex if category else "", (parent or category).hex if category else "")
        for id, product, category, parent in rows
    }


def skus_of_products(product_ids: Collection[UUID]) -> dict[UUID, list[SkuFacts]]:
    """Give the facts of the products' SKUs, by product, in order of their codes. One statement."""
    found: dict[UUID, list[SkuFacts]] = {}
    for row in Sku.objects.filter(product_id__in=product_ids).order_by("code").values_list(*COLUMNS):
        found.setdefault(row[2], []).append(_facts(row))
    return found


def shelved(store_id: UUID, product_ids: Collection[UUID]) -> set[UUID]:
    """Give which of the products are on the store's shelf now."""
    there = Listing.objects.filter(store_id=store_id, product_id__in=product_ids, shelved_at__isnull=False)
    return set(there.values_list("product_id", flat=True))


def by_barcode(brand_id: UUID, number: str) -> ScanFacts | None:
    """Give what a scanned number stands for in a brand; None when it is no GTIN or nobody's."""
    scan = read_scan(number)
    if scan is None:
        return None
    alive = Q(sku__withdrawn_at=None, sku__product__withdrawn_at=None)
    row = Barcode.objects.filter(alive, brand_id=brand_id, gtin=scan.gtin).values_list("sku_id", "units").first()
    return ScanFacts(row[0], row[1], scan.price_minor) if row else None


def _facts(row: tuple) -> SkuFacts:  # type: ignore[type-arg]
    (sku_id, brand_id, product_id, category_id, parent_id, code, name, name_en,
     variant, variant_en, weighed, package, picture, drawing, sku_gone, product_gone) = row  # fmt: skip
    return SkuFacts(
        sku_id, brand_id, product_id, category_id, parent_id or category_id, code, name, name_en, variant, variant_en, weighed, package,
        picture or drawing or "", sku_gone is not None or product_gone is not None,
    )  # fmt: skip
