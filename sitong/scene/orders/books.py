"""What must always agree among orders, their lines, payments and holds."""

from __future__ import annotations

from uuid import UUID

from django.db import connection

from sitong.goods.inventory.queries import quantities_held
from sitong.scene.orders.models import Order, OrderLine, OrderState
from sitong.shared.ledger.books import books_check

SHOWN = 20
OPEN = (OrderState.PLACED, OrderState.PAID)

LINES_DIFFER = """
SELECT o.number, o.goods_minor, o.discount_minor, coalesce(l.goods, 0), coalesce(l.discount, 0)
FROM scene_order AS o
LEFT JOIN (SELECT order_id, sum(goods_minor) AS goods, sum(discount_minor) AS discount FROM scene_orderline GROUP BY order_id) AS l
  ON l.order_id = o.id
WHERE o.goods_minor <> coalesce(l.goods, 0) OR o.discount_minor <> coalesce(l.discount, 0) LIMIT %s
"""

PARTS_DIFFER = """
SELECT o.number, o.coupon_minor, o.points_minor, coalesce(l.coupon, 0), coalesce(l.points, 0)
FROM scene_order AS o
LEFT JOIN (SELECT order_id, sum(coupon_minor) AS coupon, sum(points_minor) AS points, sum(promotion_minor) AS promotion
           FROM scene_orderline GROUP BY order_id) AS l
  ON l.order_id = o.id
WHERE o.source = '' AND (o.promotion_minor <> coalesce(l.promotion, 0) OR o.coupon_minor <> coalesce(l.coupon, 0) OR o.points_minor <> coalesce(l.points, 0)
                         OR (o.points_minor > 0) <> (o.points_spent > 0)) LIMIT %s
"""

REASONS_DIFFER = """
SELECT o.number, l.position, l.coupon_minor, l.points_minor, r.coupon, r.points
FROM scene_order AS o JOIN scene_orderline AS l ON l.order_id = o.id
CROSS JOIN LATERAL (
  SELECT coalesce(sum((e->>'saved_minor')::bigint) FILTER (WHERE e->>'code' = 'promotion'), 0) AS promotion,
         coalesce(sum((e->>'saved_minor')::bigint) FILTER (WHERE e->>'code' = 'coupon'), 0) AS coupon,
         coalesce(sum((e->>'saved_minor')::bigint) FILTER (WHERE e->>'code' = 'points'), 0) AS points
  FROM jsonb_array_elements(l.reasons) AS e
) AS r
WHERE o.source = '' AND (o.promotion_minor > 0 OR o.coupon_minor > 0 OR o.points_minor > 0)
  AND (r.promotion, r.coupon, r.points) <> (l.promotion_minor, l.coupon_minor, l.points_minor) LIMIT %s
"""
"""What a line says of its promotions, coupons and points is what they took off it."""

USES_DIFFER = """
SELECT o.number, o.promotion_minor, coalesce(u.saved, 0) FROM scene_order AS o
LEFT JOIN (SELECT order_id, sum(saved_minor) AS saved FROM marketing_promotionuse GROUP BY order_id) AS u ON u.order_id = o.id
WHERE o.source = '' AND o.promotion_minor <> coalesce(u.saved, 0) LIMIT %s
"""
"""What promotions say that they gave to an order is what the order says."""

LOST_LINES = "SELECT l.order_id FROM scene_orderline AS l LEFT JOIN scene_order AS o ON o.id = l.order_id WHERE o.id IS NULL LIMIT %s"
LOST_STEPS = "SELECT s.order_id FROM scene_orderstep AS s LEFT JOIN scene_order AS o ON o.id = s.order_id WHERE o.id IS NULL LIMIT %s"

STATE_WITHOUT_STEP = """
SELECT o.number, o.state FROM scene_order AS o
LEFT JOIN scene_orderstep AS s ON s.order_id = o.id AND s.step = o.state WHERE s.order_id IS NULL LIMIT %s
"""

