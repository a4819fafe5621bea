"""What must always agree between draws' counts, plays, prizes and the record's chain."""

from __future__ import annotations

from typing import Any

from sitong.marketing.draws.models import DrawCount
from sitong.marketing.draws.queries.records import chain_of
from sitong.shared.ledger.books import books_check
from sitong.shared.statements import run

SHOWN = 20

PRIZES_DIFFER = """
SELECT d.number, p.prize_id, p.won, p.returned, coalesce(w.won, 0), coalesce(r.returned, 0)
FROM marketing_drawprize AS p JOIN marketing_draw AS d ON d.id = p.draw_id
LEFT JOIN (SELECT prize_id, count(*) AS won FROM marketing_drawwin GROUP BY 1) AS w ON w.prize_id = p.prize_id
LEFT JOIN (SELECT prize_id, count(*) AS returned FROM marketing_prizereturn GROUP BY 1) AS r ON r.prize_id = p.prize_id
WHERE (p.won, p.returned) IS DISTINCT FROM (coalesce(w.won, 0), coalesce(r.returned, 0)) ORDER BY 1, 2 LIMIT %s
"""

PLAYS_DIFFER = """
SELECT d.number, c.played, c.spent_minor, coalesce(p.played, 0), coalesce(w.spent, 0)
FROM marketing_drawcount AS c JOIN marketing_draw AS d ON d.id = c.draw_id
LEFT JOIN (SELECT draw_id, count(*) AS played FROM marketing_drawplay GROUP BY 1) AS p ON p.draw_id = c.draw_id
LEFT JOIN (SELECT draw_id, sum(value_minor)::bigint AS spent FROM marketing_drawwin WHERE how = 'chance' GROUP BY 1) AS w ON w.draw_id = c.draw_id
WHERE (c.played, c.spent_minor) IS DISTINCT FROM (coalesce(p.played, 0), coalesce(w.spent, 0)) ORDER BY 1 LIMIT %s
"""

OVERSOLD = """
SELECT d.number, p.prize_id, p.stock, p.won - p.returned FROM marketing_drawprize AS p JOIN marketing_draw AS d ON d.id = p.draw_id
WHERE p.won - p.returned > p.stock ORDER BY 1, 2 LIMIT %s
"""

PLAYERS_DIFFER = """
SELECT d.number, y.id, y.plays, y.wins, coalesce(p.plays, 0), coalesce(p.wins, 0)
FROM marketing_drawplayer AS y JOIN marketing_draw AS d ON d.id = y.draw_id
LEFT JOIN (SELECT player_id, count(*) AS plays, count(*) FILTER (WHERE how IN ('chance', 'guaranteed')) AS wins FROM marketing_drawplay GROUP BY 1)
  AS p ON p.player_id = y.id
WHERE (y.plays, y.wins) IS DISTINCT FROM (coalesce(p.plays, 0), coalesce(p.wins, 0)) ORDER BY 1, 2 LIMIT %s
"""

WINS_LOST = """
SELECT 'play ' || p.id FROM marketing_drawplay AS p WHERE p.prize_id IS NOT NULL
  AND NOT EXISTS (SELECT FROM marketing_drawwin AS w WHERE w.id = p.id AND w.prize_id = p.prize_id AND w.member_id = p.member_id)
UNION ALL
SELECT 'win ' || w.id FROM marketing_drawwin AS w WHERE NOT EXISTS (SELECT FROM marketing_drawplay AS p WHERE p.id = w.id)
UNION ALL
SELECT 'win ' || w.id FROM marketing_drawwin AS w WHERE w.state = 'given' AND NOT EXISTS (SELECT FROM marketing_rewardgiven AS g WHERE g.id = w.id)
LIMIT %s
"""


@books_check("marketing.draws")
def check_draws() -> list[str]:
    """Compare draws' counts with their plays and wins, each win with its play and its reward, and the chain with the lines."""
    wrong = [f"draw {number}: prize {prize} counts {won} won and {back} back, its wins say {wins} and {returns}"
             for number, prize, won, back, wins, returns in _rows(PRIZES_DIFFER)]  # fmt: skip
    wrong += [f"draw {number}: {played} plays and {spent} spent are counted, its plays say {plays} and {value}"
              for number, played, spent, plays, value in _rows(PLAYS_DIFFER)]  # fmt: skip
    wrong += [
        f"draw {number}: {out} of prize {prize} are out, there are {stock}"
        for number, prize, stock, out in _rows(OVERSOLD)
    ]
    wrong += [f"draw {number}: player {who} counts {plays} plays and {wins} wins, its plays say {played} and {won}"
              for number, who, plays, wins, played, won in _rows(PLAYERS_DIFFER)]  # fmt: skip
    wrong += [f"{what} belongs to nothing" for (what,) in _rows(WINS_LOST)]
    return (wrong or _chains())[:SHOWN]


def _chains() -> list[str]:
    return [
        f"draw {one.draw_id}: the record was changed after it was written"
        for one in DrawCount.objects.filter(step__gt=0).order_by("draw_id").iterator(chunk_size=1_000)
        if chain_of(one.draw_id) != bytes(one.chain)
    ]


def _rows(statement: str) -> list[tuple[Any, ...]]:
    return run(statement, [SHOWN])
