"""What programs send and get about imported files."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from ninja import Field, Schema

from sitong.member.imports.models import ImportFile
from sitong.member.imports.pieces import PIECE_BYTES


class ImportNew(Schema):
    """A file that is about to come, and why and from where the brand has the data."""

    id: UUID = Field(description="Made by the caller (UUIDv7); sent again, it gets the first answer.")
    name: str = Field(min_length=1, max_length=200, description="The file's name.")
    kind: Literal["marketplace", "crm", "cards", "other"]
    size_bytes: int = Field(ge=1)
    purpose: str = Field(min_length=1, max_length=200, description="What the data are used for.")
    origin: str = Field(
        min_length=1, max_length=200, description="Where they come from, and what the people agreed to there."
    )
    marketplace: str = Field("", max_length=64, pattern=r"^[a-z0-9-]*$")
    source: str = Field(
        "import", max_length=40, pattern=r"^[a-z0-9][a-z0-9_-]*$", description="The source that new members get."
    )
    store_id: UUID | None = Field(None, description="Home store of new members.")


class ImportSeen(Schema):
    """A file and how far it has come. `rows` = `good` + `bad`; `noted` are good lines of which a field was left out."""

    id: UUID
    name: str
    kind: str
    form: str
    state: str
    fault: str
    size_bytes: int
    encoding: str
    delimiter: str
    headed: bool
    columns: list[str]
    mapping: list[str]
    progress_bp: int = Field(description="How far the check has come, in 1/10,000.")
    rows: int
    good: int
    noted: int
    bad: int
    blank_lines: int
    taken: str
    purpose: str
    origin: str
    marketplace: str
    source: str
    store_id: UUID | None
    at: datetime
    checked_at: datetime | None
    accepted_at: datetime | None
    linked_at: datetime | None
    piece_bytes: int = Field(
        PIECE_BYTES, description="Send the file in pieces of this length; the last one is shorter."
    )


class ImportPage(Schema):
    items: list[ImportSeen]
    next: UUID | None = Field(description="The id after which the next page begins; null at the end.")


class PieceTaken(Schema):
    there_bytes: int


class MappingSaid(Schema):
    """For each column the field it is, '' for none; how the file is to be read where that was found out wrongly."""

    mapping: list[Literal["", "name", "phone", "email", "birthday", "address", "city", "card", "buyer"]] = Field(
        max_length=200
    )
    encoding: Literal["", "utf-8", "gb18030"] = ""
    delimiter: Literal["", ",", "\t", ";", "|"] = ""
    headed: bool | None = None


class RowSeen(Schema):
    row: int
    cells: list[str]
    fields: dict[str, str]
    faults: dict[int, str]
    bad: bool


class PreviewSeen(Schema):
    """The first rows, as they would be read."""

    columns: list[str]
    mapping: list[str]
    rows: list[RowSeen]


class FaultSeen(Schema):
    column: int = Field(description="From 1 on; 0 for the whole line.")
    code: str
    what: str
    to_do: str


class ProblemSeen(Schema):
    row: int
    bad: bool
    faults: list[FaultSeen]


class ProblemPage(Schema):
    items: list[ProblemSeen]
    next: int | None = Field(description="The line after which the next page begins; null at the end.")


class AcceptSaid(Schema):
    take: Literal["all", "good"] = Field(
        description="all: refused while one line is bad; good: bad lines are left out."
    )


def import_seen(file: ImportFile) -> dict[str, Any]:
    """Give a file as programs see it."""
    kept = {name: getattr(file, name) for name in ImportSeen.model_fields if name not in {"progress_bp", "piece_bytes"}}
    return {**kept, "progress_bp": progress_bp(file)}


def progress_bp(file: ImportFile) -> int:
    """Say how far the check of a file has come, in 1/10,000."""
    if file.state in {"checked", "accepted", "linked"}:
        return 10_000
    return min(10_000, file.at_byte * 10_000 // file.text_bytes) if file.text_bytes else 0
