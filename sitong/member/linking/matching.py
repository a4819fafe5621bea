"""Match records with everybody a brand knows: faces into a database in memory, pairs out of the model, verdicts out of the rules."""

# ruff: noqa: S608 -- names of tables and columns are the platform's own

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any
from uuid import UUID

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from sitong.member.imports.queries import ImportedRecord
from sitong.member.linking.comparing import COMPARISONS, VERSION
from sitong.member.linking.faces import prepare
from sitong.member.linking.model import agreeing, compare, opened, starting, trained
from sitong.member.linking.population import generated
from sitong.member.linking.reading import Everybody, Faces, Words, everybody, fingerprint, said_by, words_about
from sitong.member.linking.rules import Bands, Decided, Edge, decide, weight_bucket

LEARN_FROM = 5_000
"""A brand that knows fewer faces than that uses the model that comes with the platform."""
CROWD = 20_000
CERTAIN_WEIGHT = 40.0
LEVELS_SHOWN = tuple(COMPARISONS)


@dataclass(frozen=True, slots=True)
class Reason:
    """Why two are thought to be one: weight in bits, probability, and for each comparison its level and weight."""

    weight: float
    probability: float
    reasons: dict[str, list[Any]]


@dataclass(frozen=True, slots=True)
class Matched:
    """What was decided of a file's records, and all that is needed to write it down. Record n is node n."""

    records: Sequence[ImportedRecord]
    prints: Sequence[bytes]
    known: Everybody
    words: Words
    decided: Decided
    reasons: Mapping[tuple[int, int], Reason]
    likeliest: Mapping[int, Reason]
    joins_of: Mapping[int, Sequence[int]]
    histogram: dict[str, dict[str, int]]

    def reason_of(self, record: int, other: int) -> Reason | None:
        """Give why a record is thought to be the other node's: the pair itself, or the likeliest of those grouped with it."""
        return self.reasons.get((min(record, other), max(record, other))) or self.likeliest.get(record)


