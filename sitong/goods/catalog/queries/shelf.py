"""What a channel may sell in a store: one query for the mini shop, the API and the till, live in price and stock."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sitong.goods.catalog.queries import shelf_sql
from sitong.goods.catalog.queries.asked import ShelfWanted
from sitong.goods.catalog.queries.cards import Card, Remembered, cards_of
from sitong.goods.catalog.queries.categories import is_department
from sitong.goods.pricing.queries import Struck, struck_prices
from sitong.org.stores.queries import StoreFacts
from sitong.shared.statements import run

Row = tuple[Any, ...]
_NUMBER, RANK, SKU_KEY, SKUS, PRICE_CODE, FREE = range(6)


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


def shelf_page(
    store: StoreFacts,
    *,
    channel: str,
    at: datetime,
    category_id: UUID | None = None,
    after: str | None = None,
    limit: int = 20,
) -> ShelfPage:
    """Give a page of the store's shelf, the highest ranks first. A malformed `after` begins at the beginning."""
    return shelf_pages([ShelfWanted(store, channel, category_id, after, limit)], at=at)[0]


def shelf_pages(wanted: Sequence[ShelfWanted], *, at: datetime) -> list[ShelfPage]:
    """Give many pages at once: one statement for each way of asking (all, department, category, found) among them."""
    rows = shelf_rows(wanted, at=at)
    cards = cards_of({row[SKU_KEY] for own in rows for row in own})
    afters = [after_of(one, own, cards) for one, own in zip(wanted, rows, strict=True)]
    return pages_of(wanted, rows, afters, at=at)


def pages_of(
    wanted: Sequence[ShelfWanted], rows: Sequence[Sequence[Row]], afters: Sequence[str | None], *, at: datetime
) -> list[ShelfPage]:
    """Make pages of their rows: each with its card and, in a promotion, with what may be struck through."""
    struck = struck_of(wanted, rows, at=at)
    cards = cards_of({row[SKU_KEY] for own in rows for row in own})
    return [
        ShelfPage(
            tuple(
                [
                    _item(row, cards[row[SKU_KEY]][1], struck.get((place, row[SKU_KEY])))
                    for row in rows[place][: one.size]
                ]
            ),
            afters[place],
        )
        for place, one in enumerate(wanted)
    ]


def shelf_rows(wanted: Sequence[ShelfWanted], *, at: datetime) -> list[list[Row]]:
    """Give what lives of each page: rank, SKU, how many SKUs, price, free stock; one row more than the page has when more follow."""
    by_way: dict[str, list[int]] = {}
    for place, one in enumerate(wanted):
        by_way.setdefault(_way(one), []).append(place)
    rows: list[list[Row]] = [[] for _ in wanted]
    for way, places in by_way.items():
        for row in run(shelf_sql.SHELF[way], shelf_sql.parameters([wanted[place] for place in places], at=at)):
            rows[places[row[0]]].append(row)
    return rows


def struck_of(
    wanted: Sequence[ShelfWanted], rows: Sequence[Sequence[Row]], *, at: datetime
) -> dict[tuple[int, bytes], Struck]:
    """Give struck-through price and end of the promotions among the rows, by page and SKU. One statement, none without promotions."""
    promoted = [(place, row[SKU_KEY]) for place, own in enumerate(rows) for row in own if row[PRICE_CODE] & 1]
    if not promoted:
        return {}
    asked = [
        (UUID(bytes=key), wanted[place].channel, wanted[place].store.kind, wanted[place].store.id)
        for place, key in promoted
    ]
    return {
        one: struck for one, struck in zip(promoted, struck_prices(asked, at=at), strict=True) if struck is not None
    }


def after_of(one: ShelfWanted, own: Sequence[Row], cards: Mapping[bytes, Remembered]) -> str | None:
    """Give where the page behind this one begins, None when nothing follows."""
    if len(own) <= one.size:
        return None
    last = own[one.size - 1]
    return f"{last[RANK]}.{cards[last[SKU_KEY]][1].product_id.hex}"


def shelf_product(store: StoreFacts, product_id: UUID, *, channel: str, at: datetime) -> list[ShelfItem]:
    """Give each SKU with a price of one product on the store's shelf, by code; empty when it is not sold there."""
    wanted = [ShelfWanted(store, channel, product_ids=(product_id,))]
    rows = run(shelf_sql.SHELF["skus"], shelf_sql.parameters(wanted, at=at))
    struck = struck_of(wanted, [rows], at=at)
    cards = cards_of([row[SKU_KEY] for row in rows])
    return [_item(row, cards[row[SKU_KEY]][1], struck.get((0, row[SKU_KEY]))) for row in rows]


def _way(one: ShelfWanted) -> str:
    if one.product_ids is not None:
        return "found"
    if one.category_id is None:
        return "all"
    return "department" if is_department(one.category_id) else "category"


def _item(row: Row, card: Card, struck: Struck | None) -> ShelfItem:
    _, rank, _, skus, price_code, free = row
    return ShelfItem(
        card.product_id, card.code, card.name, card.name_en, card.picture, card.role, card.category_id, card.sku_id, card.variant,
        card.variant_en, card.weighed, skus, price_code >> 1, free, rank, *(struck or ()),
    )  # fmt: skip
