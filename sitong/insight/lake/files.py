"""Write one file of the lake: under another name first, down to the disk, then renamed. What is half written never counts."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

import duckdb
from django.conf import settings

from sitong.insight.lake.schema import GONE, MADE, PART, Table
from sitong.shared.errors import Refused
from sitong.shared.ids import new_id

ENDING, UNFINISHED = ".parquet", ".unfinished"
ROW_GROUP = 122_880
FULL = {errno.ENOSPC, errno.EDQUOT}


class LakeFull(Refused):
    """There is no space left where the lake's files stand. What was to be written is still marked."""

    code = "insight.lake_full"


class LakeUnwritable(Refused):
    """The lake's folder cannot be written: it is missing, read-only, or another account's."""

    code = "insight.lake_unwritable"


@dataclass(frozen=True, slots=True)
class Written:
    """One finished file: where it stands below the lake's folder, and what its row in the manifest says of it."""

    id: UUID
    table: str
    part: str
    path: str
    rows: int
    bytes: int
    ordinal_min: int | None
    ordinal_max: int | None
    on_min: date | None
    on_max: date | None


@contextmanager
def words_for_the_disk() -> Iterator[None]:
    """Turn what the disk says inside into a refusal with words. Refused: insight.lake_full, insight.lake_unwritable."""
    try:
        yield
    except OSError as failed:
        raise (LakeFull() if failed.errno in FULL else LakeUnwritable()) from failed
    except (duckdb.IOException, duckdb.OutOfMemoryException) as failed:
        text = str(failed).lower()
        full = "no space left" in text or "quota" in text or "max_temp_directory_size" in text
        if not full and isinstance(failed, duckdb.OutOfMemoryException):
            raise
        raise (LakeFull() if full else LakeUnwritable()) from failed


@contextmanager
def writer() -> Iterator[duckdb.DuckDBPyConnection]:
    """Give the connection that sorts and writes: within the lake's memory and threads, spilling into its folder."""
    spill = lake_root() / "spill"
    limits: dict[str, Any] = {"memory_limit": settings.LAKE_MEMORY, "temp_directory": str(spill)}
    if settings.LAKE_THREADS:
        limits["threads"] = settings.LAKE_THREADS
    with words_for_the_disk():
        spill.mkdir(parents=True, exist_ok=True)
    with duckdb.connect(":memory:", config=limits) as connection:
        yield connection


def lake_root() -> Path:
    """Give the folder below which all files of all lakes stand."""
    return Path(settings.LAKE_FOLDER)


def write_file(
    connection: duckdb.DuckDBPyConnection, query: str, *, brand_id: UUID, table: Table, part: str, version: int
) -> Written | None:
    """Write what a query gives (the table's columns and `lake_gone`) as one file of a partition, sorted; None: it gives nothing.

    The file is on the disk and has its name, but does not count yet. Refused: insight.lake_full, insight.lake_unwritable.
    """
    file_id = new_id()
    relative = f"{brand_id.hex}/{table.name}/{part}/{version:010d}-{file_id.hex}{ENDING}"
    path = lake_root() / relative
    unfinished = path.with_suffix(UNFINISHED)
    names = ", ".join(f'"{name}"' for name in table.names)
    by = ", ".join(f'"{name}"' for name in table.sorted_by)
    try:
        with words_for_the_disk():
            path.parent.mkdir(parents=True, exist_ok=True)
            connection.execute(
                f"COPY (SELECT {names}, '{part}' AS {PART}, {version}::BIGINT AS {MADE}, {GONE} FROM ({query}) "  # noqa: S608
                f"ORDER BY {by}) TO '{unfinished}' (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE {ROW_GROUP})"
            )
            rows, lowest, highest, first, last = _bounds(connection, unfinished, table)
            if not rows:
                unfinished.unlink()
                return None
            _keep(unfinished, path)
    except BaseException:
        unfinished.unlink(missing_ok=True)
        raise
    return Written(file_id, table.name, part, relative, rows, path.stat().st_size, lowest, highest, first, last)


def _keep(unfinished: Path, path: Path) -> None:
    """Bring a file and its name down to the disk."""
    with unfinished.open("rb") as file:
        os.fsync(file.fileno())
    unfinished.rename(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _bounds(
    connection: duckdb.DuckDBPyConnection, path: Path, table: Table
) -> tuple[int, int | None, int | None, date | None, date | None]:
    ordinals = "min(ordinal), max(ordinal)" if table.of_members else "NULL, NULL"
    days = 'min("on"), max("on")' if "on" in table.names else "NULL, NULL"
    found = connection.execute(f"SELECT count(*), {ordinals}, {days} FROM read_parquet('{path}')").fetchone()  # noqa: S608
    assert found is not None
    return found
