"""Read codes: which are genuine, and what was said of the ranges in which they lie. One statement for any number."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from sitong.goods.catalog.queries import sku_facts
from sitong.goods.codes.keys import open_letters
from sitong.goods.codes.reading import CodeRead, CodeUnknown, ProductSaid
from sitong.goods.codes.rules import INNER, Named, read_written
from sitong.shared.errors import Refused
from sitong.shared.statements import integers, run

OF_NUMBERS = """
SELECT n.number, b.generation, b.inner, b.id, n.number - b.first_number + 1, b.level,
       coalesce(p.product_id, b.product_id), coalesce(p.sku_id, b.sku_id), coalesce(p.lot, ''), p.produced_on, p.expires_on, a.at, v.at,
       b.inner
FROM unnest(%s::bigint[]) AS n(number)
CROSS JOIN LATERAL (SELECT * FROM goods_codebatch WHERE brand_id = %s AND first_number <= n.number ORDER BY first_number DESC LIMIT 1) AS b
LEFT JOIN LATERAL (SELECT * FROM goods_codeproduction WHERE batch_id = b.id AND first <= n.number - b.first_number + 1
                   ORDER BY first DESC LIMIT 1) AS p ON p.last >= n.number - b.first_number + 1
LEFT JOIN LATERAL (SELECT * FROM goods_codeactivation WHERE batch_id = b.id AND first <= n.number - b.first_number + 1
                   ORDER BY first DESC LIMIT 1) AS a ON a.last >= n.number - b.first_number + 1
LEFT JOIN LATERAL (SELECT * FROM goods_codevoid WHERE batch_id = b.id AND first <= n.number - b.first_number + 1
                   ORDER BY first DESC LIMIT 1) AS v ON v.last >= n.number - b.first_number + 1
WHERE n.number < b.first_number + b.quantity
"""
"""Ranges of one kind never overlap, so the last one that begins before a code is the only one that can hold it."""


def read_codes(texts: Sequence[str], *, brand_id: UUID) -> list[CodeRead | Refused]:
    """Read codes of a brand as they were scanned or typed, bare or as links; `goods.code_unknown` where it is none.

    Genuine or not is decided without a look-up. What was bound to them, and whether they are active or void, takes one
    statement for all of them.
    """
    opened = [open_text(text, brand_id=brand_id) for text in texts]
    rows = _rows_of({named.number for _, named in filter(None, opened)}, brand_id)
    return [_read(one, rows, brand_id) for one in opened]


def open_text(text: str, *, brand_id: UUID) -> tuple[str, Named] | None:
    """Give a code's letters and what they name, without asking the database; None when it is no code of the brand."""
    written = read_written(text)
    if written is None:
        return None
    named = open_letters(brand_id, written.letters)
    return None if named is None else (written.letters, named)


def said_of(reads: Iterable[CodeRead]) -> dict[UUID, ProductSaid]:
    """Give what people are told of the goods behind codes, by SKU. One statement, none without SKUs."""
    sku_ids = {one.sku_id for one in reads if one.sku_id}
    if not sku_ids:
        return {}
    return {
        one.id: ProductSaid(one.product_id, one.id, one.name, one.name_en, one.variant, one.variant_en, one.picture)
        for one in sku_facts(sku_ids).values()
    }


def _rows_of(numbers: set[int], brand_id: UUID) -> dict[int, tuple[Any, ...]]:
    if not numbers:
        return {}
    return {row[0]: row[1:] for row in run(OF_NUMBERS, [integers(sorted(numbers)), brand_id])}


def _read(
    opened: tuple[str, Named] | None, rows: Mapping[int, tuple[Any, ...]], brand_id: UUID
) -> CodeRead | CodeUnknown:
    if opened is None:
        return CodeUnknown()
    letters, named = opened
    row = rows.get(named.number)
    if row is None or row[0] != named.generation or (named.side == INNER and not row[1]):
        return CodeUnknown()
    return CodeRead(letters, brand_id, row[2], row[3], row[4], named.side, *row[5:])
