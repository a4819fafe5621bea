"""Segments in bulk: ten typical rules over 1, 10 and 27.9 million members with 100 million order lines, on generated files.

Each rule beside the same question asked plainly of the raw lines by DuckDB, in the same run and with the same threads and
memory. Last, the same ten by Spark on 100,000 members: its time, and the same answers. SIZES=1 (millions, comma separated)
for less; the largest takes three minutes to generate and 4 GB of disk, which are given back.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bench import Figure, compared
from bench.population import Population, made

SIZES = [float(one) for one in os.environ.get("SIZES", "1,10,27.9").split(",")]
SPARK_MEMBERS = 100_000
TARGET_S = 5


def run() -> list[Figure]:
    """Measure the ten rules at each size, and Spark on a small one."""
    figures: list[Figure] = []
    for size in SIZES:
        with population(int(size * 1_000_000)) as people:
            figures += measured(people, f"{size:g} M")
    with population(SPARK_MEMBERS) as people:
        figures += by_spark(people)
    return figures


@contextmanager
def population(members: int) -> Iterator[Population]:
    """Make a population in a folder that is deleted afterwards."""
    from django.conf import settings

    settings.VAR.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="population-", dir=settings.VAR))
    try:
        yield made(folder, members=members)
    finally:
        shutil.rmtree(folder)


def measured(people: Population, size: str) -> list[Figure]:
    """Time each rule, and the plain question after it."""
    from sitong.insight.lake.reading import Lake

    figures = []
    with Lake.at(people.folder, engine="duckdb") as lake:
        count(lake, {"did": "orders", "last_days": 1}, people)  # opens the files once
        for name, rule in rules(people).items():
            with peak() as memory:
                found, seconds = count(lake, rule, people)
            plain = time_of(lambda name=name: lake.connection.con.execute(plainly(name, people)).fetchall())
            figures.append(compared(
                f"segment {name} ({size})", seconds, "s", plain, target=TARGET_S, members=found, peak_mb=memory[0],
            ))  # fmt: skip
    slowest = max(figures, key=lambda one: one.value)
    figures.append(Figure(
        f"segment, the slowest of ten ({size})", slowest.value, "s", extras={
            "target": TARGET_S, "of_members": people.members, "lines": people.lines, "orders": people.orders,
            "peak_mb": max(int(one.extras["peak_mb"]) for one in figures),
        },
    ))  # fmt: skip
    return figures


def by_spark(people: Population) -> list[Figure]:
    """Time the ten by Spark beside DuckDB. Raises unless both find as many."""
    from sitong.insight.lake.reading import Lake

    with Lake.at(people.folder, engine="duckdb") as lake:
        expected = {name: count(lake, rule, people) for name, rule in rules(people).items()}
    with Lake.at(people.folder, engine="spark") as lake:
        count(lake, {"did": "orders"}, people)
        found = {name: count(lake, rule, people) for name, rule in rules(people).items()}
    for name, (members, _) in expected.items():
        if found[name][0] != members:
            raise RuntimeError(f"{name}: Spark finds {found[name][0]}, DuckDB {members}")
    taken = [sum(seconds for _, seconds in one.values()) for one in (found, expected)]
    return [compared("segment, ten by Spark (0.1 M)", taken[0], "s", taken[1], same_answers=1)]


def rules(people: Population) -> dict[str, dict[str, Any]]:
    """Give the ten rules."""
    last, first, other = people.product, people.category, people.other_category
    of_first: dict[str, Any] = {"did": "lines", "where": [["category_id", "=", first]]}
    of_other: dict[str, Any] = {"did": "lines", "where": [["category_id", "=", other]]}
    year: dict[str, Any] = {"did": "orders", "last_days": 365}
    return {
        "a: bought in 30 days": {"did": "orders", "last_days": 30},
        "b: product twice in 90 days": {
            "did": "lines", "where": [["product_id", "=", last]], "last_days": 90, "measure": "count", "op": ">=", "value": 2,
        },
        "c: 500 yuan kept in 365 days": {
            "did": "lines", "last_days": 365, "measure": "sum:total_minor", "op": ">=", "value": 50_000,
        },
        "d: category A, never B": {"all": [of_first, {"not": of_other}]},
        "e: A, then not B in 30 days": {"then": [of_first, {"not": of_other}], "within_days": 30},
        "f: gold, points, not lately": {"all": [
            {"is": "tier", "op": "in", "value": ["gold", "platinum"]},
            {"is": "points", "op": ">=", "value": 500},
            {"not": {"did": "orders", "last_days": 60}},
        ]},
        "g: first order, by livestream": {"all": [
            {"did": "orders", "where": [["scene", "=", "livestream"]], "last_days": 14},
            {"not": {"did": "orders", "until": "2026-06-16"}},
        ]},
        "h: in 3 stores": {"did": "orders", "measure": "distinct:store_id", "op": ">=", "value": 3},
        "i: holds a coupon, visited": {"all": [
            {"did": "coupons", "where": [["coupon_id", "=", people.coupon], ["what", "=", "held"]]},
            {"did": "visits", "last_days": 7},
        ]},
        "j: champions": {"all": [
            {**year, "measure": "recency_days", "op": "<=", "value": 60},
            {**year, "measure": "count", "op": ">=", "value": 3},
            {**year, "measure": "sum:total_minor", "op": ">=", "value": 20_000},
        ]},
    }  # fmt: skip


def plainly(name: str, people: Population) -> str:
    """Give the same question as one would ask it of the raw files, lines wherever they say it, without the compiler."""
    day = f"DATE '{people.last_on}'"
    lines, members = (f"read_parquet('{people.folder}/{table}/*.parquet')" for table in ("lines", "members"))
    coupons, visits = (f"read_parquet('{people.folder}/{table}/*.parquet')" for table in ("coupons", "visits"))
    first = f'SELECT ordinal, "at", "on" FROM {lines} WHERE category_id = \'{people.category}\' AND NOT back'
    other = f"SELECT ordinal, \"at\" FROM {lines} WHERE category_id = '{people.other_category}' AND NOT back"
    asked = {
        "a": f'SELECT DISTINCT ordinal FROM {lines} WHERE "on" > {day} - 30 AND NOT back',
        "b": f"SELECT ordinal FROM {lines} WHERE product_id = '{people.product}' AND \"on\" > {day} - 90 AND NOT back GROUP BY 1 HAVING count(*) > 1",
        "c": f'SELECT ordinal FROM {lines} WHERE "on" > {day} - 365 GROUP BY 1 HAVING sum(total_minor) >= 50000',
        "d": f"SELECT DISTINCT ordinal FROM ({first}) ANTI JOIN ({other}) USING (ordinal)",
        "e": f"SELECT DISTINCT a.ordinal FROM ({first}) AS a WHERE a.\"on\" < {day} - 30 AND NOT EXISTS (SELECT 1 FROM ({other}) AS b "
             'WHERE b.ordinal = a.ordinal AND b."at" > a."at" AND b."at" <= a."at" + INTERVAL 30 DAY)',
        "f": f"SELECT ordinal FROM {members} ANTI JOIN (SELECT ordinal FROM {lines} WHERE \"on\" > {day} - 60 AND NOT back) USING (ordinal) "
             "WHERE tier IN ('gold', 'platinum') AND points >= 500",
        "g": f"SELECT ordinal FROM {lines} WHERE NOT back GROUP BY 1 HAVING min(\"on\") > {day} - 14 AND bool_or(scene = 'livestream')",
        "h": f"SELECT ordinal FROM {lines} WHERE NOT back GROUP BY 1 HAVING count(DISTINCT store_id) >= 3",
        "i": f"SELECT ordinal FROM {coupons} WHERE coupon_id = '{people.coupon}' AND ordinal IN (SELECT ordinal FROM {visits} WHERE "
             f"\"on\" > {day} - 7) GROUP BY ordinal, claim_id HAVING bool_and(what = 'claimed')",
        "j": f"SELECT ordinal FROM {lines} WHERE \"on\" > {day} - 365 AND NOT back GROUP BY 1 HAVING max(\"on\") >= {day} - 60 "
             "AND count(DISTINCT order_id) >= 3 AND sum(total_minor) >= 20000",
    }[name[0]]  # fmt: skip
    return f"SELECT count(*) FROM ({asked})"


def count(lake: Any, rule: dict[str, Any], people: Population) -> tuple[int, float]:
    """Give how many members a rule has, and the seconds from its JSON to that number."""
    from sitong.insight.audience.compiling import compiled
    from sitong.member.segments.parsing import rule_of

    begun = time.perf_counter()
    found = compiled(rule_of(rule), lake, on=people.last_on).count().execute()
    return int(found), time.perf_counter() - begun


def time_of(call: Any) -> float:
    begun = time.perf_counter()
    call()
    return time.perf_counter() - begun


@contextmanager
def peak() -> Iterator[list[int]]:
    """Give the most memory in MB that this process had inside; 0 where the system does not say."""
    found = [0]
    status = Path("/proc/self/status")
    if status.exists():
        Path("/proc/self/clear_refs").write_text("5")  # the peak begins anew
    yield found
    if status.exists():
        kilobytes = next(line.split()[1] for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        found[0] = int(kilobytes) // 1024
