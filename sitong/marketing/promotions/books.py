"""What must always agree: a flash sale's count with what orders took, and that no order used one after it was undone."""

from __future__ import annotations

from django.db import connection

from sitong.shared.ledger.books import books_check

SHOWN = 20

SOLD_DIFFERS = """
SELECT i.promotion_id, i.sku_id, i.sold, i.stock, coalesce(t.taken, 0)
FROM marketing_flashitem AS i
LEFT JOIN (SELECT promotion_id, sku_id, sum(quantity) AS taken FROM marketing_flashtaking WHERE undone_at IS NULL GROUP BY promotion_id, sku_id)
  AS t ON t.promotion_id = i.promotion_id AND t.sku_id = i.sku_id
WHERE i.sold <> coalesce(t.taken, 0) OR i.sold > i.stock LIMIT %s
"""

TAKEN_WITHOUT_USE = """
SELECT t.order_id, t.promotion_id FROM marketing_flashtaking AS t
LEFT JOIN marketing_promotionuse AS u ON u.order_id = t.order_id AND u.promotion_id = t.promotion_id
WHERE u.order_id IS NULL OR (u.undone_at IS NULL) <> (t.undone_at IS NULL) LIMIT %s
"""


@books_check("marketing.promotions")
def check_promotions() -> list[str]:
    """Compare flash sales with their takings, and takings with uses."""
    with connection.cursor() as cursor:
        cursor.execute(SOLD_DIFFERS, [SHOWN])
        wrong = [f"flash sale {key} of {sku_id}: {sold} of {stock} sold, orders took {taken}"
                 for key, sku_id, sold, stock, taken in cursor.fetchall()]  # fmt: skip
        cursor.execute(TAKEN_WITHOUT_USE, [SHOWN])
        wrong += [
            f"order {order_id} took of flash sale {key} without a use that says so"
            for order_id, key in cursor.fetchall()
        ]
    return wrong