NOT_PAID_FOR = """
SELECT o.number, o.total_minor - coalesce(l.returned, 0) + coalesce(x.left_, 0), coalesce(p.paid, 0) FROM scene_order AS o
LEFT JOIN (SELECT document_id, sum(amount_minor - refunded_minor) AS paid FROM scene_payment WHERE state = 'paid' GROUP BY document_id) AS p
  ON p.document_id = o.id
LEFT JOIN (SELECT order_id, sum(returned_minor) AS returned FROM scene_orderline WHERE returned > 0 GROUP BY order_id) AS l ON l.order_id = o.id
LEFT JOIN (SELECT source_id, sum(amount_minor - refunded_minor) AS left_ FROM scene_payment WHERE source_id IS NOT NULL GROUP BY source_id) AS x
  ON x.source_id = o.id
WHERE o.source = '' AND CASE
  WHEN o.state IN ('paid', 'handed_over') THEN coalesce(p.paid, 0) <> o.total_minor - coalesce(l.returned, 0) + coalesce(x.left_, 0)
  WHEN o.state = 'placed' THEN coalesce(p.paid, 0) NOT BETWEEN 0 AND o.total_minor
  ELSE coalesce(p.paid, 0) <> 0 END LIMIT %s
"""
"""What a document's payments hold is its order's total while it is paid, less what came back, plus what that pays of other
orders (exchanges); parts of it while it is placed; nothing once it is closed."""


@books_check("scene.orders")
def check_orders() -> list[str]:
    """Compare orders with their lines, steps, payments and holds."""
    wrong = []
    with connection.cursor() as cursor:

        def rows(statement: str) -> list[tuple]:  # type: ignore[type-arg]
            cursor.execute(statement, [SHOWN])
            return list(cursor.fetchall())

        wrong += [f"order {number}: {goods} and {discount} off, its lines say {line_goods} and {line_discount}"
                  for number, goods, discount, line_goods, line_discount in rows(LINES_DIFFER)]  # fmt: skip
        wrong += [f"order {number}: coupons {coupon}, points {points}, its lines say {line_coupon} and {line_points}"
                  for number, coupon, points, line_coupon, line_points in rows(PARTS_DIFFER)]  # fmt: skip
        wrong += [f"order {number}, line {position}: coupons {coupon}, points {points}, its reasons say {said} and {told}"
                  for number, position, coupon, points, said, told in rows(REASONS_DIFFER)]  # fmt: skip
        wrong += [
            f"order {number}: promotions {given}, their uses say {saved}" for number, given, saved in rows(USES_DIFFER)
        ]
        wrong += [f"lines of an order {order_id} that is not there" for (order_id,) in rows(LOST_LINES)]
        wrong += [f"steps of an order {order_id} that is not there" for (order_id,) in rows(LOST_STEPS)]
        wrong += [
            f"order {number} is {state} without a step that says so" for number, state in rows(STATE_WITHOUT_STEP)
        ]
        wrong += [f"order {number} of {total}: its payments hold {paid}" for number, total, paid in rows(NOT_PAID_FOR)]
    return wrong + _holds()


def _holds() -> list[str]:
    """Open orders hold exactly what their lines say, closed ones nothing. Holds of documents that are no orders are not ours."""
    wrong, held = [], quantities_held()
    lines: dict[UUID, dict[UUID, int]] = {}
    numbers = dict(Order.objects.filter(source="", state__in=OPEN).values_list("id", "number"))
    of_open = OrderLine.objects.filter(order_id__in=Order.objects.filter(source="", state__in=OPEN).values("id"))
    for order_id, sku_id, quantity in of_open.values_list("order_id", "sku_id", "quantity"):
        lines.setdefault(order_id, {})[sku_id] = quantity
    closed = Order.objects.filter(id__in=set(held) - set(numbers)).values_list("number", flat=True)
    wrong += [f"order {number} is closed and still holds stock" for number in closed]
    wrong += [f"order {number} is open and does not hold what its lines say" for order_id, number in numbers.items()
              if held.get(order_id, {}) != lines.get(order_id, {})]  # fmt: skip
    return wrong[:SHOWN]
