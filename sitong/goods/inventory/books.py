"""Recompute stock from its moves, lots and holds."""

from __future__ import annotations

from django.db import connection

from sitong.shared.ledger.books import books_check

SHOWN_AT_MOST = 100

DISAGREEING = """
WITH moved AS (SELECT location_id, sku_id, sum(quantity) AS quantity FROM goods_move GROUP BY 1, 2),
  lying AS (SELECT location_id, sku_id, sum(quantity) AS quantity FROM goods_lot GROUP BY 1, 2),
  promised AS (SELECT location_id, sku_id, sum(quantity) AS quantity FROM goods_hold GROUP BY 1, 2),
  level AS (SELECT location_id, sku_id, on_hand, held FROM goods_level)
SELECT location_id, sku_id, coalesce(on_hand, 0), coalesce(held, 0), coalesce(moved.quantity, 0), coalesce(lying.quantity, 0),
  coalesce(promised.quantity, 0)
FROM level FULL JOIN moved USING (location_id, sku_id) FULL JOIN lying USING (location_id, sku_id) FULL JOIN promised USING (location_id, sku_id)
WHERE coalesce(on_hand, 0) <> coalesce(moved.quantity, 0) OR coalesce(on_hand, 0) <> coalesce(lying.quantity, 0)
  OR coalesce(held, 0) <> coalesce(promised.quantity, 0) OR coalesce(held, 0) > coalesce(on_hand, 0)
ORDER BY 1, 2 LIMIT %s
"""

LOTS_ASTRAY = """
SELECT lot.id, lot.quantity, coalesce(sum(move.quantity), 0)
FROM goods_lot AS lot LEFT JOIN goods_move AS move ON move.lot_id = lot.id AND move.location_id = lot.location_id AND move.sku_id = lot.sku_id
GROUP BY lot.id HAVING lot.quantity <> coalesce(sum(move.quantity), 0) ORDER BY 1 LIMIT %s
"""


@books_check("goods.stock")
def disagreeing_stock() -> list[str]:
    """Find levels that differ from the sum of their moves, lots or holds, and lots that differ from their moves."""
    with connection.cursor() as cursor:
        cursor.execute(DISAGREEING, [SHOWN_AT_MOST])
        found = [
            f"location {location}, SKU {sku}: on hand {on_hand}, moves {moved}, lots {lying}; held {held}, holds {promised}"
            for location, sku, on_hand, held, moved, lying, promised in cursor.fetchall()
        ]
        cursor.execute(LOTS_ASTRAY, [SHOWN_AT_MOST])
        return found + [
            f"lot {lot}: {quantity} units, its moves make {moved}" for lot, quantity, moved in cursor.fetchall()
        ]
