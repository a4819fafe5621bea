"""What must always agree among wallets' entries and the ledger."""

from __future__ import annotations

from django.db import connection

from sitong.member.wallet.queries import GIFT, PRINCIPAL
from sitong.shared.ledger.books import books_check

SHOWN = 20

ENTRIES_DIFFER = """
SELECT coalesce(e.member_id, a.owner_id), coalesce(e.principal, 0), coalesce(e.gift, 0), coalesce(a.principal, 0), coalesce(a.gift, 0)
FROM (SELECT member_id, sum(principal_minor) AS principal, sum(gift_minor) AS gift FROM member_walletentry GROUP BY 1) AS e
FULL JOIN (
  SELECT owner_id, sum(credits_posted - debits_posted) FILTER (WHERE kind = %s) AS principal,
         sum(credits_posted - debits_posted) FILTER (WHERE kind = %s) AS gift
  FROM shared_ledgeraccount WHERE kind IN (%s, %s) GROUP BY 1
) AS a ON a.owner_id = e.member_id
WHERE (coalesce(e.principal, 0), coalesce(e.gift, 0)) IS DISTINCT FROM (coalesce(a.principal, 0), coalesce(a.gift, 0)) LIMIT %s
"""

BACK_ABOVE_SPENT = """
SELECT s.id, s.principal_minor, s.gift_minor, b.principal, b.gift
FROM member_walletentry AS s
JOIN (SELECT of_id, sum(principal_minor) AS principal, sum(gift_minor) AS gift FROM member_walletentry WHERE kind = 'give_back' GROUP BY 1)
  AS b ON b.of_id = s.id
WHERE b.principal + s.principal_minor > 0 OR b.gift + s.gift_minor > 0 LIMIT %s
"""


@books_check("member.wallet")
def check_wallets() -> list[str]:
    """Each wallet is its top-ups less spendings and withdrawals, with what came back; nothing came back above what went out."""
    with connection.cursor() as cursor:
        cursor.execute(ENTRIES_DIFFER, [PRINCIPAL, GIFT, PRINCIPAL, GIFT, SHOWN])
        differing = cursor.fetchall()
        cursor.execute(BACK_ABOVE_SPENT, [SHOWN])
        above = cursor.fetchall()
    return [
        f"wallet of member {member}: entries make {principal} and {gift} as gift, the ledger says {ledger} and {ledger_gift}"
        for member, principal, gift, ledger, ledger_gift in differing
    ] + [
        f"wallet payment {key} of {-principal} and {-gift}: {back} and {back_gift} came back"
        for key, principal, gift, back, back_gift in above
    ]
