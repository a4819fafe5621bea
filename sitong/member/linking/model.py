"""The model that links: trained without labels, comparing pairs, and grouping faces that are one. Splink on DuckDB, in memory."""

# ruff: noqa: S608 -- names of tables are this module's and its callers', never a user's

from __future__ import annotations

import logging
import os
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any
from uuid import uuid4

import duckdb
import orjson
from splink import DuckDBAPI, Linker

from sitong.member.linking.comparing import (
    APART,
    COMPARISONS,
    LEARNED_ON,
    SURE,
    SURE_RECALL,
    TERMS,
    UNSURE,
    VERSION,
    settings_wanted,
)
from sitong.member.linking.rules import grouped_apart

LEARNED_PAIRS_MAX = 300_000
DRAWN_PAIRS_MAX = 2_000_000
SHARE_MIN = 0.000_5
"""No share is learned to be nothing at all: what never happened in training may happen."""
WEIGHT_MIN = -6.0
"""Pairs below this weight (1.5 % at most) are forgotten at once."""
SHARE_AT_RANDOM_MAX = 0.01
SEED = 7


def trained(connection: duckdb.DuckDBPyConnection, table: str) -> dict[str, Any]:
    """Learn a model from a table of faces alone; give it as settings, which are data and can be kept.

    How often strangers agree is learned from random pairs, how often one person agrees by expectation maximization.
    """
    linker = _linker(connection, table, settings_wanted())
    linker.training.estimate_probability_two_random_records_match(list(SURE), recall=SURE_RECALL)
    linker.training.estimate_u_using_random_sampling(max_pairs=DRAWN_PAIRS_MAX, seed=SEED)
    for rule in LEARNED_ON:
        linker.training.estimate_parameters_using_expectation_maximisation(
            rule, estimate_without_term_frequencies=True, max_pairs=LEARNED_PAIRS_MAX
        )
    model = linker.misc.save_model_to_json()
    for comparison in model["comparisons"]:
        _floor(comparison["comparison_levels"])
    return {**model, "sitong_version": VERSION, "sitong_faces": _count(connection, table)}


def starting() -> dict[str, Any]:
    """Give the model for brands that know too few people to learn from: learned on a million generated ones."""
    path = Path(__file__).with_name("starting_model.json")
    model: dict[str, Any] = orjson.loads(path.read_bytes())
    return model


def _floor(levels: list[dict[str, Any]]) -> None:
    for level in levels:
        if not level.get("is_null_level"):
            level["m_probability"] = max(level.get("m_probability") or 0, SHARE_MIN)
            level["u_probability"] = max(level.get("u_probability") or 0, 1e-8)


def compare(
    connection: duckdb.DuckDBPyConnection, model: Mapping[str, Any], *, faces: str, new: str = "", into: str
) -> int:
    """Compare the pairs of a table of faces that are worth it, into a table of pairs; give how many were kept.

    With `new`, a table of faces of the same form, only pairs in which one of these stands are compared. A pair has
    left_id < right_id, weight, probability, for each comparison its level and weight ("name", "name_weight"), and whether
    it is apart (never one) or unsure (never joined by itself).
    """
    if new:
        connection.execute(
            f"CREATE OR REPLACE TEMP VIEW all_faces AS SELECT * FROM {faces} UNION ALL SELECT * FROM {new}"
        )
    everything = "all_faces" if new else faces
    linker = _linker(connection, everything, _at_size(model, _count(connection, everything)))
    if new:
        for term in TERMS:
            linker.table_management.compute_tf_table(term)
        api = linker._db_api
        found = [
            linker.inference.predict_between(
                api.register(faces), api.register(new), threshold_match_weight=WEIGHT_MIN, warning_mode="never"
            ),
            linker.inference.predict_within(api.register(new), threshold_match_weight=WEIGHT_MIN, warning_mode="never"),
        ]
    else:
        found = [linker.inference.predict(threshold_match_weight=WEIGHT_MIN, warning_mode="never")]
    source = " UNION ALL BY NAME ".join(f"SELECT * FROM {one.physical_name}" for one in found)
    connection.execute(_pairs_sql(source, everything, into))
    for one in found:
        one.drop_table_from_database_and_remove_from_cache()
    return _count(connection, into)


