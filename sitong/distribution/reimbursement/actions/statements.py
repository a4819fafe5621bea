"""Draw up statements: once a month of the brand's calendar is over, one for each claimant and whoever is to pay it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid5

from django.db import transaction

from sitong.distribution.reimbursement.events import StatementDrawn
from sitong.distribution.reimbursement.queries.parties import party_codes
from sitong.distribution.reimbursement.rules import month_before, month_of
from sitong.org.brands.queries import BrandFacts, all_brands
from sitong.shared.clock import business_date, day_bounds
from sitong.shared.events.actions import announce
from sitong.shared.statements import days, integers, run, texts, uuids

PAIRS_AT_ONCE = 500

PAIRS = """
SELECT DISTINCT l.claimant_kind, l.claimant_id, l.debtor_kind, l.debtor_id, l.currency FROM distribution_claimline AS l
WHERE l.brand_id = %s::uuid AND l.statement_id IS NULL AND l.at < %s::timestamptz
  AND NOT EXISTS (SELECT FROM distribution_statement AS s WHERE s.brand_id = l.brand_id AND s.claimant_id = l.claimant_id
                    AND s.debtor_id = l.debtor_id AND s.currency = l.currency AND s.month_on = %s::date)
ORDER BY 2, 4, 5 LIMIT %s::int
"""
DRAW = """
INSERT INTO distribution_statement (id, brand_id, number, month_on, claimant_kind, claimant_id, debtor_kind, debtor_id, currency, lines,
                                    total_minor, agreed_minor, drawn_at)
SELECT s.id, %s::uuid, s.number, s.month_on, s.claimant_kind, s.claimant_id, s.debtor_kind, s.debtor_id, s.currency, 0, 0, 0, %s::timestamptz
FROM unnest(%s::uuid[], %s::text[], %s::date[], %s::text[], %s::uuid[], %s::text[], %s::uuid[], %s::text[])
  AS s(id, number, month_on, claimant_kind, claimant_id, debtor_kind, debtor_id, currency)
ON CONFLICT DO NOTHING RETURNING id
"""
TAKE_LINES = """
WITH taken AS (
  UPDATE distribution_claimline AS l SET statement_id = s.id FROM distribution_statement AS s
  WHERE s.id = ANY(%s::uuid[]) AND l.brand_id = s.brand_id AND l.claimant_id = s.claimant_id AND l.debtor_id = s.debtor_id
    AND l.currency = s.currency AND l.statement_id IS NULL AND l.at < %s::timestamptz
  RETURNING l.statement_id, l.amount_minor
)
SELECT statement_id, count(*)::int, sum(amount_minor)::bigint FROM taken GROUP BY 1
"""
TOTALS = """
UPDATE distribution_statement AS s SET lines = t.lines, total_minor = t.total, agreed_minor = t.total
FROM unnest(%s::uuid[], %s::int[], %s::bigint[]) AS t(id, lines, total) WHERE s.id = t.id
RETURNING s.id, s.claimant_id, s.debtor_id, s.total_minor
"""


def draw_statements(*, now: datetime) -> int:
    """Draw the statements of the month that ended last, in each brand's zone; gives how many. Again draws nothing.

    A statement takes every line of its pair that stands in none and happened before the month ended: so one that became known
    late stands in the next. Five hundred pairs a transaction, with as many SQL statements for one as for five hundred.
    """
    drawn = 0
    for brand in all_brands():
        month = month_of(business_date(now, brand.zone))
        until = day_bounds(month, brand.zone)[0]
        while True:
            with transaction.atomic():
                pairs = run(PAIRS, [brand.id, until, month_before(month), PAIRS_AT_ONCE])
                if pairs:
                    drawn += _draw(brand, month_before(month), pairs, until, now)
            if len(pairs) < PAIRS_AT_ONCE:
                break
    return drawn


def _draw(brand: BrandFacts, month_on: date, pairs: Sequence[tuple[Any, ...]], until: datetime, now: datetime) -> int:
    codes = party_codes({(kind, key) for pair in pairs for kind, key in ((pair[0], pair[1]), (pair[2], pair[3]))})
    ids = [_statement_id(pair, month_on) for pair in pairs]
    numbers = [f"{month_on:%Y%m}-{codes.get(pair[1], '')}"[:60] for pair in pairs]
    fresh = run(DRAW, [
        brand.id, now, uuids(ids), texts(numbers), days([month_on] * len(pairs)), texts([pair[0] for pair in pairs]),
        uuids([pair[1] for pair in pairs]), texts([pair[2] for pair in pairs]), uuids([pair[3] for pair in pairs]),
        texts([pair[4] for pair in pairs]),
    ])  # fmt: skip
    taken = run(TAKE_LINES, [uuids([key for (key,) in fresh]), until])
    rows = run(TOTALS, [
        uuids([row[0] for row in taken]), integers([row[1] for row in taken]),
        integers([row[2] for row in taken]),
    ])  # fmt: skip
    announce([StatementDrawn(brand.id, row[0], row[1], row[2], month_on, row[3]) for row in rows], at=now)
    return len(rows)


def _statement_id(pair: tuple[Any, ...], month_on: date) -> UUID:
    claimant: UUID = pair[1]
    return uuid5(claimant, f"statement {pair[3]} {pair[4]} {month_on:%Y-%m}")
