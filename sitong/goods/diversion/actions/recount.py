"""Count a brand's quarter anew from its scans: after territories were redrawn, or when history was brought in."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import numpy as np
from django.db import transaction

from sitong.goods.codes.models import CodeBatch
from sitong.goods.diversion.bulk import (
    EPOCH_US,
    NONE,
    Integers,
    Packings,
    Spans,
    first_of_each,
    packings_of,
    rows_read,
    spans_of,
    standing_of,
)
from sitong.goods.diversion.periods import next_period
from sitong.goods.diversion.queries.unread import unread_scans
from sitong.goods.diversion.reach import Territory
from sitong.goods.diversion.rules import THRESHOLDS_M
from sitong.goods.diversion.territories import territories_ready
from sitong.org.stores.queries import store_facts
from sitong.shared.statements import integers, run, uuids, write

PIECE = 2_000_000
ROWS = 100_000

ALONE = "LOCK TABLE goods_diversioncount IN SHARE ROW EXCLUSIVE MODE"
CLEAR = (
    "DELETE FROM goods_diversioncount WHERE brand_id = %s AND period_on = %s",
    "DELETE FROM goods_boxcount WHERE brand_id = %s AND period_on = %s",
    "DELETE FROM goods_farscan WHERE brand_id = %s AND period_on = %s",
    "DELETE FROM goods_diversionweight WHERE brand_id = %s AND period_on = %s",
)

SCANS = """
SELECT string_agg(int8send(serial) || int8send(cell) || int4send(before) || timestamptz_send(at) || uuid_send(id), ''::bytea)
FROM goods_scan WHERE batch_id = %s AND serial BETWEEN %s AND %s AND side = %s AND role = 'consumer' AND cell IS NOT NULL AND at < %s
"""
"""One value for a piece: a client spends more on a million rows than the server on finding them."""

BY_PAGES, BY_ROWS = "SET LOCAL enable_indexscan = off", "SET LOCAL enable_indexscan = on"
"""The planner does not know that scans lie in the order in which they came: row by row it takes ten times as long as page by page."""

SCANNED = "SELECT EXISTS (SELECT FROM goods_scan WHERE batch_id = %s AND at >= %s AND at < %s)"

PACKED = """
SELECT first, last, start, per_parent, parent_first, parent_batch_id, unpacked_at IS NULL FROM goods_codepacking WHERE batch_id = %s
ORDER BY packed_at, id
"""
PLACES = "SELECT first, last, place_kind, place_id FROM goods_codeplace WHERE batch_id = %s"
PRODUCED = "SELECT first, last, product_id FROM goods_codeproduction WHERE batch_id = %s"

SUMS = "%s::int[], %s::int[], %s::int[], %s::int[], %s::int[]"
COUNTS = f"""
INSERT INTO goods_diversioncount (brand_id, period_on, dealer_id, store_id, product_id, scans, far_5km, far_15km, far_50km, far_150km)
SELECT %s::uuid, %s::date, * FROM unnest(%s::uuid[], %s::uuid[], %s::uuid[], {SUMS})
"""  # noqa: S608 constants of this file
BOXES = f"""
INSERT INTO goods_boxcount (brand_id, period_on, batch_id, serial, dealer_id, scans, far_5km, far_15km, far_50km, far_150km, best)
SELECT %s::uuid, %s::date, %s::uuid, w.serial, (%s::uuid[])[w.dealer], w.scans, w.one, w.two, w.three, w.four, 0
FROM unnest(%s::bigint[], %s::int[], {SUMS}) AS w(serial, dealer, scans, one, two, three, four)
"""  # noqa: S608 constants of this file
FAR = """
INSERT INTO goods_farscan (id, brand_id, period_on, dealer_id, store_id, product_id, batch_id, serial, box_batch_id, box_serial, cell, distance_m, at)
SELECT w.id, %s, %s, (%s::uuid[])[w.dealer], (%s::uuid[])[w.store], (%s::uuid[])[w.product], %s, w.serial, (%s::uuid[])[w.box_batch],
       CASE WHEN w.box_batch > 0 THEN w.box_serial END, w.cell, w.distance_m, to_timestamp(w.at_us / 1000000.0)
