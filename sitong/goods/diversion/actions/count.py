"""Count consumers' scans: each code once, with how far outside of its dealer's territory it was scanned first."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

import numpy as np

from sitong.goods.codes.queries.places import standings_now
from sitong.goods.diversion.periods import period_of
from sitong.goods.diversion.queries.boxes import Code, boxes_of
from sitong.goods.diversion.rules import THRESHOLDS_M
from sitong.goods.diversion.territories import territories_ready
from sitong.org.brands.queries import brand_facts
from sitong.org.stores.queries import store_facts
from sitong.shared.statements import days, integers, pipelined, run, uuids, write

LOCK = "LOCK TABLE goods_diversioncount IN ROW EXCLUSIVE MODE"
"""Taken first, so that a recount, which locks the table for itself, begins only between two batches."""

LOCATED = """
SELECT s.id, s.brand_id, s.batch_id, s.serial, s.cell, s.at, coalesce(p.product_id, b.product_id, b.id)
FROM unnest(%s::uuid[]) AS w(id) JOIN goods_scan AS s ON s.id = w.id JOIN goods_codebatch AS b ON b.id = s.batch_id
LEFT JOIN LATERAL (SELECT * FROM goods_codeproduction WHERE batch_id = s.batch_id AND first <= s.serial ORDER BY first DESC LIMIT 1) AS p
  ON p.last >= s.serial
WHERE s.role = 'consumer' AND s.cell IS NOT NULL AND b.level = 'item' AND s.side = CASE WHEN b.inner THEN 'inner' ELSE 'outer' END
  AND NOT EXISTS (SELECT FROM goods_scan AS e WHERE e.batch_id = s.batch_id AND e.serial = s.serial AND e.side = s.side
                  AND e.role = 'consumer' AND e.cell IS NOT NULL AND e.before < s.before)
ORDER BY s.id
"""
"""A code's first scan with a place. `before` rises under the lock of the code's row, so that no two scans are both the first."""

COUNTED = "scans, far_5km, far_15km, far_50km, far_150km"
ADDED = ", ".join(f"{one} = t.{one} + excluded.{one}" for one in COUNTED.split(", "))

ADD_COUNTS = f"""
INSERT INTO goods_diversioncount AS t (brand_id, period_on, dealer_id, store_id, product_id, {COUNTED})
SELECT * FROM unnest(%s::uuid[], %s::date[], %s::uuid[], %s::uuid[], %s::uuid[], %s::int[], %s::int[], %s::int[], %s::int[], %s::int[])
ON CONFLICT (period_on, dealer_id, store_id, product_id) DO UPDATE SET {ADDED}
"""  # noqa: S608 constants of this file

ADD_BOXES = f"""
INSERT INTO goods_boxcount AS t (brand_id, period_on, batch_id, serial, dealer_id, {COUNTED}, best)
SELECT *, 0 FROM unnest(%s::uuid[], %s::date[], %s::uuid[], %s::bigint[], %s::uuid[], %s::int[], %s::int[], %s::int[], %s::int[], %s::int[])
ON CONFLICT (period_on, batch_id, serial) DO UPDATE SET {ADDED}
"""  # noqa: S608 constants of this file

ADD_FAR = """
INSERT INTO goods_farscan (id, brand_id, period_on, dealer_id, store_id, product_id, batch_id, serial, box_batch_id, box_serial, cell, distance_m, at)
SELECT id, brand_id, period_on, dealer_id, store_id, product_id, batch_id, serial, box_batch_id, nullif(box_serial, 0), cell, distance_m, at
FROM unnest(%s::uuid[], %s::uuid[], %s::date[], %s::uuid[], %s::uuid[], %s::uuid[], %s::uuid[], %s::bigint[], %s::uuid[], %s::bigint[],
            %s::bigint[], %s::int[], %s::timestamptz[])
  AS w(id, brand_id, period_on, dealer_id, store_id, product_id, batch_id, serial, box_batch_id, box_serial, cell, distance_m, at)
