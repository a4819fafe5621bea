"""A lake made of facts of members, as the readers of single members give them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC
from pathlib import Path
from typing import Any
from uuid import UUID

import ibis
import pyarrow
import pyarrow.parquet

from sitong.insight.audience.compiling import compiled
from sitong.insight.lake.reading import Lake
from sitong.insight.lake.schema import OF_MEMBERS, TABLES
from sitong.member.segments.check import holds
from sitong.member.segments.subjects import SUBJECTS

TYPES = {
    "text": pyarrow.string(), "integer": pyarrow.int64(), "date": pyarrow.date32(), "instant": pyarrow.timestamp("us"),
    "boolean": pyarrow.bool_(),
}  # fmt: skip

Facts = Mapping[str, Sequence[tuple[Any, ...]]]


def lake_of_facts(folder: Path, people: Mapping[int, Facts]) -> Path:
    """Write the facts of some members, by ordinal, as the files of a lake. A subject without facts has no file."""
    for name in OF_MEMBERS:
        rows = [_row(name, ordinal, row) for ordinal, facts in people.items() for row in facts.get(name, ())]
        if rows:
            schema = pyarrow.schema([(one.name, TYPES[one.kind]) for one in TABLES[name].columns])
            (folder / name).mkdir(parents=True)
            pyarrow.parquet.write_table(pyarrow.Table.from_pylist(rows, schema=schema), folder / name / "all.parquet")
    return folder


def _row(subject: str, ordinal: int, row: tuple[Any, ...]) -> dict[str, Any]:
    named = dict(zip(SUBJECTS[subject].columns, row, strict=True))
    for field in SUBJECTS[subject].fields:
        if field.kind == "instant" and named.get(field.name) is not None:
            named[field.name] = named[field.name].astimezone(UTC).replace(tzinfo=None)
    if subject == "members":
        named["member_id"] = UUID(int=ordinal).hex
    return {**named, "ordinal": ordinal}


def found_in_bulk(rules: Sequence[Any], lake: Lake, *, on: Any) -> list[set[int]]:
    """Give for each rule the ordinals that the lake finds, in one statement; none comes twice."""
    tables = [compiled(rule, lake, on=on).mutate(rule=ibis.literal(place, "int64")) for place, rule in enumerate(rules)]
    rows = ibis.union(*tables).to_pyarrow().to_pylist() if len(tables) > 1 else tables[0].to_pyarrow().to_pylist()
    found: list[set[int]] = [set() for _ in rules]
    for row in rows:
        assert row["ordinal"] not in found[row["rule"]]
        found[row["rule"]].add(row["ordinal"])
    return found


def found_one_by_one(rules: Sequence[Any], people: Mapping[int, Facts], *, on: Any) -> list[set[int]]:
    """Give the same, asked of one member after the other."""
    return [{ordinal for ordinal, facts in people.items() if holds(rule, facts, on=on)} for rule in rules]
