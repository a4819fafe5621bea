"""Read the catalog: facts for the words above, shelves for consumers, lists for the desks."""

from sitong.goods.catalog.queries.asked import ShelfWanted
from sitong.goods.catalog.queries.categories import CategoryFacts, category_tree
from sitong.goods.catalog.queries.facts import ScanFacts, SkuFacts, by_barcode, shelved, sku_facts, skus_of_products
from sitong.goods.catalog.queries.places import places_above
from sitong.goods.catalog.queries.sale import OnSale, on_sale
from sitong.goods.catalog.queries.search import search_shelf
from sitong.goods.catalog.queries.shelf import ShelfItem, ShelfPage, shelf_page, shelf_pages, shelf_product

__all__ = [
    "CategoryFacts",
    "OnSale",
    "ScanFacts",
    "ShelfItem",
    "ShelfPage",
    "ShelfWanted",
    "SkuFacts",
    "by_barcode",
    "category_tree",
    "on_sale",
    "places_above",
    "search_shelf",
    "shelf_page",
    "shelf_pages",
    "shelf_product",
    "shelved",
    "sku_facts",
    "skus_of_products",
]
