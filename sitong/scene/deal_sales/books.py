"""What must always agree between places in groups, their payments, and what they got for it."""

from __future__ import annotations

from uuid import UUID

from django.db import connection

from sitong.marketing.deals.queries import places_for_books
from sitong.shared.ledger.books import books_check

SHOWN = 20
HELD = """
SELECT p.document_id, sum(p.amount_minor - p.refunded_minor),
       bool_or(EXISTS (SELECT 1 FROM scene_refund AS r WHERE r.payment_id = p.id AND r.state = 'failed'))
FROM scene_payment AS p WHERE p.state = 'paid' AND p.document_kind = 'dealsale' GROUP BY 1
"""
ORDERS = "SELECT id FROM scene_order WHERE id = ANY(%s)"


@books_check("scene.deal_sales")
def check_deal_sales() -> list[str]:
    """A paid place's payments hold its price; one that was given holds it or what a return has left; all others hold nothing,
    or what a failed refund still owes. Each given goods place has its order."""
    with connection.cursor() as cursor:
        cursor.execute(HELD)
        held: dict[UUID, tuple[int, bool]] = {row[0]: (int(row[1]), row[2]) for row in cursor.fetchall()}
        places = places_for_books()
        wrong = []
        for one in places:
            lies, failed = held.pop(one.id, (0, False))
            wanted = one.price_minor if one.state in ("paid", "given") else 0
            fits = lies == wanted or (one.state == "given" and lies < wanted) or (failed and lies >= wanted)
            if not fits:
                wrong.append(f"place {one.id} in a group is {one.state} at {one.price_minor}: its payments hold {lies}")
        wrong += [f"payments of a place {one} in a group that is not there" for one in held]
        of_goods = [one.id for one in places if one.sku_id is not None and one.state == "given"]
        cursor.execute(ORDERS, [of_goods])
        placed = {row[0] for row in cursor.fetchall()}
    wrong += [f"place {one} in a group was given and has no order" for one in of_goods if one not in placed]
    return wrong[:SHOWN]
