"""Change the catalog: what is sold (products), who may sell it (offers), what stands on a store's shelf."""

from sitong.goods.catalog.actions.categories import CategoryTooDeep, CategoryWanted, add_categories
from sitong.goods.catalog.actions.changes import ProductChange, change_product, withdraw_products
from sitong.goods.catalog.actions.codes import BarcodeAddition, SkuAddition, add_barcodes, add_skus
from sitong.goods.catalog.actions.offers import OfferPlace, offer_products, recall_offers
from sitong.goods.catalog.actions.products import (
    BarcodeInvalid,
    BarcodeTaken,
    BarcodeWanted,
    CodeTaken,
    ProductIncomplete,
    ProductWanted,
    SkuWanted,
    add_products,
)
from sitong.goods.catalog.actions.shelf import (
    NotAdopted,
    NotOffered,
    ProductWithdrawn,
    adopt_products,
    shelve_products,
    unshelve_products,
)

__all__ = [
    "BarcodeAddition",
    "BarcodeInvalid",
    "BarcodeTaken",
    "BarcodeWanted",
    "CategoryTooDeep",
    "CategoryWanted",
    "CodeTaken",
    "NotAdopted",
    "NotOffered",
    "OfferPlace",
    "ProductChange",
    "ProductIncomplete",
    "ProductWanted",
    "ProductWithdrawn",
    "SkuAddition",
    "SkuWanted",
    "add_barcodes",
    "add_categories",
    "add_products",
    "add_skus",
    "adopt_products",
    "change_product",
    "offer_products",
    "recall_offers",
    "shelve_products",
    "unshelve_products",
    "withdraw_products",
]
