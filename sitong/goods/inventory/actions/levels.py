"""The locked level rows, and the one way in which stock moves: steps into lots, levels and moves, a statement per table."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sitong.goods.inventory.rules import LevelNow, LotKey, Pair, Step, Stock
from sitong.shared.ids import new_ids
from sitong.shared.statements import days, integers, run, texts, uuids

LOCK = """
SELECT wanted.at, l.on_hand, l.held, l.safety
FROM unnest(%s::uuid[], %s::uuid[]) WITH ORDINALITY AS wanted(location_id, sku_id, at)
CROSS JOIN LATERAL (
  SELECT * FROM goods_level WHERE location_id = wanted.location_id AND sku_id = wanted.sku_id FOR NO KEY UPDATE
) AS l
"""
"""Locks in the order of the arrays, which is sorted: the lateral join can only be a nested loop over them."""

OPEN_AND_LOCK = """
INSERT INTO goods_level (location_id, sku_id, brand_id, on_hand, held, safety)
SELECT location_id, sku_id, brand_id, 0, 0, 0 FROM unnest(%s::uuid[], %s::uuid[], %s::uuid[]) AS wanted(location_id, sku_id, brand_id)
ON CONFLICT (location_id, sku_id) DO UPDATE SET safety = goods_level.safety
RETURNING location_id, sku_id, on_hand, held, safety
"""
"""Opens missing levels and locks the others in one sorted pass: two passes could deadlock with each other."""

LOTS = """
SELECT location_id, sku_id, code, expires_on, quantity, id FROM goods_lot
WHERE (location_id, sku_id) IN (SELECT * FROM unnest(%s::uuid[], %s::uuid[])) AND quantity > 0
"""

CHANGE_LEVELS = """
UPDATE goods_level AS l SET on_hand = l.on_hand + change.moved, held = l.held - change.released
FROM unnest(%s::uuid[], %s::uuid[], %s::bigint[], %s::bigint[]) AS change(location_id, sku_id, moved, released)
WHERE l.location_id = change.location_id AND l.sku_id = change.sku_id RETURNING 1
"""

CLOSE_LEVELS = """
DELETE FROM goods_level AS l USING unnest(%s::uuid[], %s::uuid[]) AS untouched(location_id, sku_id)
WHERE l.location_id = untouched.location_id AND l.sku_id = untouched.sku_id AND l.on_hand = 0 AND l.held = 0 AND l.safety = 0
  AND NOT EXISTS (SELECT FROM goods_move AS m WHERE m.location_id = l.location_id AND m.sku_id = l.sku_id)
"""

ADD_TO_LOTS = """
INSERT INTO goods_lot AS lot (id, brand_id, location_id, sku_id, code, expires_on, quantity)
SELECT * FROM unnest(%s::uuid[], %s::uuid[], %s::uuid[], %s::uuid[], %s::text[], %s::date[], %s::bigint[])
ON CONFLICT (location_id, sku_id, code, expires_on) DO UPDATE SET quantity = lot.quantity + excluded.quantity
RETURNING location_id, sku_id, code, expires_on, id
"""

TAKE_FROM_LOTS = """
UPDATE goods_lot AS lot SET quantity = lot.quantity - taken.quantity
FROM unnest(%s::uuid[], %s::bigint[]) AS taken(id, quantity) WHERE lot.id = taken.id
"""

WRITE_MOVES = """
INSERT INTO goods_move (id, brand_id, location_id, sku_id, lot_id, quantity, reason, document_id, by, at)
SELECT id, brand_id, location_id, sku_id, lot_id, quantity, reason, document_id, %s::uuid, %s::timestamptz
FROM unnest(%s::uuid[], %s::uuid[], %s::uuid[], %s::uuid[], %s::uuid[], %s::bigint[], %s::text[], %s::uuid[])
  AS move(id, brand_id, location_id, sku_id, lot_id, quantity, reason, document_id)
