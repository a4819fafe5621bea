"""What must always agree between handovers, claims, statements and the ledger."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any
from uuid import UUID

from django.db import connection

from sitong.distribution.reimbursement.actions.accounts import DUE, OWED
from sitong.distribution.reimbursement.handlers import CLAIMS
from sitong.distribution.reimbursement.models import ClaimLine
from sitong.distribution.reimbursement.rules import claims_up, line_id
from sitong.marketing.gifts.queries.redeemed import Handover, all_handovers, proven
from sitong.org.brands.queries import all_brands
from sitong.shared.events.queries import unread_events
from sitong.shared.ledger.books import books_check

SHOWN = 20
AT_ONCE = 2_000

LEDGER_DIFFERS = """
WITH said AS (
  SELECT owner_id, kind, currency, sum(amount)::bigint AS amount FROM (
    SELECT claimant_id AS owner_id, %(due)s AS kind, currency, CASE WHEN rejected_at IS NULL THEN amount_minor ELSE 0 END AS amount FROM distribution_claimline
    UNION ALL
    SELECT debtor_id, %(owed)s, currency, CASE WHEN rejected_at IS NULL THEN amount_minor ELSE 0 END FROM distribution_claimline
    UNION ALL
    SELECT s.claimant_id, %(due)s, s.currency, -p.amount_minor FROM distribution_settlement AS p JOIN distribution_statement AS s ON s.id = p.statement_id
    UNION ALL
    SELECT s.debtor_id, %(owed)s, s.currency, -p.amount_minor FROM distribution_settlement AS p JOIN distribution_statement AS s ON s.id = p.statement_id
  ) AS every_row GROUP BY 1, 2, 3
), kept AS (
  SELECT owner_id, kind, unit AS currency, CASE WHEN kind = %(due)s THEN debits_posted - credits_posted ELSE credits_posted - debits_posted END AS amount
  FROM shared_ledgeraccount WHERE kind IN (%(due)s, %(owed)s)
)
SELECT owner_id, kind, coalesce(said.amount, 0), coalesce(kept.amount, 0) FROM said FULL JOIN kept USING (owner_id, kind, currency)
WHERE coalesce(said.amount, 0) <> coalesce(kept.amount, 0) ORDER BY 1, 2 LIMIT %(shown)s
"""
STATEMENTS_DIFFER = """
SELECT s.number, s.lines, s.total_minor, s.agreed_minor, coalesce(l.lines, 0), coalesce(l.total, 0), coalesce(l.agreed, 0)
FROM distribution_statement AS s
LEFT JOIN (SELECT statement_id, count(*) AS lines, sum(amount_minor) AS total, sum(amount_minor) FILTER (WHERE rejected_at IS NULL) AS agreed
           FROM distribution_claimline GROUP BY 1) AS l ON l.statement_id = s.id
WHERE (s.lines, s.total_minor, s.agreed_minor) IS DISTINCT FROM (coalesce(l.lines, 0), coalesce(l.total, 0), coalesce(l.agreed, 0))
ORDER BY 1 LIMIT %(shown)s
"""
SETTLED_DIFFERS = """
SELECT s.number FROM distribution_statement AS s LEFT JOIN distribution_settlement AS p ON p.statement_id = s.id
WHERE (s.settled_at IS NULL) <> (p.id IS NULL) OR p.amount_minor <> s.agreed_minor ORDER BY 1 LIMIT %(shown)s
"""
UNPROVEN = """
SELECT l.id FROM distribution_claimline AS l LEFT JOIN distribution_claimline AS o ON o.id = l.of_id
WHERE l.of_id IS NOT NULL AND (o.id IS NULL OR o.amount_minor <> -l.amount_minor OR o.claimant_id <> l.claimant_id OR o.debtor_id <> l.debtor_id)
ORDER BY 1 LIMIT %(shown)s
"""


@books_check("distribution.reimbursement")
def check_claims() -> list[str]:
    """Each handover is claimed once at each level by its own chain, each account is its lines less what was paid, each
    statement the sum of its lines; what is yet to be heard is allowed for."""
    wrong = [f"{kind} of {owner} stands at {kept}, its lines and settlements make {said}" for owner, kind, said, kept in _rows(LEDGER_DIFFERS)]  # fmt: skip
    wrong += [
        f"statement {number}: {lines} lines, {total} and {agreed} agreed; its lines make {found}, {sum_} and {kept}"
        for number, lines, total, agreed, found, sum_, kept in _rows(STATEMENTS_DIFFER)
    ]
    wrong += [f"statement {number} and its settlement differ" for (number,) in _rows(SETTLED_DIFFERS)]
    wrong += [f"line {key} takes back what was not claimed" for (key,) in _rows(UNPROVEN)]
    return (wrong + _handovers())[:SHOWN]


def _handovers() -> list[str]:
    unread = {event.redemption_id for brand in all_brands() for event in unread_events(CLAIMS, brand_id=brand.id)}  # type: ignore[attr-defined]
    wrong: list[str] = []
    claimed = 0
    for piece in _pieces(all_handovers()):
        rows: dict[UUID, list[ClaimLine]] = {}
        for row in ClaimLine.objects.filter(redemption_id__in=[one.evidence.redemption_id for one in piece]):
            rows.setdefault(row.redemption_id, []).append(row)
            claimed += 1
        wrong += [
            f"handover {one.evidence.code} at {one.evidence.at:%Y-%m-%d %H:%M} is not claimed as its proof says"
            for one in piece
            if one.evidence.redemption_id not in unread
            and not _as_proven(one, rows.get(one.evidence.redemption_id, []))
        ]
    if claimed != ClaimLine.objects.count():
        wrong.append("some claims have no handover behind them")
    return wrong


def _as_proven(one: Handover, rows: list[ClaimLine]) -> bool:
    said = one.evidence
    claims = {row.level: row for row in rows if row.of_id is None}
    back = {row.level: row for row in rows if row.of_id is not None}
    if one.undone_at is not None:
        return all(level in back or row.rejected_at is not None for level, row in claims.items())
    wanted = claims_up(said.store_id, said.dealers, one.brand_id, said.levels_minor) if proven(one) else []
    same = all(
        up.level in claims
        and claims[up.level].id == line_id(said.redemption_id, up.level)
        and (claims[up.level].claimant_id, claims[up.level].debtor_id, claims[up.level].amount_minor)
        == (up.claimant_id, up.debtor_id, up.amount_minor)
        for up in wanted
    )
    return same and len(claims) == len(wanted) and not back


def _pieces(found: Iterator[Handover]) -> Iterator[list[Handover]]:
    while piece := list(islice(found, AT_ONCE)):
        yield piece


def _rows(statement: str) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, {"due": DUE, "owed": OWED, "shown": SHOWN})
        return list(cursor.fetchall())
