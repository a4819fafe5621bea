"""The register of everything that can be recomputed, and the ledger's own check; each word says how to find out whether its figures agree."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db import connection

SHOWN_AT_MOST = 100

MOVED = """
moved AS (
  SELECT account_id, sum(debit) FILTER (WHERE posted) AS debits_posted, sum(credit) FILTER (WHERE posted) AS credits_posted,
    sum(debit) FILTER (WHERE NOT posted) AS debits_pending, sum(credit) FILTER (WHERE NOT posted) AS credits_pending
  FROM (
    SELECT side.account_id, side.debit, side.credit, t.phase IN ('single', 'post') AS posted
    FROM shared_transfer AS t
    CROSS JOIN LATERAL (VALUES (t.debit_account_id, t.amount, 0), (t.credit_account_id, 0, t.amount)) AS side(account_id, debit, credit)
    WHERE t.phase IN ('single', 'post')
      OR (t.phase = 'pending' AND NOT EXISTS (SELECT FROM shared_transfer AS r WHERE r.pending_id = t.id))
  ) AS side GROUP BY 1
)
"""
ASTRAY = f"""
WITH {MOVED}
SELECT account_id, coalesce(a.debits_posted, -1), coalesce(m.debits_posted, 0), coalesce(a.credits_posted, -1), coalesce(m.credits_posted, 0),
  coalesce(a.debits_pending, -1), coalesce(m.debits_pending, 0), coalesce(a.credits_pending, -1), coalesce(m.credits_pending, 0)
FROM (SELECT id AS account_id, debits_posted, credits_posted, debits_pending, credits_pending FROM shared_ledgeraccount) AS a
FULL JOIN moved AS m USING (account_id)
WHERE (a.debits_posted, a.credits_posted, a.debits_pending, a.credits_pending) IS DISTINCT FROM
  (coalesce(m.debits_posted, 0), coalesce(m.credits_posted, 0), coalesce(m.debits_pending, 0), coalesce(m.credits_pending, 0))
ORDER BY 1 LIMIT %s
"""  # noqa: S608
UNEVEN = """
SELECT unit, brand_id, sum(debits_posted) - sum(credits_posted), sum(debits_pending) - sum(credits_pending)
FROM shared_ledgeraccount GROUP BY 1, 2
HAVING sum(debits_posted) <> sum(credits_posted) OR sum(debits_pending) <> sum(credits_pending) ORDER BY 1, 2 LIMIT %s
"""
MISMATCHED = """
SELECT t.id FROM shared_transfer AS t
JOIN shared_ledgeraccount AS d ON d.id = t.debit_account_id JOIN shared_ledgeraccount AS c ON c.id = t.credit_account_id
WHERE d.unit <> c.unit OR d.brand_id <> c.brand_id OR d.brand_id <> t.brand_id ORDER BY 1 LIMIT %s
"""
OPEN_ASTRAY = """
SELECT coalesce(t.id, o.id) FROM
  (SELECT id FROM shared_transfer AS t WHERE phase = 'pending' AND NOT EXISTS (SELECT FROM shared_transfer AS r WHERE r.pending_id = t.id)) AS t
FULL JOIN shared_opentransfer AS o ON o.id = t.id WHERE t.id IS NULL OR o.id IS NULL ORDER BY 1 LIMIT %s
"""
OVERDRAWN = """
SELECT r.id FROM shared_transfer AS r JOIN shared_transfer AS t ON t.id = r.pending_id WHERE r.amount > t.amount OR t.phase <> 'pending'
UNION ALL
SELECT t.id FROM shared_transfer AS t JOIN shared_transfer AS r ON r.reverses_id = t.id GROUP BY t.id HAVING sum(r.amount) > t.amount
ORDER BY 1 LIMIT %s
"""

BooksCheck = Callable[[], list[str]]

CHECKS: dict[str, BooksCheck] = {}


def books_check(name: str) -> Callable[[BooksCheck], BooksCheck]:
    """Register a check under "<word>.<topic>": it gives one plain sentence for each thing that does not agree."""

    def register(check: BooksCheck) -> BooksCheck:
        if name in CHECKS and CHECKS[name] is not check:
            raise ValueError(f"two checks of the books are named {name}")
        CHECKS[name] = check
        return check

    return register


def check_books() -> list[str]:
    """Run every registered check and give what does not agree, "<name>: <sentence>"; an empty list when all is well.

    Reads the brands that are shown: run it inside of `every_brand()` for the whole platform.
    """
    return [f"{name}: {sentence}" for name, check in sorted(CHECKS.items()) for sentence in check()]


@books_check("shared.ledger")
def check_ledger() -> list[str]:
    """Recompute every balance from the transfers and give what does not agree, one sentence each; nothing when all is well.

    Also: debits equal credits per unit, no transfer between units or brands, nothing posted or taken back beyond its
    original, and the open pending transfers are those without a resolution.
    """
    found = []
    for account, *pairs in _rows(ASTRAY):
        names = ("debits posted", "credits posted", "debits pending", "credits pending")
        differing = [
            f"{name} {stands}, transfers make {made}"
            for name, stands, made in zip(names, pairs[::2], pairs[1::2], strict=True)
            if stands != made
        ]
        found.append(f"account {account}: {'; '.join(differing) or 'there is no such account'}")
    found += [
        f"brand {brand}, {unit}: debits exceed credits by {posted} posted and {pending} pending"
        for unit, brand, posted, pending in _rows(UNEVEN)
    ]
    found += [f"transfer {key} moves between units or brands" for (key,) in _rows(MISMATCHED)]
    found += [
        f"transfer {key} is open without being pending, or pending without being open" for (key,) in _rows(OPEN_ASTRAY)
    ]
    found += [f"transfer {key} moves more than its original" for (key,) in _rows(OVERDRAWN)]
    return found


def _rows(statement: str) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, [SHOWN_AT_MOST])
        return list(cursor.fetchall())