def model_for(faces: int, kept: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
    """Give the model to use for so many faces: the brand's own unless it is old; None: it has to be learned now."""
    if faces < LEARN_FROM:
        return starting()
    if kept and kept["sitong_version"] == VERSION and kept["sitong_faces"] * 2 > faces:
        return kept
    return None


def match(
    brand_id: UUID,
    records: Sequence[ImportedRecord],
    *,
    kept: Mapping[str, Any] | None,
    undone: frozenset[tuple[UUID, UUID]],
    bands: Bands,
) -> tuple[Matched, Mapping[str, Any]]:
    """Decide whose each record is, and give the model that was used. Reads the database, writes nothing.

    `undone` are pairs (record, member) that were joined and undone: they are asked, never joined by themselves again.
    """
    prints = [fingerprint(record) for record in records]
    known = everybody(brand_id)
    words = words_about(brand_id, records, prints, known)
    connection = opened()
    try:
        model = _compare(connection, known, records, kept)
        edges, reasons = _edges(connection)
        numbered = {record.id: node for node, record in enumerate(records, start=1)} if undone else {}
        torn = {(known.node(member_id), numbered.get(record_id)) for record_id, member_id in undone}
        edges = [
            Edge(one.left, one.right, one.weight, one.probability, unsure=True)
            if (one.left, one.right) in torn
            else one
            for one in edges
        ]
        edges += [
            Edge(member, node, CERTAIN_WEIGHT, 1.0, certain=True)
            for node, members in words.certain.items()
            for member in members
            if (member, node) not in torn or node in words.again
        ]
        apart = {*words.apart, *_apart(connection), *_not_one(connection, edges, bands)}
    finally:
        connection.close()
    decided = decide(list(range(1, len(records) + 1)), edges, apart=apart, bands=bands)
    joins: dict[int, list[int]] = {}
    for _, other, record in decided.joins:
        joins.setdefault(record, []).append(other)
    counted = _histogram(len(records), edges)
    return Matched(records, prints, known, words, decided, reasons, _likeliest(reasons), joins, counted), model


def _likeliest(reasons: Mapping[tuple[int, int], Reason]) -> dict[int, Reason]:
    best: dict[int, Reason] = {}
    for pair, why in reasons.items():
        for node in pair:
            if node > 0 and (node not in best or why.weight > best[node].weight):
                best[node] = why
    return best


def _compare(
    connection: duckdb.DuckDBPyConnection,
    known: Everybody,
    records: Sequence[ImportedRecord],
    kept: Mapping[str, Any] | None,
) -> Mapping[str, Any]:
    """Compare the records' faces with everybody's and each other's; give the model. Leaves faces, pairs and nodes."""
    fresh = Faces()
    for node, record in enumerate(records, start=1):
        fresh.add(node, said_by(record))
    there = len(known.faces.nodes)
    prepare(connection, known.faces.table(), table="known_faces")
    prepare(connection, fresh.table(there + 1), table="new_faces")
    _register(
        connection,
        "nodes",
        {"unique_id": range(1, there + len(records) + 1), "node": [*known.faces.nodes, *fresh.nodes]},
    )
    if there + len(records) < LEARN_FROM:
        prepare(connection, _crowd(), table="crowd")
        connection.execute("CREATE OR REPLACE TABLE known_faces AS FROM known_faces UNION ALL FROM crowd")
    connection.execute("CREATE OR REPLACE TABLE every_face AS FROM known_faces UNION ALL FROM new_faces")
    model = model_for(there + len(records), kept) or trained(connection, "every_face")
    compare(connection, model, faces="known_faces", new="new_faces", into="pairs")
    levels = ", ".join(f"p.{name}, p.{name}_weight" for name in LEVELS_SHOWN)
    connection.execute(
        f"CREATE OR REPLACE TABLE between AS SELECT least(l.node, r.node) AS a, greatest(l.node, r.node) AS b, p.weight, p.probability,"
        f" p.apart, p.unsure, {levels} FROM pairs p JOIN nodes l ON l.unique_id = p.left_id JOIN nodes r ON r.unique_id = p.right_id"
        " WHERE l.node <> r.node QUALIFY row_number() OVER (PARTITION BY a, b ORDER BY p.weight DESC) = 1"
    )
    return model


@cache
def _crowd() -> pa.Table:
    """Give generated strangers among whom a small brand's people stand, so that it shows which names and phones are rare.

    They have no node: no pair with them is ever looked at.
    """
    people = generated(CROWD, seed=CROWD)
    far = pc.add(people["unique_id"], pa.scalar(1 << 40))
    return people.set_column(people.schema.get_field_index("unique_id"), "unique_id", far)


def _edges(connection: duckdb.DuckDBPyConnection) -> tuple[list[Edge], dict[tuple[int, int], Reason]]:
    """Read the pairs that are not apart, and why they are thought to be one."""
    edges: list[Edge] = []
    reasons: dict[tuple[int, int], Reason] = {}
    columns = ", ".join(f"{name}, {name}_weight" for name in LEVELS_SHOWN)
    rows = connection.execute(
        f"SELECT a, b, weight, probability, unsure, {columns} FROM between WHERE NOT apart AND probability > 0.01 ORDER BY a, b"
    ).fetchall()
    for left, right, weight, probability, unsure, *levels in rows:
        edges.append(Edge(left, right, weight, probability, unsure=unsure))
        said = {name: [levels[2 * n], round(levels[2 * n + 1], 1)] for n, name in enumerate(LEVELS_SHOWN)}
        reasons[left, right] = Reason(weight, probability, said)
    return edges, reasons


def _apart(connection: duckdb.DuckDBPyConnection) -> list[tuple[int, int]]:
    return [(a, b) for a, b in connection.execute("SELECT a, b FROM between WHERE apart").fetchall()]


def _not_one(connection: duckdb.DuckDBPyConnection, edges: Sequence[Edge], bands: Bands) -> list[tuple[int, int]]:
    """Of members that one record would join, give those who do not agree with each other: a family, most likely."""
    by_record: dict[int, set[int]] = {}
    certain: dict[int, set[int]] = {}
    for one in edges:
        if one.left < 0 < one.right and one.joins(bands):
            by_record.setdefault(one.right, set()).add(one.left)
            if one.certain:
                certain.setdefault(one.right, set()).add(one.left)
    couples = {
        (min(a, b), max(a, b))
        for record, members in by_record.items() for a in members for b in members
        if a < b and not {a, b} <= certain.get(record, set())
    }  # fmt: skip
    if not couples:
        return []
    _register(connection, "couples", {"a": [a for a, _ in couples], "b": [b for _, b in couples]})
    return sorted(couples - agreeing(connection, faces="every_face", nodes="nodes", couples="couples"))


def _register(connection: duckdb.DuckDBPyConnection, table: str, columns: Mapping[str, Sequence[int]]) -> None:
    connection.register("said", pa.table({name: pa.array(values, pa.int64()) for name, values in columns.items()}))
    connection.execute(f"CREATE OR REPLACE TABLE {table} AS FROM said")
    connection.unregister("said")


def _histogram(records: int, edges: Sequence[Edge]) -> dict[str, dict[str, int]]:
    """Count records by their likeliest pair: certain ones, then those that may join by themselves, and those that may not."""
    best: dict[int, Edge] = {}
    for one in edges:
        for node in (one.left, one.right):
            if node > 0 and (node not in best or (one.certain, one.weight) > (best[node].certain, best[node].weight)):
                best[node] = one
    counted: dict[str, dict[str, int]] = {"sure": {}, "unsure": {}}
    for one in best.values():
        if not one.certain:
            of, bucket = counted["unsure" if one.unsure else "sure"], str(weight_bucket(one.weight))
            of[bucket] = of.get(bucket, 0) + 1
    certain = sum(one.certain for one in best.values())
    return {**counted, "other": {"certain": certain, "alone": records - len(best)}}
