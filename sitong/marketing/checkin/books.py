"""What must always agree between check-ins and standings."""

from __future__ import annotations

from typing import Any

from django.db import connection

from sitong.shared.ledger.books import books_check

SHOWN = 20

BY_DAYS = """
WITH d AS (
  SELECT DISTINCT p.place_id, c.member_id, c."on" FROM marketing_checkin AS c CROSS JOIN LATERAL (VALUES (c.brand_id), (c.store_id)) AS p(place_id)
  WHERE c.state = 'counted'
), i AS (
  SELECT place_id, member_id, "on", "on" - (row_number() OVER (PARTITION BY place_id, member_id ORDER BY "on"))::int AS run FROM d
), r AS (
  SELECT place_id, member_id, run, count(*) AS streak, min("on") AS since_on, max("on") AS last_on FROM i GROUP BY 1, 2, 3
), n AS (
  SELECT DISTINCT ON (place_id, member_id) place_id, member_id, streak, since_on, last_on,
         sum(streak) OVER (PARTITION BY place_id, member_id) AS total
  FROM r ORDER BY place_id, member_id, last_on DESC
)
SELECT coalesce(s.member_id, n.member_id), s.streak, s.total, n.streak, n.total
FROM marketing_checkinstanding AS s FULL JOIN n ON n.place_id = s.place_id AND n.member_id = s.member_id
WHERE (coalesce(s.streak, 0), s.since_on, s.last_on, coalesce(s.total, 0))
      IS DISTINCT FROM (coalesce(n.streak, 0), n.since_on, n.last_on, coalesce(n.total, 0))
ORDER BY 1 LIMIT %s
"""

UNGIVEN = """
SELECT w.id FROM marketing_checkinreward AS w
WHERE w.refused = '' AND NOT EXISTS (SELECT FROM marketing_rewardgiven AS g WHERE g.id = w.id) ORDER BY 1 LIMIT %s
"""


@books_check("marketing.check_ins")
def check_check_ins() -> list[str]:
    """Compare standings with the days that count, and rewards that were won with those that were given."""
    wrong = [
        f"member {member}: stands at {streak} in a row and {total} in all, its days say {by_days} and {all_days}"
        for member, streak, total, by_days, all_days in _rows(BY_DAYS)
    ]
    return wrong + [f"reward {reward} of a check-in was never given" for (reward,) in _rows(UNGIVEN)]


def _rows(statement: str) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, [SHOWN])
        return list(cursor.fetchall())
