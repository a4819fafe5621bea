"""What must always agree at tills: sales with their orders and payments, receipt numbers, drawers."""

from __future__ import annotations

from django.db import connection

from sitong.scene.till.models import Shift
from sitong.scene.till.queries import drawer_of
from sitong.shared.ledger.books import books_check

SHOWN = 20

ORDERS_DIFFER = """
SELECT s.id, s.state, o.state, s.total_minor, o.total_minor FROM scene_sale AS s LEFT JOIN scene_order AS o ON o.id = s.id
WHERE o.id IS NULL OR o.total_minor <> s.total_minor OR o.store_id <> s.store_id
   OR (s.state = 'sold') <> (o.state = 'handed_over') LIMIT %s
"""
NUMBERS_MISSING = """
SELECT r.name, r.last_receipt, count(s.id) FROM scene_register AS r LEFT JOIN scene_sale AS s ON s.register_id = r.id AND s.state = 'sold'
GROUP BY r.id HAVING r.last_receipt <> count(s.id) OR r.last_receipt <> coalesce(max(s.number), 0) LIMIT %s
"""
"""Receipt numbers run from 1 without a gap, so the last one is their count."""

CLOSED = 200


@books_check("scene.till")
def check_tills() -> list[str]:
    """Compare sales with orders, receipt numbers with their sequence, and what closed drawers should have held."""
    wrong = []
    with connection.cursor() as cursor:
        cursor.execute(ORDERS_DIFFER, [SHOWN])
        wrong += [
            f"sale {sale_id} is {state} of {total}, its order {order_state} of {order_total}"
            for sale_id, state, order_state, total, order_total in cursor.fetchall()
        ]
        cursor.execute(NUMBERS_MISSING, [SHOWN])
        wrong += [
            f"register {name} gave {last} receipt numbers to {count} sales" for name, last, count in cursor.fetchall()
        ]
    at = None
    while True:  # a piece at a time: the drawers of a year are many
        rows = Shift.objects.filter(closed_at__isnull=False).order_by("id")
        shifts = list((rows.filter(id__gt=at) if at else rows)[:CLOSED])
        drawers = drawer_of(shifts)
        wrong += [
            f"shift {shift.number} expected {shift.expected_minor} in its drawer, its entries say {drawers[shift.id].expected_minor}"
            for shift in shifts
            if drawers[shift.id].expected_minor != shift.expected_minor
        ]
        if len(shifts) < CLOSED:
            return wrong[:SHOWN]
        at = shifts[-1].id
