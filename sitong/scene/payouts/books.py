"""What must always agree between payouts and the ledger."""

from __future__ import annotations

from django.db import connection

from sitong.shared.ledger.books import books_check

SHOWN = 20
DIFFER = """
SELECT coalesce(p.brand_id, a.brand_id), coalesce(p.owed, 0), coalesce(p.done, 0), coalesce(a.owed, 0), coalesce(a.done, 0)
FROM (SELECT brand_id, currency, sum(amount_minor) FILTER (WHERE state <> 'done') AS owed, sum(amount_minor) FILTER (WHERE state = 'done') AS done
      FROM scene_payout GROUP BY 1, 2) AS p
FULL JOIN (SELECT brand_id, unit, sum(credits_posted - debits_posted) FILTER (WHERE kind = 'scene.cash_owed') AS owed,
                  sum(credits_posted - debits_posted) FILTER (WHERE kind = 'scene.cash_paid') AS done
           FROM shared_ledgeraccount WHERE kind IN ('scene.cash_owed', 'scene.cash_paid') GROUP BY 1, 2) AS a
  ON a.brand_id = p.brand_id AND a.unit = p.currency
WHERE (coalesce(p.owed, 0), coalesce(p.done, 0)) IS DISTINCT FROM (coalesce(a.owed, 0), coalesce(a.done, 0)) ORDER BY 1 LIMIT %s
"""


@books_check("scene.payouts")
def check_payouts() -> list[str]:
    """What is owed in cash and what was paid stand on the ledger as the payouts say."""
    with connection.cursor() as cursor:
        cursor.execute(DIFFER, [SHOWN])
        return [
            f"brand {brand} owes {owed} in cash and has paid {done}: the ledger says {ledger_owed} and {ledger_done}"
            for brand, owed, done, ledger_owed, ledger_done in cursor.fetchall()
        ]
