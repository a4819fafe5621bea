"""Read the manifest: which files count, how the lake is, and the lake itself."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID

from django.conf import settings
from django.db.models import Count, Max, Min, Q, Sum

from sitong.insight.lake.engines import open_engine
from sitong.insight.lake.models import LakeFile, LakeMark, LakeState
from sitong.insight.lake.reading import Lake, LakeFileSeen
from sitong.insight.lake.schema import TABLES, VERSION


@dataclass(frozen=True, slots=True)
class TableSeen:
    """One table of a brand's lake as its files say. `rows` counts those of pieces too, so what changed counts twice until it is compacted."""

    name: str
    rows: int
    bytes: int
    files: int
    parts: int
    newest_at: datetime | None


@dataclass(frozen=True, slots=True)
class LakeSeen:
    """How a brand's lake is. `waiting` marks are yet to be written, the oldest since `waiting_since`."""

    tables: tuple[TableSeen, ...]
    waiting: int
    waiting_since: datetime | None
    written_at: datetime | None
    rebuilt_at: datetime | None
    compacted_at: datetime | None
    rebuild_asked_at: datetime | None
    rebuild_table: str
    rebuild_done: int
    rebuild_rows: int
    trouble: str
    trouble_facts: dict[str, object]
    trouble_at: datetime | None

    @property
    def rows(self) -> int:
        return sum(one.rows for one in self.tables)

    @property
    def bytes(self) -> int:
        return sum(one.bytes for one in self.tables)

    @property
    def files(self) -> int:
        return sum(one.files for one in self.tables)


def lake_of(brand_id: UUID, *, engine: str = "") -> Lake:
    """Open a brand's lake as it is now: over the files that the manifest names, and no others. One statement.

    `engine` is "duckdb" or "spark"; '' takes the setting ENGINE. Refused: insight.spark_missing.
    """
    root = Path(settings.LAKE_FOLDER)
    rows = files_that_count(brand_id).values_list("table", "part", "path", "whole")
    files = [LakeFileSeen(table, part, str(root / path), whole) for table, part, path, whole in rows]
    return Lake(files, open_engine(engine or settings.ENGINE, spill=str(root / "spill")))


def files_that_count(brand_id: UUID):  # type: ignore[no-untyped-def]
    """Give the files of a brand's lake that count, of this version of its schema."""
    return LakeFile.objects.filter(brand_id=brand_id, retired_at=None, schema_version=VERSION).order_by(
        "table", "part", "version"
    )


def lake_seen(brand_id: UUID) -> LakeSeen:
    """Give how a brand's lake is: its tables, what waits, what was done when. Three statements."""
    found = {
        row["table"]: row
        for row in files_that_count(brand_id)
        .order_by()
        .values("table")
        .annotate(
            rows=Sum("rows"),
            size=Sum("bytes"),
            files=Count("id"),
            parts=Count("part", distinct=True),
            at=Max("made_at"),
        )
    }
    tables = tuple(
        TableSeen(name, row["rows"], row["size"], row["files"], row["parts"], row["at"])
        if (row := found.get(name))
        else TableSeen(name, 0, 0, 0, 0, None)
        for name in TABLES
    )
    waiting = LakeMark.objects.filter(brand_id=brand_id).aggregate(marks=Count("id"), since=Min("at"))
    state = LakeState.objects.filter(brand_id=brand_id).first() or LakeState(brand_id=brand_id)
    return LakeSeen(
        tables, waiting["marks"], waiting["since"], state.written_at, state.rebuilt_at, state.compacted_at,
        state.rebuild_asked_at, state.rebuild_table, state.rebuild_done, state.rebuild_rows, state.trouble,
        dict(state.trouble_facts), state.trouble_at,
    )  # fmt: skip


def brands_with_work(*, limit: int = 100) -> list[UUID]:
    """Give the brands whose lake has something to do: marks that wait, or a rebuild that was asked for."""
    marked = LakeMark.objects.order_by().values_list("brand_id", flat=True).distinct()[:limit]
    asked = LakeState.objects.filter(~Q(rebuild_asked_at=None)).values_list("brand_id", flat=True)[:limit]
    return sorted({*marked, *asked})


def brands_with_lakes() -> list[UUID]:
    """Give the brands that have a lake."""
    return list(LakeState.objects.exclude(rebuilt_at=None).order_by("brand_id").values_list("brand_id", flat=True))
