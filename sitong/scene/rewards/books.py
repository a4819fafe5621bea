"""What must always agree between orders, what they counted for, the members' days, and the points that were earned."""

from __future__ import annotations

from uuid import UUID

from django.db import connection

from sitong.member.points.queries import earned_by_document
from sitong.member.tiers.queries import day_sums
from sitong.org.brands.queries import all_brands
from sitong.scene.rewards.handlers import IMPORTED_SUBSCRIBER, SUBSCRIBER
from sitong.shared.events.queries import unread_events
from sitong.shared.ledger.books import books_check

SHOWN = 20

DIFFERING = """
SELECT o.id, o.number, coalesce(r.amount_minor, 0), net.amount FROM scene_order AS o
CROSS JOIN LATERAL (
  SELECT CASE WHEN o.state IN ('paid', 'handed_over') THEN coalesce(sum(l.total_minor - l.returned_minor), 0) ELSE 0 END AS amount
  FROM scene_orderline AS l WHERE l.order_id = o.id
) AS net
LEFT JOIN scene_rewarded AS r ON r.order_id = o.id
WHERE o.brand_id = %s AND o.member_id IS NOT NULL AND coalesce(r.amount_minor, 0) <> net.amount
AND o.id <> ALL(%s) LIMIT %s
"""
SUMS = "SELECT member_id, sum(amount_minor)::bigint, sum(points)::bigint FROM scene_rewarded WHERE brand_id = %s GROUP BY 1"
POINTS = """
SELECT r.order_id, r.points FROM scene_rewarded AS r JOIN scene_order AS o ON o.id = r.order_id WHERE r.brand_id = %s AND o.source = ''
"""


@books_check("scene.rewards")
def check_rewards() -> list[str]:
    """Compare what orders count for with the orders, with the members' days and with the points earned.

    Orders whose events have yet to be read are left for the reader.
    """
    wrong: list[str] = []
    for brand in all_brands():
        if unread_events(IMPORTED_SUBSCRIBER, brand_id=brand.id):
            continue
        unread = [getattr(event, "order_id", None) for event in unread_events(SUBSCRIBER, brand_id=brand.id)]
        with connection.cursor() as cursor:
            cursor.execute(DIFFERING, [brand.id, [key for key in unread if key], SHOWN])
            wrong += [
                f"order {number} counts for {counted}, it is {net}" for _, number, counted, net in cursor.fetchall()
            ]
            cursor.execute(SUMS, [brand.id])
            sums: dict[UUID, tuple[int, int]] = {row[0]: (row[1], row[2]) for row in cursor.fetchall()}
            cursor.execute(POINTS, [brand.id])
            points = dict(cursor.fetchall())
        there = day_sums(brand.id)
        wrong += [
            f"member {key}: its orders count for {sums.get(key, (0, 0))}, its days for {there.get(key, (0, 0))}"
            for key in sorted(sums.keys() | there.keys(), key=str)
            if sums.get(key, (0, 0)) != there.get(key, (0, 0))
        ]
        earned = earned_by_document(brand.id)
        wrong += [
            f"order {key} counts for {counted} points, earned are {earned.get(key, 0)}"
            for key, counted in points.items()
            if counted != earned.get(key, 0)
        ]
    return wrong[:SHOWN]
