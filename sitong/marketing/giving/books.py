"""What must always agree between rewards, plays and money due."""

from __future__ import annotations

from typing import Any

from django.db import connection

from sitong.shared.ledger.books import books_check

SHOWN = 20

PLAYS = """
SELECT coalesce(r.id, c.id) FROM (SELECT * FROM marketing_rewardgiven WHERE kind = 'chance') AS r
FULL JOIN marketing_chances AS c ON c.id = r.id
WHERE r.id IS NULL OR c.id IS NULL OR (r.amount, r.ref_id) IS DISTINCT FROM (c.given, c.draw_id) ORDER BY 1 LIMIT %s
"""
MONEY = """
SELECT coalesce(r.id, c.id) FROM (SELECT * FROM marketing_rewardgiven WHERE kind = 'cash') AS r
FULL JOIN marketing_cashdue AS c ON c.id = r.id
WHERE r.id IS NULL OR c.id IS NULL OR r.amount <> c.amount_minor ORDER BY 1 LIMIT %s
"""
COPIES = """
SELECT r.id FROM marketing_rewardgiven AS r
LEFT JOIN LATERAL (SELECT count(*) AS made FROM jsonb_array_elements_text(r.made_ids) AS m(id)
  WHERE EXISTS (SELECT FROM marketing_couponclaim AS c WHERE r.kind = 'coupon' AND c.id = m.id::uuid AND c.coupon_id = r.ref_id)
     OR EXISTS (SELECT FROM marketing_giftclaim AS c WHERE r.kind = 'gift' AND c.id = m.id::uuid AND c.gift_id = r.ref_id)) AS n ON true
WHERE r.kind IN ('coupon', 'gift') AND n.made <> r.amount ORDER BY 1 LIMIT %s
"""


@books_check("marketing.giving")
def check_rewards() -> list[str]:
    """Compare each reward with what it became: plays, money due, coupons and gifts in somebody's hands."""
    wrong = [f"reward {key} and its plays differ" for (key,) in _rows(PLAYS)]
    wrong += [f"reward {key} and its money due differ" for (key,) in _rows(MONEY)]
    wrong += [f"reward {key} did not become as many coupons or gifts as it says" for (key,) in _rows(COPIES)]
    return wrong[:SHOWN]


def _rows(statement: str) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, [SHOWN])
        return list(cursor.fetchall())
