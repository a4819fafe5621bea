"""Where goods with codes are, what they are packed in, and what is packed in them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sitong.goods.codes.models import CodeBatch
from sitong.goods.codes.moving import CodeRange, Ground, Packed, Place, Spans, Standing
from sitong.goods.codes.ranges import REACHES, Range, common, uncovered
from sitong.shared.statements import integers, run, uuids

DEEPEST = 3
"""Items lie in boxes and boxes on pallets; a shipper may put one more around them."""

OVERLAPPING = """
SELECT DISTINCT {columns} FROM unnest(%s::uuid[], %s::bigint[], %s::bigint[]) AS w(batch_id, first, last)
CROSS JOIN LATERAL (
  (SELECT * FROM {table} WHERE batch_id = w.batch_id AND first <= w.first {now} ORDER BY first DESC LIMIT 1)
  UNION ALL
  (SELECT * FROM {table} WHERE batch_id = w.batch_id AND first > w.first AND first <= w.last {now})
) AS p WHERE p.last >= w.first
"""
"""Ranges of one kind never overlap: those that meet a wanted one are the last that begins before it, and those that begin in it."""

PACKED = OVERLAPPING.format(
    table="goods_codepacking", now="AND unpacked_at IS NULL",
    columns="p.id, p.brand_id, p.batch_id, p.first, p.last, p.parent_batch_id, p.parent_first, p.per_parent, p.start, p.request_id, p.by, p.packed_at",
)  # fmt: skip
PLACED = OVERLAPPING.format(
    table="goods_codeplace", now="",
    columns="p.batch_id, p.first, p.last, p.state, p.place_kind, p.place_id, p.from_kind, p.from_id, p.document_id, p.since",
)  # fmt: skip
VOIDED = OVERLAPPING.format(table="goods_codevoid", now="", columns="p.batch_id, p.first, p.last")
PRODUCED = OVERLAPPING.format(
    table="goods_codeproduction", now="", columns="p.batch_id, p.first, p.last, p.sku_id, p.lot, p.expires_on"
)

INSIDE = """
SELECT DISTINCT p.id, p.brand_id, p.batch_id, p.first, p.last, p.parent_batch_id, p.parent_first, p.per_parent, p.start, p.request_id, p.by, p.packed_at
FROM unnest(%s::uuid[], %s::bigint[], %s::bigint[]) AS w(batch_id, first, last)
CROSS JOIN unnest(%s::int[], %s::bigint[]) AS k(reach, span)
CROSS JOIN LATERAL (SELECT * FROM goods_codepacking WHERE parent_batch_id = w.batch_id AND parent_reach = k.reach
                    AND parent_first <= w.last AND parent_first > w.first - k.span AND parent_last >= w.first AND unpacked_at IS NULL) AS p
