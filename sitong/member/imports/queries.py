"""Ask for imported files, and for the records of one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

import orjson
from django.db.models import Count, Q, QuerySet

from sitong.member.imports.checking import opening_of
from sitong.member.imports.models import ImportFile, ImportRecord, ImportState
from sitong.member.imports.opening import Opening
from sitong.member.imports.rules import LineReader
from sitong.shared.access.viewer import Viewer
from sitong.shared.errors import NotFound
from sitong.shared.statements import run

PIECE = 10_000
FAULTS_COUNTED = """
SELECT f->>'code', (f->>'column')::int, count(*) FROM member_importproblem, jsonb_array_elements(faults) AS f
WHERE file_id = %s GROUP BY 1, 2 ORDER BY 3 DESC, 1, 2 LIMIT %s
"""


@dataclass(frozen=True, slots=True)
class ImportedRecord:
    """One customer as a file says it: phone in E.164, e-mail and card in normal form, '' and None for what it does not say."""

    id: UUID
    row: int
    name: str = ""
    phone: str = ""
    email: str = ""
    birthday: date | None = None
    address: str = ""
    city: str = ""
    card: str = ""
    buyer: str = ""
    marketplace: str = ""
    state: str = "waiting"
    member_id: UUID | None = None


def records_of(import_id: UUID, *, after_row: int = 0, states: Sequence[str] = ()) -> Iterator[ImportedRecord]:
    """Give the records of an accepted file in the order of its lines, from the line after `after_row` on.

    Read piece by piece, so that millions need little memory. `states`: only those. A file that is not accepted has none.
    """
    if not ImportFile.objects.filter(id=import_id, state__in=[ImportState.ACCEPTED, ImportState.LINKED]).exists():
        return
    while True:
        piece = ImportRecord.objects.filter(file_id=import_id, row__gt=after_row)
        rows = list((piece.filter(state__in=list(states)) if states else piece).order_by("row")[:PIECE])
        yield from map(as_record, rows)
        if len(rows) < PIECE:
            return
        after_row = rows[-1].row


def as_record(row: ImportRecord) -> ImportedRecord:
    """Give one row with its fields unsealed."""
    said: dict[str, Any] = orjson.loads(row.fields) if row.fields else {}
    if "birthday" in said:
        said["birthday"] = date.fromisoformat(said["birthday"])
    return ImportedRecord(row.id, row.row, **said, state=row.state, member_id=row.member_id)


def records_by_id(record_ids: Sequence[UUID]) -> dict[UUID, ImportedRecord]:
    """Give these records of accepted files, by id."""
    found = ImportRecord.objects.filter(
        id__in=list(record_ids), file__state__in=[ImportState.ACCEPTED, ImportState.LINKED]
    )
    return {row.id: as_record(row) for row in found}


@dataclass(frozen=True, slots=True)
class PreviewRow:
    """One of the first rows as it would be read: its cells, the record's fields, and the faults by column."""

    row: int
    cells: Sequence[str]
    fields: dict[str, str]
    faults: dict[int, str]
    bad: bool


def opening_now(file: ImportFile, *, today: date) -> Opening | None:
    """Look at the beginning of a file as it is to be read now; None when nothing is there (any more)."""
    return opening_of(file, today)


def preview_of(file: ImportFile, opening: Opening, *, today: date, limit: int) -> list[PreviewRow]:
    """Read the first rows under the file's mapping."""
    reader = LineReader(tuple(file.mapping), today, file.marketplace)
    plan = reader.plan()
    read = [(row, cells, reader.read(cells, plan)) for row, cells in opening.rows[:limit]]
    return [
        PreviewRow(row, cells, dict(line.fields), {one.column: one.code for one in line.faults}, line.bad)
        for row, cells, line in read
    ]


def faults_counted(file: ImportFile, *, limit: int = 12) -> list[tuple[str, int, int]]:
    """Give which faults a checked file has most: code, column, lines."""
    return [(code, column, lines) for code, column, lines in run(FAULTS_COUNTED, [file.id, limit])]


def records_counted(import_id: UUID) -> dict[str, int]:
    """Give how many records of a file are in which state: how far linking has come."""
    rows = ImportRecord.objects.filter(file_id=import_id).values_list("state").annotate(n=Count("id"))
    return dict(rows)


def imports_visible_to(viewer: Viewer) -> QuerySet[ImportFile]:
    """Give the brand's imported files to those who may change members."""
    if viewer.system != "brand" or not viewer.may("member.change"):
        return ImportFile.objects.none()
    return ImportFile.objects.filter(Q(brand_id=viewer.brand_id))


def may_read_lines(viewer: Viewer, file: ImportFile) -> bool:
    """Tell whether a file's lines may be shown in clear: to who brought it, and to those who may see members in clear."""
    return file.by == viewer.account_id or viewer.may("member.reveal")


def records_of_members(member_ids: Sequence[UUID]) -> list[ImportedRecord]:
    """Give the records of accepted files that are these members'."""
    found = ImportRecord.objects.filter(member_id__in=list(member_ids)).order_by("file__at", "row")
    return [as_record(row) for row in found]


def file_now(import_id: UUID) -> ImportFile | None:
    """Give a file as it stands, for programs that bring one in."""
    return ImportFile.objects.filter(id=import_id).first()


def file_seen(viewer: Viewer, import_id: UUID) -> ImportFile:
    """Give a file of the viewer's brand. Raises shared.not_allowed, shared.not_found."""
    viewer.require("member.change")
    found = ImportFile.objects.filter(id=import_id).first()
    if found is None or viewer.system != "brand" or found.brand_id != viewer.brand_id:
        raise NotFound(what="import")
    return found
