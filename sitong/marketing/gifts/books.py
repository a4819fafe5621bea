"""What must always agree between gifts' counts, claims and redemptions."""

from __future__ import annotations

from typing import Any

from django.db import connection

from sitong.shared.ledger.books import books_check

SHOWN = 20

GIVEN_DIFFERS = """
SELECT k.number, n.given, n.voided, coalesce(c.given, 0), coalesce(c.voided, 0)
FROM marketing_giftcount AS n JOIN marketing_gift AS k ON k.id = n.gift_id
LEFT JOIN (SELECT gift_id, count(*) AS given, count(*) FILTER (WHERE state = 'void') AS voided FROM marketing_giftclaim GROUP BY 1) AS c
  ON c.gift_id = n.gift_id
WHERE (n.given, n.voided) IS DISTINCT FROM (coalesce(c.given, 0), coalesce(c.voided, 0)) ORDER BY 1 LIMIT %s
"""
OVER_QUOTA = """
SELECT k.number, k.quota_total, n.given - n.voided FROM marketing_giftcount AS n JOIN marketing_gift AS k ON k.id = n.gift_id
WHERE n.given - n.voided > k.quota_total ORDER BY 1 LIMIT %s
"""


@books_check("marketing.gifts")
def check_gifts() -> list[str]:
    """Compare the counts with the claims."""
    wrong = [f"gift {number}: {given} given and {voided} void, its claims say {claims} and {void}"
             for number, given, voided, claims, void in _rows(GIVEN_DIFFERS)]  # fmt: skip
    wrong += [f"gift {number}: {given} are out, its quota is {quota}" for number, quota, given in _rows(OVER_QUOTA)]
    return wrong[:SHOWN]


def _rows(statement: str) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, [SHOWN])
        return list(cursor.fetchall())