"""

STANDINGS = """
WITH RECURSIVE up AS (
  SELECT w.batch_id AS of_batch, w.serial AS of_serial, w.batch_id, w.serial, 0 AS depth
  FROM unnest(%s::uuid[], %s::bigint[]) AS w(batch_id, serial)
  UNION ALL
  SELECT up.of_batch, up.of_serial, p.parent_batch_id, p.parent_first + (p.start + up.serial - p.first) / p.per_parent, up.depth + 1
  FROM up CROSS JOIN LATERAL (SELECT * FROM goods_codepacking WHERE batch_id = up.batch_id AND first <= up.serial AND unpacked_at IS NULL
                              ORDER BY first DESC LIMIT 1) AS p
  WHERE p.last >= up.serial AND up.depth < 5
), top AS (SELECT DISTINCT ON (of_batch, of_serial) * FROM up ORDER BY of_batch, of_serial, depth DESC)
SELECT top.of_batch, top.of_serial, top.batch_id, top.serial, c.state, c.place_kind, c.place_id, c.from_kind, c.from_id, c.document_id, c.since
FROM top CROSS JOIN LATERAL (SELECT * FROM goods_codeplace WHERE batch_id = top.batch_id AND first <= top.serial ORDER BY first DESC LIMIT 1) AS c
WHERE c.last >= top.serial
"""


@dataclass(frozen=True, slots=True)
class ContentLine:
    """Base units of a SKU, of one lot, that are in goods with codes."""

    sku_id: UUID
    lot: str
    expires_on: date | None
    units: int


@dataclass(frozen=True, slots=True)
class Contents:
    """What goods hold: the ranges that are packed in them (outermost first), and what that is in units of SKUs.

    `unknown` codes stand for goods of which nobody has said what they are.
    """

    inside: tuple[CodeRange, ...]
    lines: tuple[ContentLine, ...]
    unknown: int


def standings_now(codes: Collection[tuple[UUID, int]]) -> dict[tuple[UUID, int], Standing]:
    """Give where codes are, by (batch_id, serial): with what they are packed in. Left out: what has never moved. One statement."""
    keys = sorted(set(codes))
    rows = run(STANDINGS, [uuids([key[0] for key in keys]), integers([key[1] for key in keys])]) if keys else []
    return {(row[0], row[1]): standing_of(row[4:]) for row in rows}


def standing_of(row: Sequence[Any]) -> Standing:
    """Read a standing from its columns."""
    state, kind, place_id, from_kind, from_id, document_id, since = row
    start = Place(from_kind, from_id) if from_id else None
    return Standing(state, Place(kind, place_id), start, document_id, since)


def ground_of(units: Iterable[CodeRange], batches: dict[UUID, CodeBatch]) -> Ground:
    """Read what a batch of moves or packings is decided on; the caller holds the brands' locks. A fixed number of statements.

    `batches` gets those in which the codes are packed.
    """
    wanted = list(units)
    packed: dict[UUID, Packed] = {}
    seen: set[CodeRange] = set()
    asked = wanted
    for _ in range(DEEPEST):
        asked = [unit for unit in asked if unit not in seen]
        seen.update(asked)
        rows = [Packed(*row) for row in run(PACKED, columns(asked))]
        packed.update({row.id: row for row in rows})
        asked = [
            CodeRange(row.parent_batch_id, row.parent_of(part[0]), row.parent_of(part[1]))
            for unit in asked for row in rows
            if row.batch_id == unit.batch_id and (part := common(unit.range, (row.first, row.last)))
        ]  # fmt: skip
        wanted = [*wanted, *asked]
    missing = {unit.batch_id for unit in wanted} - set(batches)
    batches.update(CodeBatch.objects.in_bulk(list(missing)))
    spans = {key: Spans(Standing("here", Place("brand", batch.brand_id))) for key, batch in batches.items()}
    for batch_id, first, last, *standing in run(PLACED, columns(wanted)):
        spans[batch_id].rows.append(((first, last), standing_of(standing)))
    voids: dict[UUID, list[Range]] = {}
    for batch_id, first, last in run(VOIDED, columns(wanted)):
        voids.setdefault(batch_id, []).append((first, last))
    by_batch: dict[UUID, list[Packed]] = {}
    for row in packed.values():
        by_batch.setdefault(row.batch_id, []).append(row)
    return Ground(spans, by_batch, voids)


def contents_of(units: Sequence[CodeRange]) -> Contents:
    """Give what is in goods with codes. Where something is packed in a code, that counts; where nothing is, the code itself."""
    inside: list[CodeRange] = []
    leaves: list[CodeRange] = []
    asked = list(units)
    for _ in range(DEEPEST):
        rows = [Packed(*row) for row in run(INSIDE, [*columns(asked), *_reaches()])] if asked else []
        found: list[CodeRange] = []
        for unit in asked:
            holding = [row for row in rows if row.parent_batch_id == unit.batch_id]
            for row in holding:
                children = row.children_of(unit.range)
                if children is not None:
                    found.append(CodeRange(row.batch_id, *children))
            filled = [part for row in holding if (part := common(unit.range, (row.parent_first, row.parent_last)))]
            leaves += [CodeRange(unit.batch_id, *part) for part in uncovered(unit.range, filled)]
        inside += found
        asked = found
    leaves += asked
    return Contents(tuple(inside), *_lines(leaves))


def columns(units: Iterable[CodeRange]) -> list[str]:
    """Write ranges as three arrays."""
    rows = sorted(set(units))
    return [
        uuids([row.batch_id for row in rows]),
        integers([row.first for row in rows]),
        integers([row.last for row in rows]),
    ]


def _lines(leaves: Sequence[CodeRange]) -> tuple[tuple[ContentLine, ...], int]:
    batches = CodeBatch.objects.in_bulk(list({unit.batch_id for unit in leaves}))
    produced = run(PRODUCED, columns(leaves))
    totals: dict[tuple[UUID, str, date | None], int] = {}
    unknown = 0
    for unit in leaves:
        batch = batches[unit.batch_id]
        left = []
        for batch_id, first, last, sku_id, lot, expires_on in produced:
            part = common(unit.range, (first, last)) if batch_id == unit.batch_id else None
            if part is not None:
                left.append(part)
                key = (sku_id, lot, expires_on)
                totals[key] = totals.get(key, 0) + (part[1] - part[0] + 1) * batch.units
        for first, last in uncovered(unit.range, left):
            if batch.sku_id is None:
                unknown += last - first + 1
            else:
                key = (batch.sku_id, "", None)
                totals[key] = totals.get(key, 0) + (last - first + 1) * batch.units
    return tuple(
        ContentLine(*key, units) for key, units in sorted(totals.items(), key=lambda one: str(one[0]))
    ), unknown


def _reaches() -> list[str]:
    return [integers(range(len(REACHES))), integers(REACHES)]
