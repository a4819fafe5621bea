"""Make one file of a partition's many."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime
from uuid import UUID

from django.db import transaction

from sitong.insight.lake.actions.manifest import let_count, next_version, note_trouble, only_writer, retire
from sitong.insight.lake.engines import DuckDBWords
from sitong.insight.lake.files import lake_root, write_file, writer
from sitong.insight.lake.models import LakeFile, LakeState
from sitong.insight.lake.queries import files_that_count
from sitong.insight.lake.reading import LakeFileSeen, query_of
from sitong.insight.lake.schema import GONE, TABLES
from sitong.shared.errors import Refused

PIECES_MAX = 12
"""With so many pieces a partition is compacted at once, by the clock; with fewer, at night."""


def compact_lake(brand_id: UUID, *, pieces_min: int, now: datetime) -> int:
    """Compact each partition that has at least so many pieces on top, and give how many partitions that were.

    Who reads meanwhile keeps reading the old files: they stop counting in the commit in which the new one begins to, and are
    swept away later. 0 also when another one is writing. Refused: insight.lake_full, insight.lake_unwritable.
    """
    with only_writer(brand_id, patient=False) as alone:
        if not alone:
            return 0
        parts: dict[tuple[str, str], list[LakeFile]] = defaultdict(list)
        for one in files_that_count(brand_id):
            parts[one.table, one.part].append(one)
        due = [key for key, files in parts.items() if sum(not one.whole for one in files) >= pieces_min]
        try:
            for table, part in due:
                _compact(brand_id, table, part, parts[table, part], now=now)
        except Refused as refused:
            note_trouble(brand_id, refused, now=now)
            raise
        if due:
            LakeState.objects.filter(brand_id=brand_id).update(compacted_at=now)
        return len(due)


def _compact(brand_id: UUID, name: str, part: str, files: list[LakeFile], *, now: datetime) -> None:
    table, version = TABLES[name], next_version(brand_id)
    seen = [LakeFileSeen(name, part, str(lake_root() / one.path), one.whole) for one in files]
    with writer() as connection:
        query = f"SELECT *, false AS {GONE} FROM ({query_of(table, seen, DuckDBWords())})"  # noqa: S608
        made = write_file(connection, query, brand_id=brand_id, table=table, part=part, version=version)
    with transaction.atomic():
        retire([one.id for one in files], now=now)
        if made:
            let_count(brand_id, [made], version=version, whole={made.id}, made_by="compact", now=now)