"""

Key = tuple[Any, ...]
Counts = dict[Key, list[int]]


@dataclass(frozen=True, slots=True)
class Placed:
    """A code's first scan with a place, and to whom the code was shipped. `store_id` is the dealer's id when no store had it."""

    id: UUID
    brand_id: UUID
    period_on: date
    dealer_id: UUID
    store_id: UUID
    product_id: UUID
    batch_id: UUID
    serial: int
    box: Code | None
    cell: int
    at: datetime


def count_scans(scan_ids: Collection[UUID]) -> int:
    """Count these scans, each code's first with a place and no other; gives how many counted. In the caller's transaction.

    Left out: staff's scans, scans without a place, codes that were shipped to nobody or to a dealer without a territory. As many
    statements for two as for a thousand.
    """
    if not scan_ids:
        return 0
    run(LOCK)
    placed = _placed(scan_ids)
    ready = territories_ready({one.dealer_id for one in placed})
    counted = [one for one in placed if one.dealer_id in ready and ready[one.dealer_id].drawn]
    distances = np.zeros(len(counted))
    for dealer_id in {one.dealer_id for one in counted}:
        mine = [at for at, one in enumerate(counted) if one.dealer_id == dealer_id]
        distances[mine] = ready[dealer_id].distances_m(np.array([counted[at].cell for at in mine], dtype=np.uint64))
    _write(counted, distances.astype(int).tolist())
    return len(counted)


def _placed(scan_ids: Collection[UUID]) -> list[Placed]:
    rows = run(LOCATED, [uuids(sorted(scan_ids))])
    codes = sorted({(row[2], row[3]) for row in rows})
    if not codes:
        return []
    standings = standings_now(codes)
    boxes = boxes_of(codes)
    stores = store_facts({one.place.id for one in standings.values() if one.place.kind == "store"})
    zones = {key: brand.zone for key, brand in brand_facts({row[1] for row in rows}).items()}
    found = []
    for scan_id, brand_id, batch_id, serial, cell, at, product_id in rows:
        standing = standings.get((batch_id, serial))
        if standing is None or standing.place.kind == "brand":
            continue
        store = stores.get(standing.place.id)
        dealer_id = store.dealer_id if store else standing.place.id
        if dealer_id is not None:
            found.append(Placed(
                scan_id, brand_id, period_of(at, zones[brand_id]), dealer_id, store.id if store else dealer_id, product_id, batch_id,
                serial, boxes.get((batch_id, serial)), cell, at,
            ))  # fmt: skip
    return found


def _write(counted: Sequence[Placed], distances: Sequence[int]) -> None:
    counts: Counts = {}
    boxes: Counts = {}
    far = []
    for one, distance in zip(counted, distances, strict=True):
        _add(counts, (one.brand_id, one.period_on, one.dealer_id, one.store_id, one.product_id), distance)
        if one.box is not None:
            _add(boxes, (one.brand_id, one.period_on, *one.box, one.dealer_id), distance)
        if distance >= THRESHOLDS_M[0]:
            far.append((one, distance))
    with pipelined():
        write_counts(counts)
        write_boxes(_one_dealer_each(boxes))
        if far:
            write_far(far)


def _add(counts: Counts, key: Key, distance: int) -> None:
    sums = counts.setdefault(key, [0] * (1 + len(THRESHOLDS_M)))
    sums[0] += 1
    for at, threshold in enumerate(THRESHOLDS_M, 1):
        sums[at] += distance >= threshold


def _one_dealer_each(boxes: Counts) -> Counts:
    """A box whose codes stand at several dealers counts for the first of them: a row of an upsert may be met only once."""
    found: Counts = {}
    firsts: dict[Key, Key] = {}
    for key in sorted(boxes, key=str):
        first = firsts.setdefault(key[:4], key)
        sums = found.setdefault(first, [0] * len(boxes[key]))
        found[first] = [one + other for one, other in zip(sums, boxes[key], strict=True)]
    return found


def write_counts(counts: Mapping[Key, Sequence[int]]) -> None:
    """Add to the counts of dealers, stores and products. One statement, rows in the order of their keys."""
    if rows := sorted(counts.items(), key=lambda row: tuple(map(str, row[0]))):
        keys = [key for key, _ in rows]
        write(ADD_COUNTS, [
            uuids([key[0] for key in keys]), days([key[1] for key in keys]), *(uuids([key[at] for key in keys]) for at in (2, 3, 4)),
            *_sums(rows),
        ])  # fmt: skip


def write_boxes(boxes: Mapping[Key, Sequence[int]]) -> None:
    """Add to the counts of boxes. One statement, rows in the order of their keys."""
    if rows := sorted(boxes.items(), key=lambda row: tuple(map(str, row[0]))):
        keys = [key for key, _ in rows]
        write(ADD_BOXES, [
            uuids([key[0] for key in keys]), days([key[1] for key in keys]), uuids([key[2] for key in keys]),
            integers([key[3] for key in keys]), uuids([key[4] for key in keys]), *_sums(rows),
        ])  # fmt: skip


def write_far(far: Sequence[tuple[Placed, int]]) -> None:
    """Keep the scans that lie outside. One statement."""
    ones = [one for one, _ in far]
    write(ADD_FAR, [
        uuids([one.id for one in ones]), uuids([one.brand_id for one in ones]), days([one.period_on for one in ones]),
        uuids([one.dealer_id for one in ones]), uuids([one.store_id for one in ones]), uuids([one.product_id for one in ones]),
        uuids([one.batch_id for one in ones]), integers([one.serial for one in ones]),
        uuids([one.box[0] if one.box else None for one in ones]), integers([one.box[1] if one.box else 0 for one in ones]),
        integers([one.cell for one in ones]), integers([distance for _, distance in far]), days([one.at for one in ones]),
    ])  # fmt: skip


def _sums(rows: Sequence[tuple[Key, Sequence[int]]]) -> list[str]:
    return [integers([sums[at] for _, sums in rows]) for at in range(1 + len(THRESHOLDS_M))]