def _at_size(model: Mapping[str, Any], faces: int) -> dict[str, Any]:
    """Give the settings for so many faces: of twice as many, two drawn at random are one person half as often."""
    settings = {name: value for name, value in model.items() if not name.startswith("sitong_")}
    share = settings["probability_two_random_records_match"] * model["sitong_faces"] / max(faces, 1)
    return {**settings, "probability_two_random_records_match": min(share, SHARE_AT_RANDOM_MAX)}


def _pairs_sql(source: str, faces: str, into: str) -> str:
    """Write the statement that keeps pairs with the level of each comparison and its weight."""
    levels = []
    for name, cases in COMPARISONS.items():
        levels.append(f"{_level_of(name)} AS {name}")
        adjusted = f"coalesce(p.mw_tf_adj_{name}, 0)" if any("tf_adjustment_column" in case for case in cases) else "0"
        levels.append(f"p.mw_{name} + {adjusted} AS {name}_weight")
    return f"""
        CREATE OR REPLACE TABLE {into} AS
        SELECT *, {APART} AS apart, {UNSURE} AS unsure FROM (
        SELECT least(p.unique_id_l, p.unique_id_r) AS left_id, greatest(p.unique_id_l, p.unique_id_r) AS right_id,
               p.match_weight AS weight, p.match_probability AS probability, {", ".join(levels)}
        FROM ({source}) p JOIN {faces} l ON l.unique_id = p.unique_id_l JOIN {faces} r ON r.unique_id = p.unique_id_r)
    """


def _level_of(name: str) -> str:
    """Write the expression that tells at which level of a comparison two faces `l` and `r` stand."""
    when = " ".join(
        f"WHEN {_of_faces(case['sql_condition'])} THEN '{case['label_for_charts']}'"
        for case in COMPARISONS[name]
        if case["sql_condition"] != "ELSE"
    )
    return f"CASE {when} ELSE 'other' END"


def _of_faces(condition: str) -> str:
    """Turn `phone_l` into `l.phone`."""
    return re.sub(r"\b(\w+)_([lr])\b", r"\2.\1", condition)


def group(
    connection: duckdb.DuckDBPyConnection,
    *,
    faces: str,
    pairs: str,
    joined: str,
    apart: str,
    known_apart: Iterable[tuple[int, int]] = (),
    into: str,
) -> None:
    """Group faces that are one: who is connected by pairs that hold `joined`, but never two that hold `apart`.

    Where a chain of pairs leads to two that are not one (a family with one phone), it is built anew from its strongest
    pairs and broken at its weakest. `joined` and `apart` are conditions on pairs. The table has unique_id and group_id.
    """
    connection.execute(
        f"CREATE OR REPLACE TABLE {into}_edges AS SELECT left_id, right_id, weight FROM {pairs} WHERE {joined}"
    )
    _connected(connection, faces, f"{into}_edges", into)
    known = list(known_apart)
    connection.execute(
        f"CREATE OR REPLACE TABLE {into}_apart AS SELECT left_id, right_id FROM {pairs} WHERE {apart}"
        " UNION ALL SELECT unnest(?::BIGINT[]), unnest(?::BIGINT[])",
        [[left for left, _ in known], [right for _, right in known]],
    )
    wrong = connection.execute(
        f"SELECT a.left_id, a.right_id, l.group_id FROM {into}_apart a"
        f" JOIN {into} l ON l.unique_id = a.left_id JOIN {into} r ON r.unique_id = a.right_id AND r.group_id = l.group_id"
    ).fetchall()
    if not wrong:
        return
    connection.execute(
        f"CREATE OR REPLACE TABLE {into}_wrong AS SELECT unnest(?::BIGINT[]) AS group_id",
        [list({row[2] for row in wrong})],
    )
    edges = connection.execute(
        f"SELECT e.left_id, e.right_id FROM {into}_edges e JOIN {into} g ON g.unique_id = e.left_id"
        f" JOIN {into}_wrong w USING (group_id) ORDER BY e.weight DESC, e.left_id, e.right_id"
    ).fetchall()
    _regroup(connection, grouped_apart(edges, [(left, right) for left, right, _ in wrong]), into)


