"""Index of the word's tables; each stands in its topic."""

from sitong.goods.catalog.models import Barcode, Category, Listing, Offer, Product, ProductGrams, Sku
from sitong.goods.codes.models import (
    CodeActivation,
    CodeBatch,
    CodeFile,
    CodeMove,
    CodePacking,
    CodePlace,
    CodeProduction,
    CodeSpace,
    CodeState,
    CodeVoid,
    Scan,
)
from sitong.goods.diversion.models import (
    BoxCount,
    CodeAlert,
    CodeAlertStep,
    DiversionCount,
    DiversionWeight,
    FarScan,
)
from sitong.goods.inventory.models import Hold, Level, Location, Lot, Move, StockDocument
from sitong.goods.pricing.models import Price

__all__ = [
    "Barcode",
    "BoxCount",
    "Category",
    "CodeActivation",
    "CodeAlert",
    "CodeAlertStep",
    "CodeBatch",
    "CodeFile",
    "CodeMove",
    "CodePacking",
    "CodePlace",
    "CodeProduction",
    "CodeSpace",
    "CodeState",
    "CodeVoid",
    "DiversionCount",
    "DiversionWeight",
    "FarScan",
    "Hold",
    "Level",
    "Listing",
    "Location",
    "Lot",
    "Move",
    "Offer",
    "Price",
    "Product",
    "ProductGrams",
    "Scan",
    "Sku",
    "StockDocument",
]  # fmt: skip
