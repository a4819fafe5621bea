"""What must always agree between counts, boxes and the far scans behind them."""

from __future__ import annotations

from sitong.shared.ledger.books import books_check
from sitong.shared.statements import run

SHOWN = 50

DISAGREEING = """
SELECT period_on, dealer_id, coalesce(c.far, 0), coalesce(f.far, 0)
FROM (SELECT period_on, dealer_id, sum(far_5km)::int AS far FROM goods_diversioncount GROUP BY 1, 2) AS c
FULL JOIN (SELECT period_on, dealer_id, count(*)::int AS far FROM goods_farscan GROUP BY 1, 2) AS f USING (period_on, dealer_id)
WHERE coalesce(c.far, 0) <> coalesce(f.far, 0) ORDER BY 1, 2 LIMIT %s
"""

FALLING = """
SELECT period_on, dealer_id FROM goods_diversioncount
WHERE NOT (scans >= far_5km AND far_5km >= far_15km AND far_15km >= far_50km AND far_50km >= far_150km AND far_150km >= 0)
ORDER BY 1, 2 LIMIT %s
"""


@books_check("goods.diversion")
def check_diversion() -> list[str]:
    """Compare the counts of dealers with the far scans that are kept, and see that no distance has more than a nearer one."""
    wrong = [
        f"dealer {dealer} from {period_on}: {counted} counted outside, {kept} kept"
        for period_on, dealer, counted, kept in run(DISAGREEING, [SHOWN])
    ]
    return wrong + [
        f"dealer {dealer} from {period_on}: more far away than near" for period_on, dealer in run(FALLING, [SHOWN])
    ]
