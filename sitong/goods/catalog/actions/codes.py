"""Add SKUs to products and barcodes to SKUs that stand already."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from sitong.goods.catalog.actions.categories import lock_catalog
from sitong.goods.catalog.actions.products import (
    BarcodeInvalid,
    BarcodeTaken,
    SkuWanted,
    codes_taken,
    fault_of_skus,
    write_barcodes,
    write_skus,
)
from sitong.goods.catalog.models import Barcode, Product, Sku
from sitong.goods.catalog.rules import kept_gtin
from sitong.shared.access.audit import AuditEntry, record
from sitong.shared.errors import NotFound, Refused
from sitong.shared.ids import new_id


@dataclass(frozen=True, slots=True)
class SkuAddition:
    """A variant for a product that stands already."""

    product_id: UUID
    sku: SkuWanted


@dataclass(frozen=True, slots=True)
class BarcodeAddition:
    """A barcode for a SKU that stands already."""

    sku_id: UUID
    gtin: str
    units: int = 1


def add_skus(wanted: Sequence[SkuAddition], *, by: UUID | None, now: datetime) -> list[UUID | Refused]:
    """Add variants with their barcodes; give the id of each, or why not."""
    with transaction.atomic():
        products = Product.objects.only("id", "brand_id").in_bulk([one.product_id for one in wanted])
        brands = {product.brand_id for product in products.values()}
        lock_catalog(brands)
        codes, gtins = codes_taken(brands, [one.sku for one in wanted])
        outcomes: list[UUID | Refused] = []
        fresh: list[tuple[UUID, UUID, SkuWanted]] = []
        for one in wanted:
            if (product := products.get(one.product_id)) is None:
                outcomes.append(NotFound(product_id=one.product_id))
                continue
            refused = fault_of_skus(product.brand_id, [one.sku], codes=codes, gtins=gtins)
            if refused is None:
                fresh.append((product.brand_id, product.id, one.sku))
            outcomes.append(refused or one.sku.id)
        write_skus(fresh)
        record([AuditEntry("added", "goods.sku", sku.id, brand_id, by, {}, {"code": sku.code, "product_id": product_id})
                for brand_id, product_id, sku in fresh if by is not None], at=now)  # fmt: skip
    return outcomes


def add_barcodes(wanted: Sequence[BarcodeAddition], *, by: UUID | None, now: datetime) -> list[UUID | Refused]:
    """Add barcodes; give the id of each, or why not. One that the same SKU has already, with the same units, is a repeat."""
    with transaction.atomic():
        skus = Sku.objects.in_bulk([one.sku_id for one in wanted])
        brands = {sku.brand_id for sku in skus.values()}
        lock_catalog(brands)
        known = Barcode.objects.filter(brand_id__in=brands, gtin__in=[kept_gtin(one.gtin) or "" for one in wanted])
        taken = {(one.brand_id, one.gtin): (one.id, one.sku_id, one.units) for one in known}
        outcomes: list[UUID | Refused] = []
        fresh: list[tuple[UUID, UUID, UUID, str | None, int]] = []
        for one in wanted:
            sku, kept = skus.get(one.sku_id), kept_gtin(one.gtin)
            if sku is None:
                outcomes.append(NotFound(sku_id=one.sku_id))
            elif kept is None or one.units < 1:
                outcomes.append(BarcodeInvalid(gtin=one.gtin))
            elif (there := taken.get((sku.brand_id, kept))) is not None:
                outcomes.append(there[0] if there[1:] == (sku.id, one.units) else BarcodeTaken(gtin=one.gtin))
            else:
                row = (new_id(), sku.brand_id, sku.id, kept, one.units)
                taken[sku.brand_id, kept] = (row[0], sku.id, one.units)
                fresh.append(row)
                outcomes.append(row[0])
        write_barcodes(fresh)
        record([AuditEntry("added", "goods.barcode", sku_id, brand_id, by, {}, {"gtin": gtin, "units": units})
                for _, brand_id, sku_id, gtin, units in fresh if by is not None], at=now)  # fmt: skip
    return outcomes
