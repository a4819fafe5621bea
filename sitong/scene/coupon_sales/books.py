"""What must always agree between purchases of coupons, their payments and the coupons that were given."""

from __future__ import annotations

from django.db import connection

from sitong.marketing.coupons.queries import holders_of
from sitong.shared.ledger.books import books_check

SHOWN = 20
NOT_PAID_FOR = """
SELECT s.number, s.state, s.price_minor, coalesce(p.held, 0) FROM scene_couponsale AS s
LEFT JOIN (SELECT document_id, sum(amount_minor - refunded_minor) AS held FROM scene_payment
           WHERE state = 'paid' AND document_kind = 'couponsale' GROUP BY 1) AS p ON p.document_id = s.id
WHERE coalesce(p.held, 0) <> CASE WHEN s.state = 'paid' THEN s.price_minor ELSE 0 END ORDER BY 1 LIMIT %s
"""
PAID = "SELECT id, number FROM scene_couponsale WHERE state IN ('paid', 'refunded')"


@books_check("scene.coupon_sales")
def check_coupon_sales() -> list[str]:
    """A paid purchase's payments hold its price and its coupon was given; all others hold nothing."""
    with connection.cursor() as cursor:
        cursor.execute(NOT_PAID_FOR, [SHOWN])
        wrong = [
            f"purchase {number} is {state} at {price}: its payments hold {held}"
            for number, state, price, held in cursor.fetchall()
        ]
        cursor.execute(PAID)
        numbers = dict(cursor.fetchall())
    given = holders_of(numbers)
    wrong += [
        f"purchase {number} is paid and its coupon was not given" for key, number in numbers.items() if key not in given
    ]
    return wrong[:SHOWN]