"""


@dataclass
class LockedStock:
    """Locked levels with their lots, and what is needed to write steps: each lot's id, each location's brand."""

    stock: Stock
    lot_ids: dict[tuple[Pair, LotKey], UUID]
    brands: Mapping[UUID, UUID]


def lock_levels(pairs: Collection[Pair]) -> dict[Pair, LevelNow]:
    """Lock the levels of these (location_id, sku_id), in that order, until the transaction ends, and give them all.

    A pair without a level row has nothing on hand and is given as zeros; nothing can be held there.
    """
    wanted = sorted(set(pairs), key=_by_bytes)
    found = dict.fromkeys(wanted, LevelNow())
    if wanted:
        rows = run(LOCK, [uuids([location for location, _ in wanted]), uuids([sku for _, sku in wanted])])
        found.update({wanted[at - 1]: LevelNow(*numbers) for at, *numbers in rows})
    return found


def _by_bytes(pair: Pair) -> tuple[int, int]:
    """Sort pairs as PostgreSQL sorts their ids; comparing integers is several times as fast as comparing UUIDs."""
    return pair[0].int, pair[1].int


def open_levels(pairs: Collection[Pair], brands: Mapping[UUID, UUID]) -> dict[Pair, LevelNow]:
    """Lock the levels of these pairs in their order, opening the missing ones."""
    wanted = sorted(set(pairs))
    if not wanted:
        return {}
    rows = run(
        OPEN_AND_LOCK,
        [
            uuids(location for location, _ in wanted),
            uuids(sku for _, sku in wanted),
            uuids(brands[location] for location, _ in wanted),
        ],
    )
    return {(location, sku): LevelNow(*numbers) for location, sku, *numbers in rows}


def open_and_lock(pairs: Collection[Pair], brands: Mapping[UUID, UUID]) -> LockedStock:
    """Lock the levels of these pairs, opening the missing ones, and read their lots."""
    return read_lots(open_levels(pairs, brands), brands)


def read_lots(levels: Mapping[Pair, LevelNow], brands: Mapping[UUID, UUID]) -> LockedStock:
    """Read the lots of locked levels; the level's lock guards them."""
    lots: dict[Pair, dict[LotKey, int]] = defaultdict(dict)
    ids: dict[tuple[Pair, LotKey], UUID] = {}
    if levels:
        rows = run(LOTS, [uuids(location for location, _ in levels), uuids(sku for _, sku in levels)])
        for location, sku, code, expires_on, quantity, lot_id in rows:
            lots[location, sku][code, expires_on] = quantity
            ids[(location, sku), (code, expires_on)] = lot_id
    return LockedStock(Stock(levels, dict(lots)), ids, brands)


def write_steps(
    locked: LockedStock, steps: Sequence[Step], *, released: Mapping[Pair, int], by: UUID | None, now: datetime
) -> None:
    """Write what was decided: levels, lots, moves, one statement each. `released` units are no longer held."""
    moved: dict[Pair, int] = defaultdict(int)
    added: dict[tuple[Pair, LotKey], int] = defaultdict(int)
    taken: dict[tuple[Pair, LotKey], int] = defaultdict(int)
    for step in steps:
        moved[step.pair] += step.quantity
        side = added if step.quantity > 0 else taken
        side[step.pair, step.lot] += abs(step.quantity)
    change_levels(moved, released)
    lot_ids = {**locked.lot_ids, **_add_to_lots(added, locked.brands)}
    if taken:
        run(TAKE_FROM_LOTS, [uuids(lot_ids[key] for key in taken), integers(taken.values())])
    if steps:
        run(WRITE_MOVES, [
            by, now, uuids(new_ids(len(steps))),
            uuids(locked.brands[step.pair[0]] for step in steps),
            uuids(step.pair[0] for step in steps),
            uuids(step.pair[1] for step in steps),
            uuids(lot_ids[step.pair, step.lot] for step in steps),
            integers(step.quantity for step in steps),
            texts(step.reason for step in steps),
            uuids(step.document_id for step in steps),
        ])  # fmt: skip


def change_levels(moved: Mapping[Pair, int], released: Mapping[Pair, int]) -> None:
    """Add `moved` to what is on hand and take `released` from what is held, at locked levels. One statement."""
    both = {pair: [moved.get(pair, 0) if moved else 0, quantity] for pair, quantity in released.items()}
    both.update({pair: [quantity, 0] for pair, quantity in moved.items() if pair not in both})
    changed_pairs = [(pair, change[0], change[1]) for pair, change in both.items() if change[0] or change[1]]
    changes = sorted(changed_pairs, key=lambda change: _by_bytes(change[0]))
    if not changes:
        return
    changed = run(CHANGE_LEVELS, [
        uuids([pair[0] for pair, _, _ in changes]),
        uuids([pair[1] for pair, _, _ in changes]),
        integers([moved for _, moved, _ in changes]),
        integers([released for _, _, released in changes]),
    ])  # fmt: skip
    if len(changed) != len(changes):
        raise RuntimeError("stock was changed at a place that has no level")


def close_untouched(pairs: Collection[Pair]) -> None:
    """Remove the levels that were opened for documents which then moved nothing: a refusal leaves no row."""
    if pairs:
        run(CLOSE_LEVELS, [uuids(location for location, _ in pairs), uuids(sku for _, sku in pairs)])


def _add_to_lots(
    added: Mapping[tuple[Pair, LotKey], int], brands: Mapping[UUID, UUID]
) -> dict[tuple[Pair, LotKey], UUID]:
    if not added:
        return {}
    rows = run(ADD_TO_LOTS, [
        uuids(new_ids(len(added))),
        uuids(brands[location] for (location, _), _ in added),
        uuids(location for (location, _), _ in added),
        uuids(sku for (_, sku), _ in added),
        texts(code for _, (code, _) in added),
        days(expires_on for _, (_, expires_on) in added),
        integers(added.values()),
    ])  # fmt: skip
    return {((location, sku), (code, expires_on)): lot_id for location, sku, code, expires_on, lot_id in rows}