FROM unnest(%s::uuid[], %s::int[], %s::int[], %s::int[], %s::bigint[], %s::int[], %s::bigint[], %s::bigint[], %s::int[], %s::bigint[])
  AS w(id, dealer, store, product, serial, box_batch, box_serial, cell, distance_m, at_us)
"""


@dataclass(slots=True)
class _Numbers:
    """Ids as small numbers, and back."""

    ids: list[UUID] = field(default_factory=list)
    known: dict[UUID, int] = field(default_factory=dict)

    def of(self, key: UUID) -> int:
        if key not in self.known:
            self.known[key] = len(self.ids)
            self.ids.append(key)
        return self.known[key]


@dataclass(slots=True)
class _Tally:
    """What a recount adds up over all batches."""

    brand_id: UUID
    period_on: date
    batches: _Numbers = field(default_factory=_Numbers)
    places: _Numbers = field(default_factory=_Numbers)
    products: _Numbers = field(default_factory=_Numbers)
    kinds: dict[int, str] = field(default_factory=dict)
    packed: dict[UUID, tuple[Packings, Packings, Spans]] = field(default_factory=dict)
    counts: dict[tuple[int, int, int], Integers] = field(default_factory=dict)
    boxes: list[Integers] = field(default_factory=list)
    counted: int = 0


def recount_period(brand_id: UUID, period_on: date, *, zone: str) -> int:
    """Count a brand's quarter anew and give how many codes counted, in one transaction. Handlers wait meanwhile.

    Whole arrays of scans are read at once, a batch of codes after the other. What the handler has yet to read is left for it, so nothing
    counts twice. Goods count for the place where they are now; looks begin anew, alerts stay.
    """
    there = ZoneInfo(zone)
    start, end = (datetime.combine(day, time.min, tzinfo=there) for day in (period_on, next_period(period_on)))
    tally = _Tally(brand_id, period_on)
    with transaction.atomic():
        run(ALONE)
        unread = np.array([one.bytes for one in unread_scans(brand_id)], dtype="S16").astype("V16")
        for statement in CLEAR:
            write(statement, [brand_id, period_on])
        for batch in CodeBatch.objects.filter(brand_id=brand_id, level="item").order_by("first_number"):
            if run(SCANNED, [batch.id, start, end])[0][0]:
                for rows in _pieces(batch, end):
                    _count(tally, batch, rows, unread, start)
        _write_counts(tally)
        _write_boxes(tally)
    return tally.counted


def _pieces(batch: CodeBatch, end: datetime) -> Iterator[Any]:
    """Read the scans of a batch in pieces of so many codes."""
    side = "inner" if batch.inner else "outer"
    for first in range(1, batch.quantity + 1, PIECE):
        run(BY_PAGES)
        ((sent,),) = run(SCANS, [batch.id, first, first + PIECE - 1, side, end])
        run(BY_ROWS)
        if sent is not None:
            yield rows_read(bytes(sent))


def _count(tally: _Tally, batch: CodeBatch, rows: Any, unread: Any, start: datetime) -> None:
    serials = rows["serial"].astype(np.int64)
    rows = rows[first_of_each(serials, rows["before"].astype(np.int64))]
    rows = rows[rows["at_us"] >= int(start.timestamp()) * 1_000_000 - EPOCH_US]
    if unread.size:
        rows = rows[~np.isin(rows["id"], unread)]
    serials = rows["serial"].astype(np.int64)
    place = standing_of(batch.id, serials, lambda key: _of_batch(tally, key))
    dealer_of, store_of = _responsible(tally)
    dealer = np.where(place >= 0, dealer_of[place.clip(0)], NONE) if dealer_of.size else np.full(serials.size, NONE)
    ready = territories_ready([tally.places.ids[one] for one in np.unique(dealer[dealer >= 0]).tolist()])
    drawn = {tally.places.of(key): one for key, one in ready.items() if one.drawn}
    kept = np.isin(dealer, list(drawn)) if drawn else np.zeros(serials.size, dtype=bool)
    rows, serials, place, dealer = rows[kept], serials[kept], place[kept], dealer[kept]
    distances = _distances(dealer, rows["cell"].astype(np.uint64), drawn)
    beyond = np.stack([distances >= threshold for threshold in THRESHOLDS_M], axis=1)
    product = _products(tally, batch, serials)
    store = store_of[place] if serials.size else place
    tally.counted += serials.size
    _add_counts(tally, dealer, store, product, beyond)
    box_batch, box = _of_batch_ever(tally, batch.id).of(serials)
    _add_boxes(tally, box_batch, box, dealer, beyond)
    far = np.flatnonzero(beyond[:, 0])
    _write_far(
        tally,
        batch.id,
        rows[far],
        serials[far],
        (dealer[far], store[far], product[far]),
        (box_batch[far], box[far]),
        distances[far],
    )


def _distances(dealer: Integers, cells: Any, drawn: dict[int, Territory]) -> Integers:
    found = np.zeros(cells.size)
    for number in np.unique(dealer).tolist():
        mine = np.flatnonzero(dealer == number)
        found[mine] = drawn[number].distances_m(cells[mine])
    return found.astype(np.int64)


def _responsible(tally: _Tally) -> tuple[Integers, Integers]:
    """Give for each place the dealer that answers for it and the store, as numbers of places."""
    stores = store_facts([key for number, key in enumerate(tally.places.ids) if tally.kinds.get(number) == "store"])
    dealer, store = [], []
    for number, key in enumerate(list(tally.places.ids)):
        kind = tally.kinds.get(number)
        answering = stores[key].dealer_id if kind == "store" and key in stores else key if kind == "dealer" else None
        dealer.append(tally.places.of(answering) if answering else NONE)
        store.append(number)
    return np.array(dealer, dtype=np.int64), np.array(store, dtype=np.int64)


def _products(tally: _Tally, batch: CodeBatch, serials: Integers) -> Integers:
    rows = [(first, last, tally.products.of(product_id)) for first, last, product_id in run(PRODUCED, [batch.id])]
    found = spans_of(rows).of(serials)
    return np.where(found >= 0, found, tally.products.of(batch.product_id or batch.id))


def _of_batch(tally: _Tally, batch_id: UUID) -> tuple[Packings, Spans, Sequence[UUID]]:
    packed, _, places = _loaded(tally, batch_id)
    return packed, places, tally.batches.ids


def _of_batch_ever(tally: _Tally, batch_id: UUID) -> Packings:
    return _loaded(tally, batch_id)[1]


def _loaded(tally: _Tally, batch_id: UUID) -> tuple[Packings, Packings, Spans]:
    if batch_id not in tally.packed:
        rows = [((*row[:5], tally.batches.of(row[5])), row[6]) for row in run(PACKED, [batch_id])]
        places = []
        for first, last, kind, place_id in run(PLACES, [batch_id]):
            number = tally.places.of(place_id)
            tally.kinds[number] = kind
            places.append((first, last, number))
        ever = packings_of([row for row, _ in rows])
        now = packings_of([row for row, packed in rows if packed])
        tally.packed[batch_id] = now, ever, spans_of(places)
    return tally.packed[batch_id]


def _summed(keys: Integers, beyond: Any) -> tuple[Integers, Integers]:
    """Give each key once, with how many scans it has and how many of them beyond each threshold."""
    each, back = np.unique(keys, return_inverse=True)
    columns = [np.bincount(back, minlength=each.size)]
    columns += [np.bincount(back[beyond[:, at]], minlength=each.size) for at in range(len(THRESHOLDS_M))]
    return each, np.stack(columns, axis=1).astype(np.int64)


def _add_counts(tally: _Tally, dealer: Integers, store: Integers, product: Integers, beyond: Any) -> None:
    places, products = len(tally.places.ids), len(tally.products.ids)
    keys, sums = _summed((dealer * places + store) * products + product, beyond)
    for key, row in zip(keys.tolist(), sums, strict=True):
        of = (key // products // places, key // products % places, key % products)
        tally.counts[of] = tally.counts.get(of, 0) + row


def _add_boxes(tally: _Tally, box_batch: Integers, box: Integers, dealer: Integers, beyond: Any) -> None:
    for number in np.unique(box_batch[box_batch >= 0]).tolist():
        mine = np.flatnonzero(box_batch == number)
        keys, sums = _summed(box[mine], beyond[mine])
        order = np.argsort(box[mine], kind="stable")
        owner = dealer[mine][order][np.searchsorted(box[mine][order], keys)]
        tally.boxes.append(np.column_stack([np.full(keys.size, number), keys, owner, sums]))


def _write_counts(tally: _Tally) -> None:
    if rows := sorted(tally.counts.items()):
        ids = tally.places.ids
        write(COUNTS, [
            tally.brand_id, tally.period_on, uuids([ids[key[0]] for key, _ in rows]), uuids([ids[key[1]] for key, _ in rows]),
            uuids([tally.products.ids[key[2]] for key, _ in rows]), *(integers([row[at] for _, row in rows]) for at in range(5)),
        ])  # fmt: skip


def _write_boxes(tally: _Tally) -> None:
    """Write the boxes, those of each batch in the order of their serials; one whose codes lay in several pieces is added up."""
    if not tally.boxes:
        return
    rows = np.concatenate(tally.boxes)
    each, first, back = np.unique(rows[:, :2], axis=0, return_index=True, return_inverse=True)
    if each.shape[0] < rows.shape[0]:
        sums = np.stack(
            [np.bincount(back.ravel(), weights=rows[:, at], minlength=each.shape[0]) for at in range(3, 8)], axis=1
        )
        rows = np.column_stack([each, rows[first, 2], sums.astype(np.int64)])
    else:
        rows = rows[first]
    dealers = uuids(tally.places.ids)
    for number in np.unique(rows[:, 0]).tolist():
        mine = rows[rows[:, 0] == number]
        for start in range(0, mine.shape[0], ROWS):
            piece = mine[start : start + ROWS]
            write(BOXES, [
                tally.brand_id, tally.period_on, tally.batches.ids[number], dealers, integers(piece[:, 1].tolist()),
                integers((piece[:, 2] + 1).tolist()), *(integers(piece[:, at].tolist()) for at in range(3, 8)),
            ])  # fmt: skip


def _write_far(
    tally: _Tally,
    batch_id: UUID,
    rows: Any,
    serials: Integers,
    of: tuple[Integers, ...],
    box: tuple[Integers, Integers],
    distances: Integers,
) -> None:
    """Keep the scans that lie outside, so many at once. Arrays of PostgreSQL begin at 1."""
    places, products, boxes = uuids(tally.places.ids), uuids(tally.products.ids), uuids(tally.batches.ids)
    for start in range(0, serials.size, ROWS):
        cut = slice(start, start + ROWS)
        write(FAR, [
            tally.brand_id, tally.period_on, places, places, products, batch_id, boxes,
            "{" + ",".join([one.hex() for one in rows["id"][cut].tolist()]) + "}", *(integers((one[cut] + 1).tolist()) for one in of),
            integers(serials[cut].tolist()), integers((box[0][cut] + 1).tolist()), integers(box[1][cut].tolist()),
            integers(rows["cell"][cut].tolist()), integers(distances[cut].tolist()), integers((rows["at_us"][cut].astype(np.int64) + EPOCH_US).tolist()),
        ])  # fmt: skip
