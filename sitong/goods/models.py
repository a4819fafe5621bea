"""Index of the word's tables; each stands in its topic."""

from sitong.goods.catalog.models import Barcode, Category, Listing, Offer, Product, ProductGrams, Sku
from sitong.goods.codes.models import (
    CodeActivation,
    CodeBatch,
    CodeMove,
    CodePacking,
    CodePlace,
    CodeProduction,
    CodeSpace,
    CodeState,
    CodeVoid,
    Scan,
)
from sitong.goods.inventory.models import Hold, Level, Location, Lot, Move, StockDocument
from sitong.goods.pricing.models import Price

__all__ = [
    "Barcode", "Category", "CodeActivation", "CodeBatch", "CodeMove", "CodePacking", "CodePlace", "CodeProduction", "CodeSpace", "CodeState", "CodeVoid",
    "Hold", "Level", "Listing", "Location", "Lot", "Move", "Offer", "Price", "Product", "ProductGrams", "Scan", "Sku",
    "StockDocument",
]  # fmt: skip
