"""Index of the word's tables; each stands in its topic."""

from sitong.goods.catalog.models import Barcode, Category, Listing, Offer, Product, ProductGrams, Sku
from sitong.goods.inventory.models import Hold, Level, Location, Lot, Move, StockDocument
from sitong.goods.pricing.models import Price

__all__ = [
    "Barcode", "Category", "Hold", "Level", "Listing", "Location", "Lot", "Move", "Offer", "Price", "Product", "ProductGrams", "Sku", "StockDocument",
]  # fmt: skip
