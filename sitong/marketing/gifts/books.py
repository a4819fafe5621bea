"""What must always agree between gifts' counts, claims, redemptions and their proofs."""

from __future__ import annotations

from typing import Any

from django.db import connection

from sitong.marketing.gifts.events import GiftRedeemed
from sitong.marketing.gifts.handlers import COUNTS
from sitong.marketing.gifts.proofs import proof_holds
from sitong.marketing.gifts.queries.redeemed import all_proofs
from sitong.org.brands.queries import all_brands
from sitong.shared.events.queries import unread_events
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
NOT_ONE_LIVE = """
SELECT c.code, c.state, count(r.id) FROM marketing_giftclaim AS c
LEFT JOIN (SELECT r.id, r.claim_id, r.turn FROM marketing_giftredemption AS r
           WHERE NOT EXISTS (SELECT FROM marketing_giftredemptionundone AS u WHERE u.redemption_id = r.id)) AS r ON r.claim_id = c.id
GROUP BY c.id HAVING count(r.id) <> CASE WHEN c.state = 'redeemed' THEN 1 ELSE 0 END OR max(r.turn) <> c.turn ORDER BY 1 LIMIT %s
"""
LOST = """
SELECT 'redemption ' || r.id FROM marketing_giftredemption AS r
WHERE NOT EXISTS (SELECT FROM marketing_giftclaim AS c WHERE c.id = r.claim_id AND c.gift_id = r.gift_id AND c.turn >= r.turn)
UNION ALL
SELECT 'undoing of ' || u.redemption_id FROM marketing_giftredemptionundone AS u
WHERE NOT EXISTS (SELECT FROM marketing_giftredemption AS r WHERE r.id = u.redemption_id) LIMIT %s
"""
REDEEMED_COUNTS = """
SELECT n.gift_id, k.number, n.redeemed, n.value_minor, coalesce(r.redeemed, 0), coalesce(r.value, 0)
FROM marketing_giftcount AS n JOIN marketing_gift AS k ON k.id = n.gift_id
LEFT JOIN (SELECT gift_id, count(*) AS redeemed, sum((levels_minor->>0)::bigint)::bigint AS value FROM marketing_giftredemption AS r
           WHERE NOT EXISTS (SELECT FROM marketing_giftredemptionundone AS u WHERE u.redemption_id = r.id) GROUP BY 1) AS r
  ON r.gift_id = n.gift_id
WHERE (n.redeemed, n.value_minor) IS DISTINCT FROM (coalesce(r.redeemed, 0), coalesce(r.value, 0))
"""
CHAIN_ENDS = """
SELECT c.store_id FROM marketing_giftcounter AS c
LEFT JOIN LATERAL (SELECT count(*) AS n, max(position) AS last FROM marketing_giftredemption AS r WHERE r.store_id = c.store_id) AS r ON true
WHERE c.position <> r.n OR c.position <> coalesce(r.last, 0) ORDER BY 1 LIMIT %s
"""


@books_check("marketing.gifts")
def check_gifts() -> list[str]:
    """Compare the counts with the claims, each claim with its redemptions, and every proof with what it says."""
    wrong = [f"gift {number}: {given} given and {voided} void, its claims say {claims} and {void}"
             for number, given, voided, claims, void in _rows(GIVEN_DIFFERS)]  # fmt: skip
    wrong += [f"gift {number}: {given} are out, its quota is {quota}" for number, quota, given in _rows(OVER_QUOTA)]
    wrong += [
        f"gift {code} is {state} and has {live} redemptions that stand" for code, state, live in _rows(NOT_ONE_LIVE)
    ]
    wrong += [f"{what} belongs to nothing" for (what,) in _rows(LOST)]
    wrong += [f"the proofs of store {store} do not end where its counter says" for (store,) in _rows(CHAIN_ENDS)]
    return (wrong + _proofs() + _redeemed())[:SHOWN]


def _proofs() -> list[str]:
    """Check every proof, and that each follows the one before it in its store."""
    wrong, ends = [], dict[Any, tuple[int, bytes]]()
    for evidence, proof in all_proofs():
        position, digest = ends.get(evidence.store_id, (0, b""))
        if evidence.position != position + 1 or proof.previous != digest or not proof_holds(evidence, proof):
            wrong.append(f"proof {evidence.position} of store {evidence.store_id} does not hold")
        ends[evidence.store_id] = (evidence.position, proof.digest)
    return wrong


def _redeemed() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(REDEEMED_COUNTS)
        differing = cursor.fetchall()
    if not differing:
        return []
    unread: dict[Any, list[int]] = {}
    for brand in all_brands():
        for event in unread_events(COUNTS, brand_id=brand.id):
            sign, of = (1 if isinstance(event, GiftRedeemed) else -1), unread.setdefault(event.gift_id, [0, 0])  # type: ignore[attr-defined]
            of[0] += sign
            of[1] += sign * event.value_minor  # type: ignore[attr-defined]
    wrong = []
    for gift_id, number, counted, value, made, made_value in differing:
        more, more_value = unread.get(gift_id, (0, 0))
        if (counted + more, value + more_value) != (made, made_value):
            wrong.append(
                f"gift {number}: {counted} redeemed for {value} are counted, its redemptions say {made} and {made_value}"
            )
    return wrong


def _rows(statement: str) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, [SHOWN])
        return list(cursor.fetchall())
