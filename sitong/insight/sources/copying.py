"""Read a query's rows in bulk: COPY out of PostgreSQL, parsed into Arrow tables of some hundred thousand rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pyarrow as pa
from django.db import connection
from pyarrow import csv

PIECE_BYTES = 32 * 2**20
ARROW_TYPES = {
    "text": pa.string(),
    "integer": pa.int64(),
    "date": pa.date32(),
    "instant": pa.timestamp("us"),
    "boolean": pa.bool_(),
}


def copied(query: str, parameters: Mapping[str, Any], columns: Sequence[tuple[str, str]]) -> Iterator[pa.Table]:
    """Give the rows of a query as Arrow tables. `columns` are their names and kinds; instants are UTC and say no zone.

    One statement, so all rows are of one moment. Only a lacking instant is null, every other nothing is '' or 0.
    """
    names = [name for name, _ in columns]
    read = csv.ReadOptions(column_names=names, block_size=4 * 2**20)
    parse = csv.ParseOptions(newlines_in_values=any(kind == "text" for _, kind in columns))
    convert = csv.ConvertOptions(
        column_types={name: ARROW_TYPES[kind] for name, kind in columns},
        true_values=["t"],
        false_values=["f"],
        null_values=[""],
        strings_can_be_null=False,
        timestamp_parsers=[csv.ISO8601],
    )

    def table(held: list[bytes]) -> pa.Table:
        return csv.read_csv(
            pa.BufferReader(b"".join(held)), read_options=read, parse_options=parse, convert_options=convert
        )

    with connection.cursor() as cursor, cursor.copy(f"COPY ({query}) TO STDOUT (FORMAT csv)", parameters) as copy:
        held: list[bytes] = []
        size = 0
        for block in copy:
            held.append(bytes(block))
            size += len(block)
            if size >= PIECE_BYTES:
                yield table(held)
                held, size = [], 0
        if held:
            yield table(held)
