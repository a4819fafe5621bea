"""Products by the numbers that people paste: codes of products, codes of SKUs, barcodes; and their names. For long lists."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from sitong.goods.catalog.models import Barcode, Product, Sku
from sitong.goods.catalog.rules import read_scan


def products_by_numbers(brand_id: UUID, numbers: Collection[str]) -> dict[str, UUID]:
    """Give the product behind each number, unknown ones left out: a product's code, else a SKU's, else a barcode. Three statements."""
    wanted = set(numbers)
    found: dict[str, UUID] = {}
    scans = {number: scan.gtin for number in wanted if (scan := read_scan(number)) is not None}
    by_gtin = dict(
        Barcode.objects.filter(brand_id=brand_id, gtin__in=set(scans.values())).values_list("gtin", "sku__product_id")
    )
    found.update({number: by_gtin[gtin] for number, gtin in scans.items() if gtin in by_gtin})
    found.update(Sku.objects.filter(brand_id=brand_id, code__in=wanted).values_list("code", "product_id"))
    found.update(Product.objects.filter(brand_id=brand_id, code__in=wanted).values_list("code", "id"))
    return found


def product_names(product_ids: Collection[UUID]) -> dict[UUID, tuple[str, str]]:
    """Give the names of products in Chinese and English; unknown ones are left out. One statement."""
    rows = Product.objects.filter(id__in=product_ids).values_list("id", "name", "name_en")
    return {product_id: (name, name_en) for product_id, name, name_en in rows}


def sku_by_code(brand_id: UUID, code: str) -> UUID | None:
    """Give the SKU with this code in the brand; None when there is none."""
    return Sku.objects.filter(brand_id=brand_id, code=code).values_list("id", flat=True).first()
