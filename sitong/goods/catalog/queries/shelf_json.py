"""Shelves as the API gives them: many requests, few statements, JSON put together from remembered cards and live figures."""

from __future__ import annotations

import time
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson

from sitong.goods.catalog.models import Product
from sitong.goods.catalog.queries.asked import ShelfWanted
from sitong.goods.catalog.queries.cards import Remembered, cards_of
from sitong.goods.catalog.queries.search import search_rows
from sitong.goods.catalog.queries.shelf import (
    FREE,
    PRICE_CODE,
    SKU_KEY,
    SKUS,
    Row,
    after_of,
    shelf_product,
    shelf_rows,
    struck_of,
)
from sitong.goods.pricing.queries import Struck
from sitong.org.brands.queries import brand_facts
from sitong.org.stores.queries import StoreFacts, store_facts
from sitong.shared.errors import NotFound, Refused

STORE_FRESH_S = 5.0
STORES_MAX = 20_000


@dataclass(frozen=True, slots=True)
class ShelfAsked:
    """One request to a store's public shelf: a page of it, of a category, or of what words find (`words` not None)."""

    store_id: UUID
    channel: str
    category_id: UUID | None = None
    after: str | None = None
    limit: int = 20
    words: str | None = None


_stores: dict[UUID, tuple[float, StoreFacts, str]] = {}


def shelf_answers(asked: Sequence[ShelfAsked], *, at: datetime) -> list[bytes | Refused]:
    """Give the JSON of each page, or NotFound where there is no open store. The same request twice is answered once.

    A store's own facts (its kind, whether online may take its stock, that it is open) are at most STORE_FRESH_S old.
    """
    different = list(dict.fromkeys(asked))
    stores = _open_stores({one.store_id for one in different})
    answers: dict[ShelfAsked, bytes | Refused] = {one: NotFound(store_id=one.store_id) for one in different}
    plain = [one for one in different if one.words is None and one.store_id in stores]
    searched = [one for one in different if one.words is not None and one.store_id in stores]
    wanted = [_wanted(one, stores[one.store_id][1]) for one in [*plain, *searched]]
    rows = shelf_rows(wanted[: len(plain)], at=at) if plain else []
    found = (
        search_rows(
            [(one, asked_for.words or "") for one, asked_for in zip(wanted[len(plain) :], searched, strict=True)], at=at
        )
        if searched
        else []
    )
    rows += [own for own, _ in found]
    struck = struck_of(wanted, rows, at=at)
    cards = cards_of({row[SKU_KEY] for own in rows for row in own})
    for place, (one, want, own) in enumerate(zip([*plain, *searched], wanted, rows, strict=True)):
        after = after_of(want, own, cards) if one.words is None else found[place - len(plain)][1]
        shown = [_shown(row, cards[row[SKU_KEY]], struck.get((place, row[SKU_KEY]))) for row in own[: want.size]]
        answers[one] = b'{"items":[%b],"after":%b,"currency":"%b"}' % (
            b",".join(shown), b'"%b"' % after.encode() if after else b"null", stores[one.store_id][2].encode(),
        )  # fmt: skip
    return [answers[one] for one in asked]


def product_answer(
    store: StoreFacts, currency: str, product_id: UUID, *, at: datetime, channel: str = "mini_shop"
) -> dict[str, Any]:
    """Give one product of the store's shelf with its texts and each SKU that has a price. Raises NotFound when it is not sold there."""
    items = shelf_product(store, product_id, channel=channel, at=at)
    texts = Product.objects.filter(id=product_id).values("description", "description_en", "maker").first()
    if not items or texts is None:
        raise NotFound(product_id=product_id)
    names = ("product_id", "code", "name", "name_en", "picture", "category_id")
    skus = [{**asdict(item), "sold_out": item.sold_out} for item in items]
    return {**{name: getattr(items[0], name) for name in names}, **texts, "currency": currency, "skus": skus}


def open_store(store_id: UUID) -> tuple[StoreFacts, str] | None:
    """Give an open store and its brand's currency; None when there is none. Needs a scope that shows it."""
    found = _open_stores([store_id]).get(store_id)
    return found[1:] if found else None


def forget_stores() -> None:
    """Forget what was remembered."""
    _stores.clear()


def _wanted(one: ShelfAsked, store: StoreFacts) -> ShelfWanted:
    return ShelfWanted(store, one.channel, one.category_id, one.after, one.limit)


def _shown(row: Row, card: Remembered, struck: Struck | None) -> bytes:
    """Put the live figures behind what the card says."""
    free = row[FREE]
    return b'%b,"skus":%d,"price_minor":%d,"struck_minor":%b,"promotion_ends_at":%b,"free":%d,"sold_out":%b}' % (
        card[2], row[SKUS], row[PRICE_CODE] >> 1, b"%d" % struck[0] if struck else b"null",
        orjson.dumps(struck[1]) if struck else b"null", free, b"false" if free > 0 else b"true",
    )  # fmt: skip


def _open_stores(store_ids: Collection[UUID]) -> dict[UUID, tuple[float, StoreFacts, str]]:
    now_s = time.monotonic()
    found = {
        store_id: kept for store_id in store_ids if (kept := _stores.get(store_id)) is not None and kept[0] > now_s
    }
    if missing := [store_id for store_id in store_ids if store_id not in found]:
        facts = {store_id: one for store_id, one in store_facts(missing).items() if one.closed_at is None}
        brands = brand_facts({one.brand_id for one in facts.values()}) if facts else {}
        fresh = {
            store_id: (now_s + STORE_FRESH_S, one, brands[one.brand_id].currency) for store_id, one in facts.items()
        }
        if len(_stores) + len(fresh) > STORES_MAX:
            _stores.clear()
        _stores.update(fresh)
        found.update(fresh)
    return found
