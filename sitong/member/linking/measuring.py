"""How well a model links people whose truth is known: precision and recall, on the whole and by kind of error and band."""

# ruff: noqa: S608 -- names of tables are this module's and its callers', never a user's

from __future__ import annotations

from dataclasses import dataclass

import duckdb
import pyarrow as pa

from sitong.member.linking.population import ERRORS


@dataclass(frozen=True, slots=True)
class Quality:
    """Of the pairs that stand in one group, the share that is right; of the pairs that are one, the share that was found."""

    precision: float
    recall: float
    pairs: int


@dataclass(frozen=True, slots=True)
class KindQuality:
    """Of the true pairs with one kind of error: how many there are, and the shares joined by itself, asked, and never seen."""

    kind: str
    pairs: int
    joined: float
    asked: float
    missed: float


@dataclass(frozen=True, slots=True)
class BandQuality:
    """How many pairs fall into a band, the share of them that is one person, and how many of the others are of one family."""

    band: str
    pairs: int
    right: float
    families: int


def truth(connection: duckdb.DuckDBPyConnection, people: pa.Table) -> None:
    """Keep who is who, as the table `truth`."""
    connection.register("truth_said", people.select(["unique_id", "person", "errors", "family"]))
    connection.execute("CREATE OR REPLACE TABLE truth AS SELECT * FROM truth_said")
    connection.unregister("truth_said")


def quality(connection: duckdb.DuckDBPyConnection, *, groups: str) -> Quality:
    """Compare groups (unique_id, group_id) with the truth, pair by pair."""
    count = "sum(n * (n - 1) / 2) FROM (SELECT count(*) AS n FROM"
    here = f"{groups} g JOIN truth t USING (unique_id)"
    found, right, there = (
        int(connection.execute(f"SELECT {count} {here} GROUP BY {by})").fetchall()[0][0] or 0)
        for by in ("g.group_id", "g.group_id, t.person", "t.person")
    )  # fmt: skip
    return Quality(right / found if found else 1.0, right / there if there else 1.0, there)


def by_error(connection: duckdb.DuckDBPyConnection, *, pairs: str, joined: str, asked: str) -> list[KindQuality]:
    """Tell for each kind of error what became of the true pairs that have it: in `pairs` joined, or asked, or missed."""
    connection.execute(
        "CREATE OR REPLACE TABLE true_pairs AS SELECT a.unique_id AS left_id, b.unique_id AS right_id, a.errors | b.errors AS errors,"
        " a.family FROM truth a JOIN truth b ON b.person = a.person AND b.unique_id > a.unique_id"
    )
    kinds = [("none", "errors = 0"), *((name, f"(errors & {1 << bit}) <> 0") for bit, name in enumerate(ERRORS))]
    kinds += [("two fields", "bit_count(errors) >= 2"), ("family", "family"), ("all", "true")]
    found = []
    for name, condition in kinds:
        all_, by_itself, by_person = connection.execute(
            f"SELECT count(*), count(*) FILTER ({joined}), count(*) FILTER (({asked}) AND NOT ({joined}))"
            f" FROM (FROM true_pairs WHERE {condition}) LEFT JOIN {pairs} USING (left_id, right_id)"
        ).fetchall()[0]
        if all_:
            shares = (by_itself / all_, by_person / all_)
            found.append(KindQuality(name, all_, *shares, 1 - sum(shares)))
    return found


def by_band(connection: duckdb.DuckDBPyConnection, *, pairs: str, bands: dict[str, str]) -> list[BandQuality]:
    """Tell for each band (name: condition on pairs) how many pairs fall into it and how many of them are right."""
    found = []
    for name, condition in bands.items():
        all_, right, families = connection.execute(
            f"SELECT count(*), count(*) FILTER (l.person = r.person), count(*) FILTER (l.person <> r.person AND l.family AND r.family)"
            f" FROM (FROM {pairs} WHERE {condition}) JOIN truth l ON l.unique_id = left_id JOIN truth r ON r.unique_id = right_id"
        ).fetchall()[0]
        found.append(BandQuality(name, all_, right / all_ if all_ else 1.0, families))
    return found
