"""What must always agree between purchases of cards, their payments and the cards that were given."""

from __future__ import annotations

from django.db import connection

from sitong.member.cards.queries import refunds_of
from sitong.shared.ledger.books import books_check

SHOWN = 20
NOT_PAID_FOR = """
SELECT s.number, s.state, s.price_minor - s.refunded_minor, coalesce(p.held, 0) FROM scene_cardsale AS s
LEFT JOIN (SELECT document_id, sum(amount_minor - refunded_minor) AS held FROM scene_payment
           WHERE state = 'paid' AND document_kind = 'cardsale' GROUP BY 1) AS p ON p.document_id = s.id
WHERE coalesce(p.held, 0) <> CASE WHEN s.state IN ('paid', 'refunded') THEN s.price_minor - s.refunded_minor ELSE 0 END ORDER BY 1 LIMIT %s
"""
PAID = "SELECT id, number, refunded_minor FROM scene_cardsale WHERE state IN ('paid', 'refunded')"


@books_check("scene.card_sales")
def check_card_sales() -> list[str]:
    """A paid purchase's payments hold its price less what went back, its card was given, and both know the same refund."""
    with connection.cursor() as cursor:
        cursor.execute(NOT_PAID_FOR, [SHOWN])
        wrong = [
            f"purchase {number} is {state} and should hold {due}: its payments hold {held}"
            for number, state, due, held in cursor.fetchall()
        ]
        cursor.execute(PAID)
        sales = {key: (number, refunded) for key, number, refunded in cursor.fetchall()}
    given = refunds_of(sales)
    for key, (number, refunded) in sales.items():
        if key not in given:
            wrong.append(f"purchase {number} is paid and its card was not given")
        elif given[key] != refunded:
            wrong.append(f"purchase {number} gave back {refunded}, its card {given[key]}")
    return wrong[:SHOWN]
