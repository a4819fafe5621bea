"""What `sitong export` does: streams, so that a table of any size needs the memory of one batch."""

from __future__ import annotations

import csv
import io
import json
import os
import zipfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import IO, Any
from uuid import UUID

import orjson
import pyarrow as pa
import pyarrow.parquet as pq
from django.apps import apps
from django.db import connection, transaction
from psycopg import sql

from sitong import __version__
from sitong.shared.access.fields import EncryptedTextField, unseal
from sitong.shared.access.scope import brands_shown, every_brand

BATCH = 5_000
NEVER = ("password", "secret", "token", "private_key", "api_key", "_index", "content_hash")
"""Columns with one of these in their name stay here, whoever asks."""
Batch = Sequence[Sequence[Any]]


class NoSuchBrand(Exception):
    def __init__(self, known: list[str]) -> None:
        super().__init__(known)
        self.known = known


class NotEmpty(Exception):
    """The target is there already."""


def export_brand(code: str, target: Path, *, form: str, clear: bool, only: Sequence[str] = ()) -> dict[str, int]:
    """Write every table that has rows of this brand, all as one moment saw them. Gives file name → number of rows.

    The application's own role reads, with only this brand shown, so row-level security stands behind each query.
    """
    brand_id = _brand(code)
    if target.exists() and (target.is_file() or any(target.iterdir())):
        raise NotEmpty
    written: dict[str, int] = {}
    with brands_shown([brand_id]), _place(target) as open_file, transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        for table, columns in sorted(_tables().items()):
            if only and table not in only:
                continue
            wanted = {name: sealed for name, sealed in columns.items() if clear or not sealed}
            where, facts = ("id = %s", [brand_id]) if table == "org_brand" else ("brand_id = %s", [brand_id])
            with open_file(f"{table}.{form}") as out, _read(table, list(wanted), where, facts) as (types, batches):
                count = WRITERS[form](out, list(wanted), types, _opened(batches, list(wanted.values())))
            written[f"{table}.{form}"] = count
        with open_file("manifest.json") as out:
            out.write(orjson.dumps(_manifest(code, brand_id, clear, written), option=orjson.OPT_INDENT_2))
    return written


def _brand(code: str) -> UUID:
    with every_brand(), connection.cursor() as cursor:
        cursor.execute("SELECT code, id FROM org_brand ORDER BY code")
        brands: dict[str, UUID] = dict(cursor.fetchall())
    if code not in brands:
        raise NoSuchBrand(list(brands))
    return brands[code]


def _tables() -> dict[str, dict[str, bool]]:
    """Give the tables with a brand: column → whether its text is sealed."""
    found: dict[str, dict[str, bool]] = {}
    for model in apps.get_models(include_auto_created=True):
        columns = {
            field.column: isinstance(field, EncryptedTextField)
            for field in model._meta.concrete_fields
            if field.column and not any(part in field.column for part in NEVER)
        }
        if "brand_id" in columns or model._meta.db_table == "org_brand":
            found[model._meta.db_table] = columns
    return found


@contextmanager
def _read(table: str, columns: list[str], where: str, facts: list[Any]) -> Iterator[tuple[list[str], Iterator[Batch]]]:
    """Read a table through a cursor of the server; give the types of its columns and its rows in batches."""
    chosen = sql.SQL(", ").join(_column(table, column) for column in columns)
    query = sql.SQL("SELECT {} FROM {} WHERE {}").format(chosen, sql.Identifier(table), sql.SQL(where))
    with connection.connection.cursor(name=f"export_{table}") as cursor:
        cursor.execute(query, facts)
        types = [column.type_display for column in cursor.description]
        yield types, iter(lambda: cursor.fetchmany(BATCH), [])


def _column(table: str, column: str) -> sql.Composable:
    """Read ids as text: millions of them need not become Python's UUIDs first."""
    model = next(one for one in apps.get_models(include_auto_created=True) if one._meta.db_table == table)
    is_id = any(one.column == column and one.db_type(connection) == "uuid" for one in model._meta.concrete_fields)
    return sql.SQL("{0}::text AS {0}" if is_id else "{0}").format(sql.Identifier(column))


