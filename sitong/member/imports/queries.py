"""Ask for imported files, and for the records of one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

import orjson

from sitong.member.imports.models import ImportFile, ImportRecord, ImportState
from sitong.shared.access.viewer import Viewer
from sitong.shared.errors import NotFound

PIECE = 10_000


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


def file_seen(viewer: Viewer, import_id: UUID) -> ImportFile:
    """Give a file of the viewer's brand. Raises shared.not_allowed, shared.not_found."""
    viewer.require("member.change")
    found = ImportFile.objects.filter(id=import_id).first()
    if found is None or viewer.system != "brand" or found.brand_id != viewer.brand_id:
        raise NotFound(what="import")
    return found
