"""What must always agree among cards, their uses, their returns and the ledger."""

from __future__ import annotations

from django.db import connection

from sitong.member.cards.actions.books import OWED
from sitong.shared.ledger.books import books_check

SHOWN = 20
DIFFERING = """
SELECT c.number, c.price_minor, c.used, coalesce(u.uses, 0), coalesce(u.value, 0) + c.released_minor AS earned, coalesce(r.refund_minor, 0),
       coalesce(r.earned_minor, -1), coalesce(a.owed, 0)
FROM member_card AS c
LEFT JOIN (SELECT card_id, count(*) AS uses, sum(value_minor) AS value FROM member_carduse GROUP BY 1) AS u ON u.card_id = c.id
LEFT JOIN member_cardreturn AS r ON r.card_id = c.id
LEFT JOIN (SELECT owner_id, sum(credits_posted - debits_posted) AS owed FROM shared_ledgeraccount WHERE kind = %s GROUP BY 1) AS a
  ON a.owner_id = c.id
WHERE c.used <> coalesce(u.uses, 0)
   OR c.price_minor - coalesce(u.value, 0) - c.released_minor - coalesce(r.refund_minor, 0) <> coalesce(a.owed, 0)
   OR (r.id IS NOT NULL AND r.refund_minor + r.earned_minor <> c.price_minor)
   OR (r.id IS NULL) <> (c.returned_at IS NULL) ORDER BY 1 LIMIT %s
"""


@books_check("member.cards")
def check_cards() -> list[str]:
    """A card's price is what was earned on it, what went back, and what its account still owes; its uses are counted."""
    with connection.cursor() as cursor:
        cursor.execute(DIFFERING, [OWED, SHOWN])
        return [
            f"card {number} at {price}: {used} uses counted and {uses} there, {earned} earned, {refund} back (earned then: {then}), {owed} owed"
            for number, price, used, uses, earned, refund, then, owed in cursor.fetchall()
        ]
