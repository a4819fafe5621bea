"""What must always agree among groups, their places, their tickets and the days that were drawn."""

from __future__ import annotations

from django.db import connection

from sitong.marketing.coupons.queries import holders_of
from sitong.marketing.deals.models import DealDay, DealTicket
from sitong.marketing.deals.proof import verify
from sitong.marketing.deals.queries import places_for_books
from sitong.shared.ledger.books import books_check
from sitong.shared.proof.files import NotProven, proof_read

SHOWN = 20
COUNTS = """
SELECT g.id, g.state, g.people, g.taken, g.paid, coalesce(p.taken, 0), coalesce(p.paid, 0) FROM marketing_dealgroup AS g
LEFT JOIN (
  SELECT group_id, count(*) FILTER (WHERE state IN ('held', 'paid', 'given', 'unserved') OR (state = 'expired')) AS taken,
         count(*) FILTER (WHERE state IN ('paid', 'given', 'unserved') OR (state = 'expired' AND paid_at IS NOT NULL)) AS paid,
         count(*) FILTER (WHERE state IN ('held', 'paid')) AS pending
  FROM marketing_dealplace GROUP BY group_id
) AS p ON p.group_id = g.id
WHERE (g.taken, g.paid) <> (coalesce(p.taken, 0), coalesce(p.paid, 0))
   OR (g.state <> 'open' AND coalesce(p.pending, 0) > 0) LIMIT %s
"""
OPENED = """
SELECT c.deal_id, c.opened, count(g.id) FROM marketing_dealcount AS c LEFT JOIN marketing_dealgroup AS g ON g.deal_id = c.deal_id
GROUP BY 1, 2 HAVING c.opened <> count(g.id) LIMIT %s
"""
NUMBERED = """
SELECT d.deal_id, d.claimed, count(t.id), coalesce(max(t.claim_number), 0) FROM marketing_dealdraw AS d
LEFT JOIN marketing_dealticket AS t ON t.deal_id = d.deal_id AND t.claimed_at IS NOT NULL
GROUP BY 1, 2 HAVING (d.claimed, d.claimed) <> (count(t.id), coalesce(max(t.claim_number), 0)) LIMIT %s
"""


@books_check("marketing.deals")
def check_deals() -> list[str]:
    """Groups count their places; closed ones have none pending; given coupons are there; claims are numbered without a gap."""
    with connection.cursor() as cursor:
        cursor.execute(COUNTS, [SHOWN])
        wrong = [
            f"group {key} ({state}, {people}) counts {taken} taken and {paid} paid, its places say {places_taken} and {places_paid}"
            for key, state, people, taken, paid, places_taken, places_paid in cursor.fetchall()
        ]
        cursor.execute(OPENED, [SHOWN])
        wrong += [f"deal {key} counts {opened} groups and has {there}" for key, opened, there in cursor.fetchall()]
        cursor.execute(NUMBERED, [SHOWN])
        wrong += [
            f"draw {key} counts {n} claims, its tickets {there} up to {last}"
            for key, n, there, last in cursor.fetchall()
        ]
    given = {one.id for one in places_for_books() if one.coupon_id is not None and one.state == "given"}
    lost = given - set(holders_of(given))
    return (wrong + [f"place {one} in a group was given and its coupon is not there" for one in lost] + _draws())[
        :SHOWN
    ]


def _draws() -> list[str]:
    """Every drawn day's file proves its winners, and they are the tickets that won on that day."""
    wrong = []
    won: dict[tuple[object, int], set[str]] = {}
    rows = DealTicket.objects.filter(won_day__isnull=False).values_list("deal_id", "won_day", "claim_number", "code")
    for deal_id, day, number, code in rows:
        if day is not None:
            won.setdefault((deal_id, day), set()).add(f"{number} {code}")
    for deal_id, day, proof in DealDay.objects.exclude(drawn_at=None).values_list("deal_id", "day", "proof"):
        try:
            winners = set(verify(proof_read(proof.encode()))["winners"])
        except NotProven as error:
            wrong.append(f"day {day} of draw {deal_id} does not prove itself: {error.why}")
            continue
        if winners != won.get((deal_id, day), set()):
            wrong.append(
                f"day {day} of draw {deal_id} drew {sorted(winners)}, its tickets say {sorted(won.get((deal_id, day), set()))}"
            )
    return wrong
