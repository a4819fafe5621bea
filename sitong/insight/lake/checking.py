"""Compare the lake with the database: how many rows, and what their whole numbers come to, table by table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sitong.insight.lake.engines import DUCKDB
from sitong.insight.lake.models import LakeMark
from sitong.insight.lake.queries import lake_of
from sitong.insight.lake.reading import Lake
from sitong.insight.lake.schema import OF_MEMBERS, TABLES
from sitong.insight.sources.lake import sums_of
from sitong.shared.events.queries import unread_events
from sitong.shared.statements import one_snapshot


@dataclass(frozen=True, slots=True)
class Compared:
    """One table in the lake and in the database: its rows, then the sum of each whole number, in the order of its columns."""

    table: str
    lake: tuple[int, ...]
    database: tuple[int, ...]

    @property
    def agrees(self) -> bool:
        return self.lake == self.database


def compared(brand_id: UUID, *, now: datetime, tables: Sequence[str] = OF_MEMBERS) -> list[Compared] | None:
    """Compare tables of a brand's lake with the database, in one snapshot. None: something waits to be written, so nothing can be said."""
    with one_snapshot():
        if is_behind(brand_id):
            return None
        with lake_of(brand_id, engine=DUCKDB) as lake:
            return [
                Compared(name, _of_lake(lake, name), tuple(sums_of(name, brand_id, now=now, columns=_columns(name))))
                for name in tables
            ]


def is_behind(brand_id: UUID) -> bool:
    """Tell whether something of a brand is announced or marked and not yet in its lake."""
    from sitong.insight.lake.handlers import SUBSCRIBERS

    return LakeMark.objects.filter(brand_id=brand_id).exists() or any(
        unread_events(subscriber, brand_id=brand_id) for subscriber in SUBSCRIBERS
    )


def _columns(name: str) -> list[tuple[str, str]]:
    return [(column.name, column.kind) for column in TABLES[name].columns]


def _of_lake(lake: Lake, name: str) -> tuple[int, ...]:
    table = lake.table(name)
    numbers = [column.name for column in TABLES[name].columns if column.kind == "integer"]
    sums = table.aggregate([table.count().name("rows"), *(table[one].sum().name(f"sum_{one}") for one in numbers)])
    (row,) = sums.to_pyarrow().to_pylist()
    return tuple(int(value or 0) for value in row.values())
