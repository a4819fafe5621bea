"""Stock documents: each is entered once, decided over locked stock in order of arrival, and written whole or refused whole."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Protocol, TypeVar
from uuid import UUID

import orjson
from django.db import connection, transaction

from sitong.goods.inventory.actions.levels import open_and_lock, write_steps
from sitong.goods.inventory.models import Location, StockDocument
from sitong.goods.inventory.rules import Pair, Step, Stock
from sitong.shared.errors import NotFound, Refused, RepeatDiffers

ENTER = """
INSERT INTO goods_stockdocument (id, brand_id, kind, location_id, to_location_id, of_id, content_hash, note, by, at)
SELECT id, brand_id, %s, location_id, to_location_id, of_id, content_hash, note, %s, %s
FROM unnest(%s::uuid[], %s::uuid[], %s::uuid[], %s::uuid[], %s::uuid[], %s::bytea[], %s::text[])
  AS document(id, brand_id, location_id, to_location_id, of_id, content_hash, note)
ON CONFLICT (id) DO NOTHING RETURNING id
"""
TAKE_BACK = "DELETE FROM goods_stockdocument WHERE id = ANY(%s::uuid[])"


class DocumentWanted(Protocol):
    """What every stock document carries: the client's id and the place whose stock it moves."""

    @property
    def id(self) -> UUID: ...
    @property
    def location_id(self) -> UUID: ...


W = TypeVar("W", bound=DocumentWanted)
Answer = StockDocument | Refused


def record(
    kind: str,
    wanted: Sequence[W],
    *,
    pairs_of: Callable[[W], Iterable[Pair]],
    decide: Callable[[W, Stock], list[Step] | Refused],
    by: UUID | None,
    now: datetime,
) -> list[Answer]:
    """Enter the documents, lock the stock they touch, decide each in order of arrival, write all.

    A document that came before with the same content gets its first row again, with other content RepeatDiffers. A refused
    one leaves no row, so that it may be sent again. The number of statements does not depend on the number of documents.
    """
    first: dict[UUID, W] = {}
    for one in wanted:
        first.setdefault(one.id, one)
    hashes = {key: content_hash(kind, one) for key, one in first.items()}
    with transaction.atomic():
        pairs = {key: sorted(set(pairs_of(one))) for key, one in first.items()}
        brands, answers = _known_places(first.values(), pairs)
        rows, entered = _enter(
            kind, [one for key, one in sorted(first.items()) if key not in answers], brands, hashes, by=by, now=now
        )
        for key in first:
            if key not in answers:
                row = rows.get(key)  # None: the id belongs to another brand
                answers[key] = row if row and bytes(row.content_hash) == hashes[key] else RepeatDiffers(id=key)
        fresh = [one for key, one in first.items() if key in entered]
        locked = open_and_lock({pair for one in fresh for pair in pairs[one.id]}, brands)
        steps: list[Step] = []
        for one in fresh:
            decision = decide(one, locked.stock)
            if isinstance(decision, Refused):
                answers[one.id] = decision
            else:
                steps += decision
        write_steps(locked, steps, released={}, by=by, now=now)
        _take_back([one.id for one in fresh if isinstance(answers[one.id], Refused)])
    return [
        answers[one.id] if content_hash(kind, one) == hashes[one.id] else RepeatDiffers(id=one.id) for one in wanted
    ]


def brands_of_skus(skus: Collection[UUID]) -> dict[UUID, UUID]:
    """Give the brand of each SKU that exists."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT id, brand_id FROM goods_sku WHERE id = ANY(%s::uuid[])", [list(skus)])
        return dict(cursor.fetchall())


def content_hash(kind: str, one: DocumentWanted) -> bytes:
    """Give what tells a repeat from another document of the same id."""
    return hashlib.sha256(orjson.dumps([kind, one])).digest()


def _known_places(wanted: Iterable[W], pairs: Mapping[UUID, list[Pair]]) -> tuple[dict[UUID, UUID], dict[UUID, Answer]]:
    """Give the brand of each location, and refuse documents about a place or SKU that is missing or another brand's."""
    wanted = list(wanted)
    every = {pair for found in pairs.values() for pair in found}
    places = {location for location, _ in every} | {one.location_id for one in wanted}
    brands = dict(Location.objects.filter(id__in=places).values_list("id", "brand_id"))
    skus = brands_of_skus({sku for _, sku in every})
    answers: dict[UUID, Answer] = {}
    for one in wanted:
        brand = brands.get(one.location_id)
        if brand is None or any(brands.get(location) != brand for location, _ in pairs[one.id]):
            answers[one.id] = NotFound(what="location")
        elif any(skus.get(sku) != brand for _, sku in pairs[one.id]):
            answers[one.id] = NotFound(what="sku")
    return brands, answers


def _enter(
    kind: str,
    wanted: Sequence[W],
    brands: Mapping[UUID, UUID],
    hashes: Mapping[UUID, bytes],
    *,
    by: UUID | None,
    now: datetime,
) -> tuple[dict[UUID, StockDocument], set[UUID]]:
    """Give each document its row; give the rows that stand now, and the ids of those that are new."""
    with connection.cursor() as cursor:
        cursor.execute(ENTER, [
            kind, by, now,
            [one.id for one in wanted],
            [brands[one.location_id] for one in wanted],
            [one.location_id for one in wanted],
            [getattr(one, "to_location_id", None) for one in wanted],
            [getattr(one, "of_id", None) for one in wanted],
            [hashes[one.id] for one in wanted],
            [getattr(one, "note", "") for one in wanted],
        ])  # fmt: skip
        entered = {key for (key,) in cursor.fetchall()}
    return StockDocument.objects.in_bulk([one.id for one in wanted]), entered


def _take_back(refused: Sequence[UUID]) -> None:
    """Remove the rows of documents that were refused after they had been entered."""
    if refused:
        with connection.cursor() as cursor:
            cursor.execute(TAKE_BACK, [list(refused)])
