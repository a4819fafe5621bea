"""Categories, products, prices and shelves, made through the actions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sitong.goods.catalog.actions import (
    CategoryWanted,
    OfferPlace,
    ProductWanted,
    SkuWanted,
    add_categories,
    add_products,
    adopt_products,
    offer_products,
    shelve_products,
)
from sitong.goods.inventory.actions import LocationWanted, ReceiptLine, ReceiptWanted, open_locations, receive_stock
from sitong.goods.models import Category, Product, Sku
from sitong.goods.pricing.actions import PriceWanted, set_prices
from sitong.shared.errors import Refused
from sitong.shared.ids import new_id
from tests.make.org import NOW, a_code, done


@dataclass(frozen=True)
class Shelved:
    """A product that a store sells, and its one SKU."""

    product: Product
    sku: Sku

    @property
    def id(self) -> UUID:
        return self.product.id

    @property
    def sku_id(self) -> UUID:
        return self.sku.id


def a_category(brand_id: UUID, *, code: str | None = None, name: str = "食品杂货", name_en: str = "Grocery", parent_code: str = "",
               now: datetime = NOW, **fields: Any) -> Category:  # fmt: skip
    wanted = CategoryWanted(brand_id, code or a_code("category"), name, name_en, parent_code, **fields)
    return done(add_categories([wanted], by=None, now=now))


def a_product(brand_id: UUID, *, code: str | None = None, name: str = "纯牛奶", name_en: str = "Whole milk", weighed: bool = False,
              skus: Sequence[SkuWanted] = (), now: datetime = NOW, **fields: Any) -> Product:  # fmt: skip
    """A product with one SKU of the same code, or with the given ones."""
    code = code or a_code("product")
    skus = tuple(skus) or (SkuWanted(code, weighed=weighed),)
    return done(add_products([ProductWanted(brand_id, code, name, name_en, skus=skus, **fields)], by=None, now=now))


def priced(sku_id: UUID, amount_minor: int, *, by: UUID | None = None, now: datetime = NOW, **fields: Any) -> UUID:
    """Set one price."""
    return done(set_prices([PriceWanted(sku_id, amount_minor, **fields)], by=by, now=now))


def on_shelf(store: Any, products: Sequence[Product], *, now: datetime = NOW) -> None:
    """Offer products to the whole brand, let the store adopt and shelve them."""
    ids = [product.id for product in products]
    for outcomes in (
        offer_products(ids, [OfferPlace("brand", store.brand_id)], by=None, now=now),
        adopt_products(store.id, ids, by=None, now=now),
        shelve_products(store.id, ids, by=None, now=now),
    ):
        assert not [one for one in outcomes if isinstance(one, Refused)], outcomes


def stocked(store: Any, quantities: Sequence[tuple[UUID, int]], *, now: datetime = NOW) -> None:
    """Receive undated stock of SKUs in a store."""
    open_locations([LocationWanted(store.id, store.brand_id, "store", store.id, store.name)])
    if lines := tuple(ReceiptLine(sku_id, quantity) for sku_id, quantity in quantities if quantity):
        done(receive_stock([ReceiptWanted(new_id(), store.id, lines)], by=None, now=now))


def a_shelved_product(
    store: Any, price_minor: int = 1290, stock: int = 100, *, now: datetime = NOW, **fields: Any
) -> Shelved:
    """A product with one SKU that the store sells: offered, adopted, shelved, priced and in stock."""
    product = a_product(store.brand_id, now=now, **fields)
    sku = Sku.objects.get(product=product)
    priced(sku.id, price_minor, now=now)
    on_shelf(store, [product], now=now)
    stocked(store, [(sku.id, stock)], now=now)
    return Shelved(product, sku)
