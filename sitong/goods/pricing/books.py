"""Recompute what the price history promises: one price at any instant."""

from __future__ import annotations

from django.db import connection

from sitong.shared.ledger.books import books_check

SHOWN_AT_MOST = 100

OVERLAPPING = """
SELECT sku_id, id, next_id, starts_at FROM (
  SELECT sku_id, id, ends_at, lead(id) OVER same AS next_id, lead(starts_at) OVER same AS starts_at FROM goods_price
  WINDOW same AS (PARTITION BY sku_id, price_list, channel, store_kind, store_id, quantity_from, tier ORDER BY starts_at)
) AS pairs
WHERE starts_at IS NOT NULL AND (ends_at IS NULL OR ends_at > starts_at) ORDER BY 1, 4 LIMIT %s
"""


@books_check("goods.prices")
def overlapping_prices() -> list[str]:
    """Find prices of one SKU, list, channel, store kind, store, tier and step whose periods overlap."""
    with connection.cursor() as cursor:
        cursor.execute(OVERLAPPING, [SHOWN_AT_MOST])
        return [
            f"SKU {sku}: price {one} overlaps {other} from {start.isoformat()}"
            for sku, one, other, start in cursor.fetchall()
        ]
