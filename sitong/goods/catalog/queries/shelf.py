"""What a channel may sell in a store: one query for the mini shop, the API and the till, live in price and stock."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from psycopg.rows import TupleRow

from sitong.goods.catalog.queries import shelf_sql
from sitong.goods.catalog.queries.categories import is_department
from sitong.goods.catalog.queries.prepared import fetch
from sitong.goods.pricing.queries import struck_prices
from sitong.goods.pricing.rules import PROMOTION
from sitong.org.stores.queries import StoreFacts

OVER_THE_COUNTER = frozenset({"pos"})
"""Channels whose goods are taken from the store by hand: they sell all the store has, also where online may take none."""

PAGE_LIMIT_MAX = 100


@dataclass(frozen=True, slots=True)
class ShelfItem:
    """One product on a shelf, shown by one of its SKUs: one that is there, then the cheapest, then by code.

    `skus` counts the SKUs that have a price. `free` counts base units that this channel may still sell of the shown SKU.
    `struck_minor` is the lawful struck-through price of a promotion, `promotion_ends_at` its end, both else None.
    """

    product_id: UUID
    code: str
    name: str
    name_en: str
    picture: str
    role: str
    category_id: UUID | None
    sku_id: UUID
    variant: str
    variant_en: str
    weighed: bool
    skus: int
    price_minor: int
    free: int
    rank: int
    struck_minor: int | None = None
    promotion_ends_at: datetime | None = None

    @property
    def sold_out(self) -> bool:
        """Tell whether this channel can sell none of the product's SKUs."""
        return self.free <= 0


@dataclass(frozen=True, slots=True)
class ShelfPage:
    """Some products in order, and where to go on; `after` is None on the last page."""

    items: tuple[ShelfItem, ...]
    after: str | None


@dataclass(frozen=True, slots=True)
class ShelfWanted:
    """One page asked for: of the whole shelf, a department or category, or of found products in their order."""

    store: StoreFacts
    channel: str
    category_id: UUID | None = None
    after: str | None = None
    limit: int = 20
    product_ids: tuple[UUID, ...] | None = None

    @property
    def size(self) -> int:
        """How many products the page has at most."""
        return max(1, min(self.limit, PAGE_LIMIT_MAX))

    @property
    def takes_stock(self) -> bool:
        """Tell whether the channel may sell the store's stock: a franchise store may keep it from online orders."""
        return self.store.online_takes_stock or self.channel in OVER_THE_COUNTER


def shelf_page(
    store: StoreFacts, *, channel: str, at: datetime, category_id: UUID | None = None, after: str | None = None, limit: int = 20
) -> ShelfPage:
    """Give a page of the store's shelf, the highest ranks first. A malformed `after` begins at the beginning."""
    return shelf_pages([ShelfWanted(store, channel, category_id, after, limit)], at=at)[0]


def shelf_pages(wanted: Sequence[ShelfWanted], *, at: datetime) -> list[ShelfPage]:
    """Give many pages at once: one statement for each way of asking (all, department, category, found) among them."""
    by_way: dict[str, list[int]] = {}
    for place, one in enumerate(wanted):
        by_way.setdefault(_way(one), []).append(place)
    pages: dict[int, ShelfPage] = {}
    for way, places in by_way.items():
        rows: list[list[TupleRow]] = [[] for _ in places]
        for row in fetch(shelf_sql.SHELF[way], shelf_sql.parameters([wanted[place] for place in places], at=at)):
            rows[row[0]].append(row)
        pages.update((place, _page(wanted[place], own, at=at)) for place, own in zip(places, rows, strict=True))
    return [pages[place] for place in range(len(wanted))]


def shelf_product(store: StoreFacts, product_id: UUID, *, channel: str, at: datetime) -> list[ShelfItem]:
    """Give each SKU with a price of one product on the store's shelf, by code; empty when it is not sold there."""
    wanted = ShelfWanted(store, channel, product_ids=(product_id,))
    return _items(wanted, fetch(shelf_sql.SHELF["skus"], shelf_sql.parameters([wanted], at=at)), at=at)


def _way(one: ShelfWanted) -> str:
    if one.product_ids is not None:
        return "found"
    if one.category_id is None:
        return "all"
    return "department" if is_department(one.category_id) else "category"


def _page(wanted: ShelfWanted, rows: list[TupleRow], *, at: datetime) -> ShelfPage:
    items = _items(wanted, rows[: wanted.size], at=at)
    after = f"{items[-1].rank}.{items[-1].product_id.hex}" if len(rows) > wanted.size else None
    return ShelfPage(tuple(items), after)


def _items(wanted: ShelfWanted, rows: Sequence[TupleRow], *, at: datetime) -> list[ShelfItem]:
    promoted = {row[1 + shelf_sql.SKU_AT]: row[-1] for row in rows if row[-2] == PROMOTION}
    store = wanted.store
    struck = struck_prices(list(promoted), channel=wanted.channel, store_kind=store.kind, store_id=store.id, at=at) if promoted else {}
    items = []
    for _number, *facts, _price_list, _ends_at in rows:
        reference = struck.get(facts[shelf_sql.SKU_AT])
        items.append(ShelfItem(*facts, reference, promoted[facts[shelf_sql.SKU_AT]] if reference else None))
    return items
