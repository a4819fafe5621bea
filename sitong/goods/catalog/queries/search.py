"""Find products by words in Chinese and English, misspelled ones too; what is found is priced and stocked live.

Two steps: which products of the brand the words mean, best first (`ranking`), and what of them the store has on its shelf
(`shelf_rows`). The first step changes only when the catalog does, so it is remembered for RANKING_FRESH_S in each process:
a product added or renamed is found by these words at most that much later. Shelf, price and stock are never remembered.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from sitong.goods.catalog.queries.asked import ShelfWanted
from sitong.goods.catalog.queries.shelf import RANK, Row, ShelfPage, pages_of, shelf_rows
from sitong.goods.catalog.words import WordAsked, words_asked
from sitong.org.stores.queries import StoreFacts
from sitong.shared.access.scope import shown
from sitong.shared.statements import run

RANKING_FRESH_S = 60.0
RANKINGS_KEPT = 2_000
FOUND_MAX = 1_000
FEW = 20
CHUNKS = (4, 80, 320, FOUND_MAX)
"""How many products more than the page has are looked at in each round: all of a round are priced, shelved or not."""

WORD_SCORE = """
  CASE WHEN g.grams && %(exact{n})s::int[] THEN 400
       WHEN g.grams @> %(begins{n})s::int[] THEN 300
       ELSE (SELECT count(*) FROM unnest(%(nearly{n})s::int[]) AS asked WHERE asked = ANY(g.grams)) END"""
STRICTLY = "(g.grams && %(exact{n})s::int[] OR g.grams @> %(begins{n})s::int[])"
LOOSELY = "g.grams && %(any{n})s::int[]"
RANKED = """
SELECT p.id, {score} AS score FROM goods_productgrams AS g JOIN goods_product AS p ON p.id = g.product_id
WHERE p.brand_id = %(brand_id)s AND p.withdrawn_at IS NULL AND {condition}
ORDER BY score DESC, p.rank DESC, p.id DESC LIMIT {limit}
"""

_kept: OrderedDict[tuple[str, UUID, tuple[WordAsked, ...]], tuple[float, tuple[UUID, ...]]] = OrderedDict()
_guard = threading.Lock()


def search_shelf(
    store: StoreFacts, words: str, *, channel: str, at: datetime, after: str | None = None, limit: int = 20
) -> ShelfPage:
    """Give a page of what the store sells that these words mean, best first. No words: nothing is found."""
    return search_shelves([(ShelfWanted(store, channel, after=after, limit=limit), words)], at=at)[0]


def search_shelves(asked: Sequence[tuple[ShelfWanted, str]], *, at: datetime) -> list[ShelfPage]:
    """Answer many searches at once; `after` is a place in the ranking."""
    found = search_rows(asked, at=at)
    return pages_of([one for one, _ in asked], [rows for rows, _ in found], [after for _, after in found], at=at)


def search_rows(asked: Sequence[tuple[ShelfWanted, str]], *, at: datetime) -> list[tuple[list[Row], str | None]]:
    """Give what lives of each page found, and where the next begins. Mostly one statement, more when little is shelved."""
    searches = [_Search(one, ranking(one.store.brand_id, words)) for one, words in asked]
    for chunk in CHUNKS:
        unfinished = [one for one in searches if not one.done]
        if not unfinished:
            break
        parts = [one.next_part(chunk) for one in unfinished]
        for one, part, rows in zip(unfinished, parts, shelf_rows(parts, at=at), strict=True):
            one.take(part, rows)
    return [(one.rows, one.after) for one in searches]


class _Search:
    """One search on its way: how far down the ranking it has looked, and what of it the store sells."""

    def __init__(self, wanted: ShelfWanted, ranked: tuple[UUID, ...]) -> None:
        self.wanted, self.ranked = wanted, ranked
        after = wanted.after or ""
        self.place = int(after) if after.isascii() and after.isdigit() else 0
        self.rows: list[Row] = []

    @property
    def done(self) -> bool:
        return len(self.rows) >= self.wanted.size or self.place >= len(self.ranked)

    @property
    def after(self) -> str | None:
        return str(self.place) if self.place < len(self.ranked) else None

    def next_part(self, chunk: int) -> ShelfWanted:
        size = self.wanted.size - len(self.rows)
        part = self.ranked[self.place : self.place + size + chunk]
        return replace(self.wanted, after=None, limit=size, product_ids=part)

    def take(self, part: ShelfWanted, rows: list[Row]) -> None:
        """Take a page's rows; a row's rank is its place in the part (from 1), so that the search goes on behind the last."""
        self.rows += rows[: part.size]
        self.place += rows[part.size - 1][RANK] if len(rows) > part.size else len(part.product_ids or ())


def ranking(brand_id: UUID, words: str) -> tuple[UUID, ...]:
    """Give the brand's products that the words mean, best first, at most FOUND_MAX; as it stood up to RANKING_FRESH_S ago."""
    asked = words_asked(words)
    if not asked:
        return ()
    key = (shown(), brand_id, asked)  # what one scope does not see must not be remembered for others
    with _guard:
        kept = _kept.get(key)
    if kept is not None and time.monotonic() - kept[0] < RANKING_FRESH_S:
        return kept[1]
    ranked = rank_now(brand_id, asked)
    with _guard:
        _kept[key] = (time.monotonic(), ranked)
        _kept.move_to_end(key)
        while len(_kept) > RANKINGS_KEPT:
            _kept.popitem(last=False)
    return ranked


def forget_rankings() -> None:
    """Forget what was remembered."""
    with _guard:
        _kept.clear()


def rank_now(brand_id: UUID, asked: Sequence[WordAsked]) -> tuple[UUID, ...]:
    """Rank without remembering: all words as they are or as beginnings; when that gives little, then misspellings too;
    when that gives nothing, products with any of the words."""
    found = _ranked(brand_id, asked, STRICTLY, " AND ")
    if len(found) < FEW:
        found += [one for one in _ranked(brand_id, asked, LOOSELY, " AND ") if one not in set(found)]
    if not found and len(asked) > 1:
        found = _ranked(brand_id, asked, LOOSELY, " OR ")
    return tuple(found[:FOUND_MAX])


def _ranked(brand_id: UUID, asked: Sequence[WordAsked], condition: str, joined: str) -> list[UUID]:
    return [row[0] for row in run(*_statement(brand_id, asked, condition, joined))]


def _statement(
    brand_id: UUID, asked: Sequence[WordAsked], condition: str, joined: str
) -> tuple[str, dict[str, object]]:
    """Give the statement made for this number of words, so that it stays prepared, and its values."""
    numbers = range(len(asked))
    statement = RANKED.format(
        score=" + ".join(WORD_SCORE.format(n=n) for n in numbers),
        condition="(" + joined.join(condition.format(n=n) for n in numbers) + ")",
        limit=FOUND_MAX,
    )
    values: dict[str, object] = {"brand_id": brand_id}
    for n, word in enumerate(asked):
        values |= {
            f"exact{n}": list(word.exact) or None,
            f"begins{n}": list(word.begins) or None,  # NULL meets nothing, an empty array would mean every product
            f"nearly{n}": list(word.nearly),
            f"any{n}": [*word.exact, *word.begins, *word.nearly],
        }
    return statement, values
