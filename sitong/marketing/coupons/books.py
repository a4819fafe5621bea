"""What must always agree between coupons' counts, claims and redemptions."""

from __future__ import annotations

from typing import Any

from django.db import connection

from sitong.marketing.coupons.events import CouponRedeemed
from sitong.marketing.coupons.handlers import COUNTS
from sitong.org.brands.queries import all_brands
from sitong.shared.events.queries import unread_events
from sitong.shared.ledger.books import books_check

SHOWN = 20

GIVEN_DIFFERS = """
SELECT k.number, n.given, n.voided, coalesce(c.given, 0), coalesce(c.voided, 0)
FROM marketing_couponcount AS n JOIN marketing_coupon AS k ON k.id = n.coupon_id
LEFT JOIN (SELECT coupon_id, count(*) AS given, count(*) FILTER (WHERE state = 'void') AS voided FROM marketing_couponclaim GROUP BY 1) AS c
  ON c.coupon_id = n.coupon_id
WHERE (n.given, n.voided) IS DISTINCT FROM (coalesce(c.given, 0), coalesce(c.voided, 0)) ORDER BY 1 LIMIT %s
"""

OVER_QUOTA = """
SELECT k.number, k.quota_total, n.given - n.voided FROM marketing_couponcount AS n JOIN marketing_coupon AS k ON k.id = n.coupon_id
WHERE n.given - n.voided > k.quota_total ORDER BY 1 LIMIT %s
"""

NOT_ONE_LIVE = """
SELECT c.code, c.state, count(r.id) FROM marketing_couponclaim AS c
LEFT JOIN (SELECT r.id, r.claim_id, r.turn FROM marketing_redemption AS r
           WHERE NOT EXISTS (SELECT FROM marketing_redemptionundone AS u WHERE u.redemption_id = r.id)) AS r ON r.claim_id = c.id
GROUP BY c.id HAVING count(r.id) <> CASE WHEN c.state = 'redeemed' THEN 1 ELSE 0 END OR max(r.turn) <> c.turn LIMIT %s
"""

LOST = """
SELECT 'claim ' || c.id FROM marketing_couponclaim AS c WHERE NOT EXISTS (SELECT FROM marketing_couponcount AS n WHERE n.coupon_id = c.coupon_id)
UNION ALL
SELECT 'redemption ' || r.id FROM marketing_redemption AS r
WHERE NOT EXISTS (SELECT FROM marketing_couponclaim AS c WHERE c.id = r.claim_id AND c.coupon_id = r.coupon_id AND c.turn >= r.turn)
LIMIT %s
"""

REDEEMED_COUNTS = """
SELECT k.brand_id, n.coupon_id, k.number, n.redeemed, n.saved_minor, coalesce(r.redeemed, 0), coalesce(r.saved, 0)
FROM marketing_couponcount AS n JOIN marketing_coupon AS k ON k.id = n.coupon_id
LEFT JOIN (SELECT coupon_id, count(*) AS redeemed, sum(saved_minor)::bigint AS saved FROM marketing_redemption AS r
           WHERE NOT EXISTS (SELECT FROM marketing_redemptionundone AS u WHERE u.redemption_id = r.id) GROUP BY 1) AS r
  ON r.coupon_id = n.coupon_id
WHERE (n.redeemed, n.saved_minor) IS DISTINCT FROM (coalesce(r.redeemed, 0), coalesce(r.saved, 0))
"""


@books_check("marketing.coupons")
def check_coupons() -> list[str]:
    """Compare the counts with the claims, and each claim with its redemptions; what is yet to be counted is allowed for."""
    wrong = [f"coupon {number}: {given} given and {voided} void, its claims say {claims} and {void}"
             for number, given, voided, claims, void in _rows(GIVEN_DIFFERS)]  # fmt: skip
    wrong += [f"coupon {number}: {given} are out, its quota is {quota}" for number, quota, given in _rows(OVER_QUOTA)]
    wrong += [
        f"claim {code} is {state} and has {live} redemptions that stand" for code, state, live in _rows(NOT_ONE_LIVE)
    ]
    wrong += [f"{what} belongs to nothing" for (what,) in _rows(LOST)]
    return (wrong + _redeemed())[:SHOWN]


def _redeemed() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(REDEEMED_COUNTS)
        differing = cursor.fetchall()
    if not differing:
        return []
    unread: dict[Any, list[int]] = {}
    for brand in all_brands():
        for event in unread_events(COUNTS, brand_id=brand.id):
            sign, of = (1 if isinstance(event, CouponRedeemed) else -1), unread.setdefault(event.coupon_id, [0, 0])  # type: ignore[attr-defined]
            of[0] += sign
            of[1] += sign * event.saved_minor  # type: ignore[attr-defined]
    wrong = []
    for _, coupon_id, number, counted, saved, made, made_saved in differing:
        more, more_saved = unread.get(coupon_id, (0, 0))
        if (counted + more, saved + more_saved) != (made, made_saved):
            wrong.append(
                f"coupon {number}: {counted} redeemed and {saved} saved are counted, its redemptions say {made} and {made_saved}"
            )
    return wrong


def _rows(statement: str) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, [SHOWN])
        return list(cursor.fetchall())