def _opened(batches: Iterator[Batch], sealed: list[bool]) -> Iterator[Batch]:
    """Open sealed texts."""
    at = [index for index, one in enumerate(sealed) if one]
    for batch in batches:
        if not at:
            yield batch
            continue
        rows = [list(row) for row in batch]
        for row in rows:
            for index in at:
                row[index] = None if row[index] is None else unseal(row[index])
        yield rows


def _write_csv(out: IO[bytes], columns: list[str], _: list[str], batches: Iterator[Batch]) -> int:
    text = io.TextIOWrapper(out, encoding="utf-8", newline="", write_through=True)
    writer, count = csv.writer(text), 0
    writer.writerow(columns)
    for batch in batches:
        writer.writerows([value if type(value) in WRITTEN_AS_IS else _plain(value) for value in row] for row in batch)
        count += len(batch)
    text.detach()
    return count


def _write_jsonl(out: IO[bytes], columns: list[str], _: list[str], batches: Iterator[Batch]) -> int:
    count = 0
    for batch in batches:
        for row in batch:
            out.write(orjson.dumps(dict(zip(columns, row, strict=True)), default=_odd) + b"\n")
        count += len(batch)
    return count


WRITTEN_AS_IS = frozenset({str, int, type(None)})
ARROW = {
    "int2": pa.int16(), "int4": pa.int32(), "int8": pa.int64(), "bool": pa.bool_(), "date": pa.date32(),
    "timestamptz": pa.timestamp("us", tz="UTC"), "float8": pa.float64(), "bytea": pa.binary(),
}  # fmt: skip


def _write_parquet(out: IO[bytes], columns: list[str], types: list[str], batches: Iterator[Batch]) -> int:
    schema = pa.schema([(name, ARROW.get(kind, pa.string())) for name, kind in zip(columns, types, strict=True)])
    count = 0
    with pq.ParquetWriter(out, schema, compression="zstd") as writer:
        for batch in batches:
            by_column = zip(*batch, strict=True)
            writer.write_batch(
                pa.record_batch(
                    [_array(list(values), field.type) for values, field in zip(by_column, schema, strict=True)],
                    schema=schema,
                )
            )
            count += len(batch)
    return count


def _array(values: list[Any], kind: pa.DataType) -> pa.Array:
    if pa.types.is_string(kind) and not all(type(value) in {str, type(None)} for value in values):
        values = [_plain(value) for value in values]
    return pa.array(values, type=kind)


WRITERS: dict[str, Callable[[IO[bytes], list[str], list[str], Iterator[Batch]], int]] = {
    "csv": _write_csv, "jsonl": _write_jsonl, "parquet": _write_parquet,
}  # fmt: skip


def _plain(value: Any) -> Any:
    if isinstance(value, bytes | memoryview):
        return bytes(value).hex()
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False, default=_odd)
    if isinstance(value, datetime | date):
        return value.isoformat()
    return value if value is None or isinstance(value, str) else str(value)


def _odd(value: Any) -> Any:
    return bytes(value).hex() if isinstance(value, bytes | memoryview) else str(value)


def _manifest(code: str, brand_id: UUID, clear: bool, written: dict[str, int]) -> dict[str, Any]:
    at = datetime.now(UTC).isoformat(timespec="seconds")
    return {"brand": code, "brand_id": str(brand_id), "sitong": __version__, "at": at, "clear": clear, "rows": written}


@contextmanager
def _place(target: Path) -> Iterator[Callable[[str], Any]]:
    """Give a function that opens one file of the export, in a folder or in a zip; readable by its owner only."""
    if target.suffix == ".zip":
        target.parent.mkdir(parents=True, exist_ok=True)
        raw = os.fdopen(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")
        with raw, zipfile.ZipFile(raw, "w", zipfile.ZIP_DEFLATED) as archive:
            yield lambda name: archive.open(name, "w", force_zip64=True)
        return
    target.mkdir(parents=True, exist_ok=True)
    target.chmod(0o700)
    yield lambda name: (target / name).open("wb")
