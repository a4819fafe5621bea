"""Lakes for tests: of a brand's own doings, or of rows that are written down."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import duckdb

from sitong.insight.lake.schema import DUCKDB_TYPES, TABLES

NOTHING: dict[str, Any] = {
    "text": "",
    "integer": 0,
    "date": date(2026, 3, 3),
    "instant": datetime(2026, 3, 3, 2, 0),  # noqa: DTZ001 as the lake has it: UTC without saying so
    "boolean": False,
}


def a_table_file(folder: Path, table: str, rows: Sequence[dict[str, Any]], *, name: str = "rows") -> Path:
    """Write rows as a file of one table of a lake in a folder; what a row does not say is '', 0, false or 3 March 2026."""
    columns = TABLES[table].columns
    path = folder / table / f"{name}.parquet"
    path.parent.mkdir(parents=True, exist_ok=True)
    with duckdb.connect() as connection:
        typed = ", ".join(f'"{one.name}" {DUCKDB_TYPES[one.kind]}' for one in columns)
        connection.execute(f"CREATE TABLE made ({typed})")
        filled = [[row.get(one.name, None if one.may_lack else NOTHING[one.kind]) for one in columns] for row in rows]
        if filled:
            connection.executemany(f"INSERT INTO made VALUES ({', '.join('?' * len(columns))})", filled)
        connection.execute(f"COPY made TO '{path}' (FORMAT parquet, COMPRESSION zstd)")
    return path


def rows_of(lake: Any, table: str) -> list[tuple[Any, ...]]:
    """Give all rows of one table, sorted."""
    found = lake.table(table).to_pyarrow().to_pylist()
    return sorted((tuple(row.values()) for row in found), key=repr)


def rows_by_table(lake: Any) -> dict[str, list[tuple[Any, ...]]]:
    """Give all rows of all tables, sorted: what two lakes are compared by."""
    return {table: rows_of(lake, table) for table in TABLES}


def written_lake(brand_id: UUID, *, now: datetime | None = None) -> int:
    """Let the lake read everything that was announced, and write it."""
    from sitong.insight.lake.actions import write_lake
    from sitong.insight.lake.handlers import SUBSCRIBERS
    from sitong.shared.events.reader import drain
    from tests.make.org import NOW

    drain(*SUBSCRIBERS)
    return write_lake(brand_id, now=now or NOW)
