"""Write into the lake what is marked: for each member and partition all that the database has now, in place of what was there.

Writing a state and not a step is what makes it exactly once: the same mark twice, marks in any order, an event that comes
after its effect was read give the same lake.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

import duckdb
from django.db import transaction

from sitong.insight.lake.actions.manifest import let_count, next_version, note_trouble, only_writer
from sitong.insight.lake.actions.marking import EVERYTHING
from sitong.insight.lake.actions.rebuilding import rebuild_alone
from sitong.insight.lake.files import Written, lake_root, write_file, writer
from sitong.insight.lake.models import LakeFile, LakeMark, LakeState
from sitong.insight.lake.queries import files_that_count
from sitong.insight.lake.schema import DUCKDB_TYPES, GONE, OF_MEMBERS, TABLES, Table, part_of_ordinal
from sitong.insight.sources.lake import Known, Wanted, facts_of, known_members
from sitong.shared.errors import Refused

AT_ONCE = 100_000
"""So many marks are written at once; the next follow at once."""


@dataclass
class Change:
    """What is to be replaced in one table: members by partition ('' : wherever they have something), and under which ids to read them."""

    table: Table
    replaced: dict[str, set[int]] = field(default_factory=lambda: defaultdict(set))
    wanted: set[Wanted] = field(default_factory=set)


def write_lake(brand_id: UUID, *, now: datetime) -> int:
    """Write what is marked of a brand into its lake and give how many marks that were; 0 also when another one is writing.

    A lake that was never made, was made by another version of the schema, or shall be made anew, is made whole instead. Files
    are finished first; then one transaction lets them count and deletes the marks. Dies it in between, the marks are
    still there and the files are nothing. Refused: insight.lake_full, insight.lake_unwritable; what was marked stays marked.
    """
    with only_writer(brand_id, patient=False) as alone:
        if not alone:
            return 0
        try:
            state = LakeState.objects.filter(brand_id=brand_id).first()
            if state is None or state.rebuilt_at is None or state.rebuild_asked_at or _of_another_schema(brand_id):
                rebuild_alone(brand_id, now=now)
            done = 0
            while marks := list(LakeMark.objects.filter(brand_id=brand_id).order_by("id")[:AT_ONCE]):
                _write(brand_id, marks, now=now)
                done += len(marks)
        except Refused as refused:
            note_trouble(brand_id, refused, now=now)
            raise
        if state is not None and state.trouble:
            note_trouble(brand_id, None, now=now)
        return done


def _write(brand_id: UUID, marks: Collection[LakeMark], *, now: datetime) -> None:
    changes = changes_of(marks, known_members(brand_id, {mark.member_id for mark in marks}))
    version = next_version(brand_id)
    there = defaultdict(set)
    for table, part in files_that_count(brand_id).values_list("table", "part"):
        there[table].add(part)
    written: list[Written] = []
    with writer() as connection:
        for change in changes:
            written += _pieces(connection, brand_id, change, there[change.table.name], version=version, now=now)
    with transaction.atomic():
        whole = {one.id for one in written if one.part not in there[one.table]}
        let_count(brand_id, written, version=version, whole=whole, made_by="write", now=now)
        LakeMark.objects.filter(id__in=[mark.id for mark in marks]).delete()
        LakeState.objects.filter(brand_id=brand_id).update(written_at=now)


def changes_of(marks: Iterable[LakeMark], known: Iterable[Known]) -> list[Change]:
    """Say what these marks mean, table by table. Whoever changed whole is taken out under each ordinal that is theirs, and read anew."""
    now: dict[UUID, int] = {}
    persons: dict[int, list[Known]] = defaultdict(list)
    for one in known:
        now[one.id] = one.ordinal
        persons[one.ordinal].append(one)
    changes = {name: Change(TABLES[name]) for name in OF_MEMBERS}
    for mark in marks:
        if mark.member_id not in now:
            continue
        person = persons[now[mark.member_id]]
        ordinals = {one.own for one in person} if mark.what == EVERYTHING else {now[mark.member_id]}
        for name in OF_MEMBERS if mark.what == EVERYTHING else (mark.what,):
            change = changes[name]
            by_month = change.table.cut == "month"
            for ordinal in ordinals:
                change.replaced[mark.part if by_month else part_of_ordinal(ordinal)].add(ordinal)
            first, until = _month(mark.part) if by_month and mark.part else (date.min, date.max)
            change.wanted |= {Wanted(one.id, one.ordinal, first, until) for one in person if not one.erased}
    return [_without_parts_of_whole(change) for change in changes.values() if change.replaced]


def _without_parts_of_whole(change: Change) -> Change:
    """Who is read whole is not read by the month beside it: a row would come twice."""
    whole = {one.id for one in change.wanted if one.first == date.min}
    change.wanted = {one for one in change.wanted if one.first == date.min or one.id not in whole}
    for part in [part for part in change.replaced if part]:
        change.replaced[part] -= change.replaced.get("", set()) if change.table.cut == "month" else set()
    return change


def _pieces(
    connection: duckdb.DuckDBPyConnection,
    brand_id: UUID,
    change: Change,
    there: set[str],
    *,
    version: int,
    now: datetime,
) -> list[Written]:
    """Write the pieces of one table: what the members have now, and who has nothing any more where something was."""
    table = change.table
    columns = [(column.name, column.kind) for column in table.columns]
    typed = ", ".join(f'"{name}" {DUCKDB_TYPES[kind]}' for name, kind in columns)
    connection.execute(f"CREATE OR REPLACE TEMP TABLE fresh ({typed}, part VARCHAR)")
    part = "strftime(\"on\", '%Y-%m')" if table.cut == "month" else "printf('b%05d', ordinal // 1000000)"
    for rows in facts_of(table.name, brand_id, change.wanted, now=now, columns=columns):
        connection.register("rows_read", rows)
        connection.execute(f"INSERT INTO fresh SELECT *, {part} FROM rows_read")  # noqa: S608
        connection.unregister("rows_read")
    anywhere = change.replaced.pop("", set())
    for found, ordinal in _stands_in(connection, brand_id, table, anywhere) if anywhere else ():
        change.replaced[found].add(ordinal)
    connection.execute("CREATE OR REPLACE TEMP TABLE gone (part VARCHAR, ordinal BIGINT)")
    left = [(one, ordinal) for one, ordinals in change.replaced.items() if one in there for ordinal in ordinals]
    if left:
        parts, ordinals = zip(*left, strict=True)
        connection.execute(
            "INSERT INTO gone SELECT * FROM (SELECT unnest(?), unnest(?)) AS t (part, ordinal) "
            "ANTI JOIN fresh USING (part, ordinal)",
            [list(parts), list(ordinals)],
        )
    found_parts = connection.execute("SELECT part FROM fresh UNION SELECT part FROM gone ORDER BY 1").fetchall()
    names = ", ".join(f'"{name}"' for name, _ in columns)
    lacking = ", ".join("ordinal" if name == "ordinal" else f'NULL AS "{name}"' for name, _ in columns)
    written = []
    for (one,) in found_parts:
        query = (
            f"SELECT {names}, false AS {GONE} FROM fresh WHERE part = '{one}' "  # noqa: S608
            f"UNION ALL SELECT {lacking}, true FROM gone WHERE part = '{one}'"
        )
        made = write_file(connection, query, brand_id=brand_id, table=table, part=one, version=version)
        written += [made] if made else []
    return written


def _stands_in(
    connection: duckdb.DuckDBPyConnection, brand_id: UUID, table: Table, ordinals: Collection[int]
) -> list[tuple[str, int]]:
    """Give in which partitions of the lake these members have rows."""
    reaching = files_that_count(brand_id).filter(
        table=table.name, ordinal_min__lte=max(ordinals), ordinal_max__gte=min(ordinals)
    )
    paths = [str(lake_root() / path) for path in reaching.values_list("path", flat=True)]
    if not paths:
        return []
    return connection.execute(
        "SELECT DISTINCT lake_part, ordinal FROM read_parquet(?) WHERE ordinal IN (SELECT unnest(?))",
        [paths, list(ordinals)],
    ).fetchall()


def _month(part: str) -> tuple[date, date]:
    year, month = int(part[:4]), int(part[5:])
    return date(year, month, 1), date(year + month // 12, month % 12 + 1, 1)


def _of_another_schema(brand_id: UUID) -> bool:
    counting = LakeFile.objects.filter(brand_id=brand_id, retired_at=None)
    return counting.exists() and not files_that_count(brand_id).exists()
