"""Make a brand's lake anew from the database."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from uuid import UUID

import duckdb
from django.db import transaction
from django.db.models import F

from sitong.insight.lake.actions.manifest import let_count, next_version, note_trouble, only_writer, retire
from sitong.insight.lake.files import Written, lake_root, words_for_the_disk, write_file, writer
from sitong.insight.lake.models import LakeFile, LakeMark, LakeState
from sitong.insight.lake.schema import BLOCK, DIMENSIONS, GONE, TABLES, WHOLE, Table
from sitong.insight.sources.lake import facts_in_bulk
from sitong.shared.errors import Refused
from sitong.shared.ids import new_id

Told = Callable[[str, int], None]
"""Hears which table is being read, and how many of its rows were."""

PART_OF = {
    "month": "strftime(\"on\", '%Y-%m')",
    "block": f"printf('b%05d', ordinal // {BLOCK})",
    "whole": f"'{WHOLE}'",
}


def _nobody(_table: str, _rows: int) -> None:
    return


def ask_rebuild(brand_id: UUID, *, by: UUID | None, now: datetime) -> None:
    """Ask that a brand's lake is made anew; the worker does it. Asked twice is asked once."""
    LakeState.objects.get_or_create(brand_id=brand_id)
    LakeState.objects.filter(brand_id=brand_id, rebuild_asked_at=None).update(
        rebuild_asked_at=now, rebuild_asked_by=by, rebuild_table="", rebuild_done=0, rebuild_rows=0
    )


def rebuild_lake(brand_id: UUID, *, now: datetime, told: Told = _nobody) -> int:
    """Make a brand's lake anew from the database and give how many rows it has. Waits for whoever writes it just now.

    Table by table: all rows by one COPY, cut into partitions, sorted, and counted from one commit on; who reads meanwhile
    reads what was there before. What changes meanwhile is marked and written after it. Dies it in between, the tables
    that are done stay, and it begins anew. Refused: insight.lake_full, insight.lake_unwritable; then the old files count on.
    """
    with only_writer(brand_id, patient=True):
        try:
            rows = rebuild_alone(brand_id, now=now, told=told)
        except Refused as refused:
            note_trouble(brand_id, refused, now=now)
            raise
        note_trouble(brand_id, None, now=now)
        return rows


def rebuild_alone(brand_id: UUID, *, now: datetime, told: Told = _nobody) -> int:
    """Do what `rebuild_lake` promises, as the only writer."""
    with transaction.atomic():
        ask_rebuild(brand_id, by=None, now=now)
        LakeState.objects.filter(brand_id=brand_id).update(rebuild_table="", rebuild_done=0, rebuild_rows=0)
        # What these marks mean is committed, so the rebuild reads it; and it is asked for until it is done.
        LakeMark.objects.filter(brand_id=brand_id).delete()
    state = LakeState.objects.filter(brand_id=brand_id)
    total = 0
    for done, name in enumerate(TABLES):
        state.update(rebuild_table=name, rebuild_done=done)
        rows = _replace_table(brand_id, TABLES[name], now=now, told=told)
        state.update(rebuild_rows=F("rebuild_rows") + rows)
        total += rows
    state.update(
        rebuilt_at=now, written_at=now, rebuild_asked_at=None, rebuild_asked_by=None, rebuild_table="", rebuild_done=0
    )
    return total


def renew_names(brand_id: UUID, *, now: datetime) -> int:
    """Make the tables of names anew (stores, products …) and give how many rows they have; 0 also when another one is writing."""
    with only_writer(brand_id, patient=False) as alone:
        return sum(_replace_table(brand_id, TABLES[name], now=now, told=_nobody) for name in DIMENSIONS) if alone else 0


def _replace_table(brand_id: UUID, table: Table, *, now: datetime, told: Told) -> int:
    version = next_version(brand_id)
    with writer() as connection:
        written = _write_table(connection, brand_id, table, version=version, now=now, told=told)
    with transaction.atomic():
        before = LakeFile.objects.filter(brand_id=brand_id, table=table.name, retired_at=None)
        retire(before.values_list("id", flat=True), now=now)
        let_count(brand_id, written, version=version, whole={one.id for one in written}, made_by="rebuild", now=now)
    return sum(one.rows for one in written)


def _write_table(
    connection: duckdb.DuckDBPyConnection, brand_id: UUID, table: Table, *, version: int, now: datetime, told: Told
) -> list[Written]:
    """Read a table in bulk into the spill folder, cut into partitions, and write each partition sorted. Memory stays bounded."""
    columns = [(column.name, column.kind) for column in table.columns]
    read = 0
    with _spilled(brand_id) as spilled:
        for at, rows in enumerate(facts_in_bulk(table.name, brand_id, now=now, columns=columns)):
            connection.register("rows_read", rows)
            with words_for_the_disk():
                connection.execute(
                    f"COPY (SELECT *, {PART_OF[table.cut]} AS part FROM rows_read) TO '{spilled}' (FORMAT parquet, "  # noqa: S608
                    f"PARTITION_BY (part), FILENAME_PATTERN 'piece{at}_{{i}}', OVERWRITE_OR_IGNORE, COMPRESSION snappy)"
                )
            connection.unregister("rows_read")
            read += len(rows)
            told(table.name, read)
        written = []
        for folder in sorted(spilled.glob("part=*")):
            part = folder.name.partition("=")[2]
            query = f"SELECT *, false AS {GONE} FROM read_parquet('{folder}/*.parquet', hive_partitioning = false)"  # noqa: S608
            made = write_file(connection, query, brand_id=brand_id, table=table, part=part, version=version)
            written += [made] if made else []
            shutil.rmtree(folder, ignore_errors=True)
    return written


@contextmanager
def _spilled(brand_id: UUID) -> Iterator[Path]:
    """Give a folder for rows on their way, which is gone afterwards."""
    folder = lake_root() / "spill" / f"{brand_id.hex}-{new_id().hex}"
    with words_for_the_disk():
        folder.mkdir(parents=True)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