def _regroup(connection: duckdb.DuckDBPyConnection, groups: Mapping[int, int], into: str) -> None:
    connection.execute(
        f"CREATE OR REPLACE TABLE {into}_mended AS SELECT unnest(?::BIGINT[]) AS unique_id, unnest(?::BIGINT[]) AS group_id",
        [list(groups), list(groups.values())],
    )
    connection.execute(
        f"CREATE OR REPLACE TABLE {into}_whole AS SELECT g.unique_id, coalesce(m.group_id, g.group_id) AS group_id"
        f" FROM {into} g LEFT JOIN {into}_mended m USING (unique_id)"
    )
    connection.execute(f"DROP TABLE {into}; ALTER TABLE {into}_whole RENAME TO {into}")


def _connected(connection: duckdb.DuckDBPyConnection, faces: str, edges: str, into: str) -> None:
    """Find the connected components: the smallest number wins, passed on along pairs and then along itself."""
    connection.execute(
        f"CREATE OR REPLACE TABLE {into}_both AS SELECT left_id AS a, right_id AS b FROM {edges}"
        f" UNION ALL SELECT right_id, left_id FROM {edges}"
    )
    connection.execute(
        f"CREATE OR REPLACE TABLE {into}_now AS SELECT a AS unique_id, least(a, min(b)) AS group_id FROM {into}_both GROUP BY a"
    )
    while True:
        connection.execute(
            f"CREATE OR REPLACE TABLE {into}_near AS SELECT b.a AS unique_id, least(any_value(own.group_id), min(n.group_id)) AS group_id"
            f" FROM {into}_both b JOIN {into}_now n ON n.unique_id = b.b JOIN {into}_now own ON own.unique_id = b.a GROUP BY b.a"
        )
        connection.execute(
            f"CREATE OR REPLACE TABLE {into}_next AS SELECT n.unique_id, least(n.group_id, j.group_id) AS group_id"
            f" FROM {into}_near n JOIN {into}_near j ON j.unique_id = n.group_id"
        )
        changed = connection.execute(
            f"SELECT count(*) FROM {into}_next n JOIN {into}_now o USING (unique_id) WHERE n.group_id <> o.group_id"
        ).fetchall()[0][0]
        connection.execute(f"DROP TABLE {into}_now; ALTER TABLE {into}_next RENAME TO {into}_now")
        if not changed:
            break
    connection.execute(
        f"CREATE OR REPLACE TABLE {into} AS SELECT f.unique_id, coalesce(n.group_id, f.unique_id) AS group_id"
        f" FROM {faces} f LEFT JOIN {into}_now n USING (unique_id)"
    )


def _linker(connection: duckdb.DuckDBPyConnection, table: str, settings: dict[str, Any]) -> Linker:
    logging.getLogger("splink").setLevel(logging.ERROR)
    settings = {**settings, "linker_uid": uuid4().hex[:8]}
    return Linker(DuckDBAPI(connection).register(table), settings, log_level=logging.ERROR)


def _count(connection: duckdb.DuckDBPyConnection, table: str) -> int:
    row = connection.execute(f"SELECT count(*) FROM {table}").fetchall()[0]
    return int(row[0])


def agreeing(connection: duckdb.DuckDBPyConnection, *, faces: str, nodes: str, couples: str) -> set[tuple[int, int]]:
    """Of couples (a, b) of nodes, give those of which some two faces agree in the name and in nothing speak against it.

    `nodes` says whose each face is (unique_id, node).
    """
    levels = ", ".join(f"{_level_of(name)} AS {name}" for name in ("name", "birthday", "email", "card"))
    rows = connection.execute(
        f"SELECT DISTINCT a, b FROM (SELECT c.a, c.b, {levels} FROM {couples} c JOIN {nodes} n ON n.node = c.a JOIN {nodes} m ON m.node = c.b"
        f" JOIN {faces} l ON l.unique_id = n.unique_id JOIN {faces} r ON r.unique_id = m.unique_id)"
        f" WHERE name IN ('same', 'sound', 'turned', 'title', 'nothing') AND NOT ({APART})"
    ).fetchall()
    return {(a, b) for a, b in rows}


def opened(*, memory: str = "", threads: int = 2) -> duckdb.DuckDBPyConnection:
    """Open a database in memory that never writes to disk: what stands in it is personal. It takes at most half of the machine's.

    A million faces take about 1.5 GB, ten million 13 GB. Too many for the memory: the run stops and says so, nothing is lost.
    """
    memory = memory or f"{os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES') // 2 >> 20}MB"
    connection = duckdb.connect(":memory:")
    connection.execute(f"SET memory_limit = '{memory}'; SET threads = {threads}; SET temp_directory = ''")
    return connection
