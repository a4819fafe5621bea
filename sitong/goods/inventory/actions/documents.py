"""Stock documents: each is entered once, decided over locked stock in order of arrival, and written whole or refused whole."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import datetime
from typing import Protocol, TypeVar
from uuid import UUID

import orjson
from django.db import transaction

from sitong.goods.inventory.actions.levels import close_untouched, open_and_lock, write_steps
from sitong.goods.inventory.models import Location, StockDocument
from sitong.goods.inventory.rules import Pair, Step, Stock
from sitong.shared.errors import NotFound, Refused, RepeatDiffers
from sitong.shared.statements import bytes_of, run, texts, uuids

ENTER = """
INSERT INTO goods_stockdocument (id, brand_id, kind, location_id, to_location_id, of_id, content_hash, note, by, at)
SELECT id, brand_id, %s::text, location_id, to_location_id, of_id, content_hash, note, %s::uuid, %s::timestamptz
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
    one leaves no row, so that it may be sent again, also within the batch and with other content. The number of statements
    does not depend on the number of documents.
    """
    hashes = [content_hash(kind, one) for one in wanted]
    with transaction.atomic():
        pairs = [sorted(set(pairs_of(one))) for one in wanted]
        brands, astray = _known_places(wanted, pairs)
        first: dict[UUID, int] = {}
        for at, one in enumerate(wanted):
            if at not in astray:
                first.setdefault(one.id, at)
        at_first = sorted(first.values(), key=lambda at: wanted[at].id)
        entered = _enter(
            kind, [(wanted[at], brands[wanted[at].location_id], hashes[at]) for at in at_first], by=by, now=now
        )
        standing = {
            row.id: bytes(row.content_hash)
            for row in StockDocument.objects.filter(id__in=first).exclude(id__in=entered)
        }
        locked = open_and_lock(
            {pair for at, one in enumerate(wanted) if one.id in entered and at not in astray for pair in pairs[at]},
            brands,
        )
        accepted, refused, steps = _decide_in_order(
            wanted,
            hashes,
            entered=entered,
            standing=standing,
            astray=astray,
            decide=lambda one: decide(one, locked.stock),
        )
        write_steps(locked, steps, released={}, by=by, now=now)
        close_untouched(set(locked.stock.levels) - {step.pair for step in steps})
        later = [at for key, at in sorted(accepted.items()) if at != first[key]]
        _take_back([key for key in entered if accepted.get(key) != first[key]])
        if later:
            _enter(kind, [(wanted[at], brands[wanted[at].location_id], hashes[at]) for at in later], by=by, now=now)
        rows = StockDocument.objects.in_bulk(list(first))
    return [refused[at] if at in refused else rows[one.id] for at, one in enumerate(wanted)]


def brands_of_skus(skus: Collection[UUID]) -> dict[UUID, UUID]:
    """Give the brand of each SKU that exists."""
    rows = run("SELECT id, brand_id FROM goods_sku WHERE id = ANY(%s::uuid[])", [uuids(skus)])
    return {row[0]: row[1] for row in rows}


def content_hash(kind: str, one: DocumentWanted) -> bytes:
    """Give what tells a repeat from another document of the same id."""
    return hashlib.sha256(orjson.dumps([kind, one])).digest()


def _decide_in_order(
    wanted: Sequence[W],
    hashes: Sequence[bytes],
    *,
    entered: set[UUID],
    standing: dict[UUID, bytes],
    astray: dict[int, Refused],
    decide: Callable[[W], list[Step] | Refused],
) -> tuple[dict[UUID, int], dict[int, Refused], list[Step]]:
    """Decide what is new, answer what is repeated; give the accepted position of each id, the refusals by position, the steps.

    An id that is neither entered nor standing belongs to a document of another brand, which is not seen.
    """
    accepted: dict[UUID, int] = {}
    refused = dict(astray)
    steps: list[Step] = []
    for at, one in enumerate(wanted):
        if at in astray:
            continue
        if one.id in accepted or one.id not in entered:
            known = hashes[accepted[one.id]] if one.id in accepted else standing.get(one.id)
            if known != hashes[at]:
                refused[at] = RepeatDiffers(id=one.id)
            continue
        decision = decide(one)
        if isinstance(decision, Refused):
            refused[at] = decision
        else:
            accepted[one.id] = at
            steps += decision
    return accepted, refused, steps


def _known_places(wanted: Sequence[W], pairs: Sequence[list[Pair]]) -> tuple[dict[UUID, UUID], dict[int, Refused]]:
    """Give the brand of each location, and refuse documents about a place or SKU that is missing or another brand's."""
    every = {pair for found in pairs for pair in found}
    places = {location for location, _ in every} | {one.location_id for one in wanted}
    brands = dict(Location.objects.filter(id__in=places).values_list("id", "brand_id"))
    skus = brands_of_skus({sku for _, sku in every})
    astray: dict[int, Refused] = {}
    for at, one in enumerate(wanted):
        brand = brands.get(one.location_id)
        if brand is None or any(brands.get(location) != brand for location, _ in pairs[at]):
            astray[at] = NotFound(what="location")
        elif any(skus.get(sku) != brand for _, sku in pairs[at]):
            astray[at] = NotFound(what="sku")
    return brands, astray


def _enter(kind: str, rows: Sequence[tuple[W, UUID, bytes]], *, by: UUID | None, now: datetime) -> set[UUID]:
    """Give each (document, brand, hash) its row; give the ids of those that had none."""
    entered = run(ENTER, [
        kind, by, now,
        uuids(one.id for one, _, _ in rows),
        uuids(brand for _, brand, _ in rows),
        uuids(one.location_id for one, _, _ in rows),
        uuids(getattr(one, "to_location_id", None) for one, _, _ in rows),
        uuids(getattr(one, "of_id", None) for one, _, _ in rows),
        bytes_of(content for _, _, content in rows),
        texts(getattr(one, "note", "") for one, _, _ in rows),
    ])  # fmt: skip
    return {key for (key,) in entered}


def _take_back(refused: Sequence[UUID]) -> None:
    """Remove the rows of documents that were refused after they had been entered."""
    if refused:
        run(TAKE_BACK, [uuids(refused)])
