"""What must always agree between scan plans' counts and the draws; rebates, what was spent on them, and the ledger."""

from __future__ import annotations

from typing import Any

from django.db import connection

from sitong.shared.ledger.books import books_check

SHOWN = 20
COUNTS_DIFFER = """
SELECT p.name, n.drawn, n.won, n.spent_minor, coalesce(d.drawn, 0), coalesce(d.won, 0), coalesce(d.spent, 0)
FROM marketing_scanplancount AS n JOIN marketing_scanplan AS p ON p.id = n.plan_id
LEFT JOIN (SELECT plan_id, count(*) AS drawn, count(prize) AS won, sum(cost_minor)::bigint AS spent FROM marketing_codedraw GROUP BY 1) AS d
  ON d.plan_id = n.plan_id
WHERE (n.drawn, n.won, n.spent_minor) IS DISTINCT FROM (coalesce(d.drawn, 0), coalesce(d.won, 0), coalesce(d.spent, 0)) ORDER BY 1 LIMIT %s
"""
EACH_DIFFERS = """
SELECT p.name, n.won_each, d.each FROM marketing_scanplancount AS n JOIN marketing_scanplan AS p ON p.id = n.plan_id
CROSS JOIN LATERAL (SELECT array_agg((SELECT count(*)::int FROM marketing_codedraw AS d WHERE d.plan_id = n.plan_id AND d.prize = k - 1) ORDER BY k)
                    AS each FROM generate_series(1, cardinality(n.won_each)) AS k) AS d
WHERE cardinality(n.won_each) > 0 AND n.won_each <> d.each ORDER BY 1 LIMIT %s
"""
BEYOND = """
SELECT p.name, n.spent_minor, p.budget_minor FROM marketing_scanplancount AS n JOIN marketing_scanplan AS p ON p.id = n.plan_id
WHERE n.spent_minor > p.budget_minor ORDER BY 1 LIMIT %s
"""
LOST = """
SELECT d.batch_id::text || ' ' || d.serial FROM marketing_codedraw AS d
WHERE NOT EXISTS (SELECT FROM marketing_scanplancount AS n WHERE n.plan_id = d.plan_id) ORDER BY 1 LIMIT %s
"""
REBATES_DIFFER = """
SELECT p.name, p.spent_minor, coalesce(r.spent, 0) FROM marketing_rebateplan AS p
LEFT JOIN (SELECT plan_id, sum(amount_minor)::bigint AS spent FROM marketing_rebate GROUP BY 1) AS r ON r.plan_id = p.id
WHERE p.spent_minor <> coalesce(r.spent, 0) ORDER BY 1 LIMIT %s
"""
OWED_DIFFERS = """
SELECT coalesce(r.holder_id, a.owner_id), coalesce(r.earned, 0), coalesce(a.credits_posted, 0)
FROM (SELECT brand_id, holder_id, sum(amount_minor)::bigint AS earned FROM marketing_rebate GROUP BY 1, 2) AS r
FULL JOIN (SELECT brand_id, owner_id, sum(credits_posted)::bigint AS credits_posted FROM shared_ledgeraccount
           WHERE kind = 'marketing.rebate_owed' GROUP BY 1, 2) AS a ON a.owner_id = r.holder_id AND a.brand_id = r.brand_id
WHERE coalesce(r.earned, 0) <> coalesce(a.credits_posted, 0) ORDER BY 1 LIMIT %s
"""


@books_check("marketing.scans")
def check_scans() -> list[str]:
    """Compare each plan's counts with its draws, and with its budget."""
    wrong = [
        f"scan plan {name}: {drawn} drawn, {won} won, {spent} spent, its draws say {d}, {w} and {s}"
        for name, drawn, won, spent, d, w, s in _rows(COUNTS_DIFFER)
    ]
    wrong += [
        f"scan plan {name}: its prizes were won {counted} times, its draws say {made}"
        for name, counted, made in _rows(EACH_DIFFERS)
    ]
    wrong += [f"scan plan {name}: {spent} spent of a budget of {budget}" for name, spent, budget in _rows(BEYOND)]
    wrong += [f"code {code} was drawn with under no plan" for (code,) in _rows(LOST)]
    wrong += [f"rebate {name}: {spent} spent, its rebates say {made}" for name, spent, made in _rows(REBATES_DIFFER)]
    wrong += [
        f"{holder} earned {made} by rebates, the ledger says {posted}" for holder, made, posted in _rows(OWED_DIFFERS)
    ]
    return wrong[:SHOWN]


def _rows(statement: str) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, [SHOWN])
        return list(cursor.fetchall())
