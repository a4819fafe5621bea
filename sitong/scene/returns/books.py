"""What must always agree among returns, the orders' lines, the refunds, the stock and the points."""

from __future__ import annotations

from django.db import connection

from sitong.shared.ledger.books import books_check

SHOWN = 20

LINES_DIFFER = """
SELECT o.number, l.position, l.returned, l.returned_minor, coalesce(r.quantity, 0), coalesce(r.minor, 0)
FROM (SELECT order_id, position, sum(quantity) AS quantity, sum(refund_minor) AS minor FROM scene_returnline GROUP BY 1, 2) AS r
FULL JOIN (SELECT * FROM scene_orderline WHERE returned > 0) AS l ON l.order_id = r.order_id AND l.position = r.position
LEFT JOIN scene_order AS o ON o.id = coalesce(l.order_id, r.order_id)
WHERE (coalesce(l.returned, 0), coalesce(l.returned_minor, 0)) <> (coalesce(r.quantity, 0), coalesce(r.minor, 0)) LIMIT %s
"""

NOT_ALL_BACK = """
SELECT o.number, l.position, l.total_minor, l.returned_minor FROM scene_orderline AS l JOIN scene_order AS o ON o.id = l.order_id
WHERE l.returned > 0 AND l.returned_minor <> l.total_minor * l.returned / l.quantity LIMIT %s
"""
"""The refund of a line is the floor of its total by what came back, whatever the parts: integer division of what is not negative."""

SUMS_DIFFER = """
SELECT r.number, r.refund_minor, r.points, coalesce(l.minor, 0), coalesce(l.points, 0) FROM scene_return AS r
LEFT JOIN (SELECT return_id, sum(refund_minor) AS minor, sum(points) AS points FROM scene_returnline GROUP BY 1) AS l ON l.return_id = r.id
WHERE (r.refund_minor, r.points) <> (coalesce(l.minor, 0), coalesce(l.points, 0)) LIMIT %s
"""

MONEY_DIFFERS = """
SELECT r.number, r.refund_minor - r.cash_minor - r.exchange_minor, coalesce(f.minor, 0) FROM scene_return AS r
LEFT JOIN (SELECT request_id, sum(amount_minor) AS minor FROM scene_refund WHERE request_id IS NOT NULL GROUP BY 1) AS f
  ON f.request_id = r.id
WHERE r.refund_minor - r.cash_minor - r.exchange_minor <> coalesce(f.minor, 0) LIMIT %s
"""

EXCHANGE_DIFFERS = """
SELECT r.number, r.exchange_minor, coalesce(p.minor, 0) FROM scene_return AS r
LEFT JOIN (SELECT source_id, document_id, sum(amount_minor) AS minor FROM scene_payment WHERE provider = 'exchange' GROUP BY 1, 2) AS p
  ON p.source_id = r.order_id AND p.document_id = r.exchange_order_id
WHERE r.exchange_minor <> coalesce(p.minor, 0) LIMIT %s
"""

POINTS_DIFFER = """
SELECT o.number, coalesce(s.given_back, 0), r.points FROM (SELECT order_id, sum(points) AS points FROM scene_return GROUP BY 1) AS r
JOIN scene_order AS o ON o.id = r.order_id LEFT JOIN member_pointsspending AS s ON s.document_id = r.order_id
WHERE coalesce(s.given_back, 0) <> r.points LIMIT %s
"""


@books_check("scene.returns")
def check_returns() -> list[str]:
    """Compare returns with what the orders' lines, the refunds, the exchanges and the points spent say of them."""
    with connection.cursor() as cursor:

        def rows(statement: str) -> list[tuple]:  # type: ignore[type-arg]
            cursor.execute(statement, [SHOWN])
            return list(cursor.fetchall())

        return [
            *[f"line {at} of order {number}: {units} back for {minor}, its returns say {of} for {of_minor}"
              for number, at, units, minor, of, of_minor in rows(LINES_DIFFER)],
            *[f"line {at} of order {number} of {total}: {back} went back, which is no share of it"
              for number, at, total, back in rows(NOT_ALL_BACK)],
            *[f"return {number}: {minor} and {points} points, its lines say {of_minor} and {of_points}"
              for number, minor, points, of_minor, of_points in rows(SUMS_DIFFER)],
            *[f"return {number}: {minor} should have gone back, its refunds say {of}" for number, minor, of in rows(MONEY_DIFFERS)],
            *[f"return {number}: {minor} pays another order, which got {of}" for number, minor, of in rows(EXCHANGE_DIFFERS)],
            *[f"order {number}: {given} points went back, its returns say {of}" for number, given, of in rows(POINTS_DIFFER)],
        ]  # fmt: skip
