"""Whether the boards say what the data set's files say: the same numbers by plain SQL over the files, beside those of the lake."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from sitong.insight.asked import Asked
from sitong.insight.boards.reckoning import reckon
from sitong.insight.metrics.queries import span_of

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

BOUGHT = """
CREATE TABLE bought AS SELECT household_id AS h, basket_id AS b, (TIMESTAMP 'epoch' + to_microseconds(at_us) + to_days($days))::DATE AS d,
  sales_value::BIGINT AS v FROM sold
"""
DAYS = "CREATE TABLE days AS SELECT h, d, sum(v)::BIGINT AS v, min(d) OVER (PARTITION BY h) AS first FROM bought WHERE d <= $last GROUP BY h, d"
COHORTS = """
SELECT strftime(first, '%Y-%m'), strftime(d, '%Y-%m'), count(DISTINCT h), sum(v)::BIGINT FROM days
WHERE strftime(first, '%Y-%m') >= strftime($start::DATE, '%Y-%m') GROUP BY 1, 2
"""
REPEAT = """
SELECT count(*), count(*) FILTER (n > 1), sum(n)::BIGINT, sum(v)::BIGINT, coalesce(sum(v) FILTER (n > 1), 0)::BIGINT
FROM (SELECT h, count(*) AS n, sum(v) AS v FROM days WHERE d >= $start GROUP BY h)
"""
GAPS = "SELECT d - lag(d) OVER (PARTITION BY h ORDER BY d) AS gap FROM days WHERE d >= $start QUALIFY gap IS NOT NULL ORDER BY gap"
RFM = """
WITH of AS (SELECT h, $last::DATE - max(d) AS r, count(*) AS f, sum(v)::BIGINT AS v FROM days WHERE d > $last::DATE - 365 GROUP BY h)
SELECT 1 + 5 * (SELECT count(*) FROM of AS o WHERE o.r > of.r) // (SELECT count(*) FROM of),
       1 + 5 * (SELECT count(*) FROM of AS o WHERE o.f < of.f) // (SELECT count(*) FROM of), count(*), sum(v)::BIGINT FROM of GROUP BY 1, 2
"""
FUNNEL = """
SELECT count(*), count(*) FILTER (again), sum(v)::BIGINT FROM (
  SELECT h, bool_or(d > first) AS again, sum(v) AS v FROM days WHERE d <= first + 90 AND first >= $start GROUP BY h)
"""


def disagreements(brand_id: UUID, sold: pa.Table, *, moved: timedelta, last: date) -> list[str]:
    """Compare the brand's cohorts, repeat rate, gaps, RFM map and funnel of a year with the files; "" where all is the same.

    `last` is the last day asked for: before the day of the load, when other orders of the demo begin.
    """
    start = last - timedelta(days=400)
    with duckdb.connect() as files:
        files.register("sold", sold)
        files.execute(BOUGHT, {"days": moved.days})
        files.execute(DAYS, {"last": last})

        def rows(statement: str, **facts: Any) -> list[tuple[Any, ...]]:
            return files.execute(statement, facts).fetchall()

        asked = Asked(start, last)
        cohorts, growth = reckon(brand_id, "cohorts", asked), reckon(brand_id, "growth", asked)["whole"]
        acquired, again, spent = rows(FUNNEL, start=start)[0]
        gaps = [gap for (gap,) in rows(GAPS, start=start)]
        pairs = {
            "cohorts": (_cohorts(cohorts["cohorts"]), sorted(rows(COHORTS, start=start))),
            "repeat": (tuple(cohorts["repeat"].values()), rows(REPEAT, start=start)[0]),
            "gaps": (
                cohorts["gaps"]["quarters"],
                [gaps[-(-len(gaps) * part // 4) - 1] for part in (1, 2, 3)] if gaps else [0, 0, 0],
            ),
            "times": (cohorts["gaps"]["times"], len(gaps)),
            "rfm": (_cells(cohorts["rfm"]["cells"]), sorted(rows(RFM, last=last))),
            "funnel": ((growth["acquired"], growth["activated"], growth["spent_minor"]), (acquired, acquired, spent)),
            "retained": (
                growth["retained"] >= again,
                True,
            ),  # who checked in or claimed a coupon later counts there too
        }
    return [
        f"{name}: the board says {board}, the files say {files}"
        for name, (board, files) in pairs.items()
        if board != files
    ]


def moved_by(brand_id: UUID, sold: pa.Table) -> tuple[timedelta, date]:
    """Give by how much the loaded brand's year was moved, and the last day but one of it."""
    span = span_of(brand_id)
    if span is None:
        raise ValueError("the demo brand is not loaded")
    first, last = (EPOCH + timedelta(microseconds=at) for at in pc.min_max(sold["at_us"]).as_py().values())
    moved = span.start - first.date()
    return moved, last.date() + moved - timedelta(days=1)


def _cohorts(found: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
    told = []
    for cohort in found:
        at = int(cohort["month"][:4]) * 12 + int(cohort["month"][5:]) - 1
        for later, (members, kept) in enumerate(cohort["kept"]):
            if members:
                told.append((cohort["month"], f"{(at + later) // 12}-{(at + later) % 12 + 1:02d}", members, kept))
    return sorted(told)


def _cells(grid: list[list[list[int]]]) -> list[tuple[int, ...]]:
    return sorted((5 - at, f, *cell) for at, row in enumerate(grid) for f, cell in enumerate(row, 1) if cell[0])
