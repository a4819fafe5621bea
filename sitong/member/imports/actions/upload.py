"""A file comes, piece by piece."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Sum

from sitong.member.imports.actions.refused import (
    ImportElsewhere,
    ImportIncomplete,
    ImportPieceWrong,
    ImportSame,
    ImportTooLarge,
    ImportUnsaid,
)
from sitong.member.imports.models import ImportFile, ImportKind, ImportPiece, ImportState
from sitong.member.imports.pieces import PIECE_BYTES, digest_of, packed
from sitong.shared.access.audit import AuditEntry, record
from sitong.shared.config import counted, setting
from sitong.shared.errors import NotFound, RepeatDiffers

BYTES_MAX = setting(
    "SITONG_IMPORT_BYTES_MAX", "600000000", "Largest file of customers that can be imported, in bytes.", counted
)
OVER = [ImportState.DISCARDED, ImportState.UNREADABLE, ImportState.UPLOADING]


@dataclass(frozen=True, slots=True)
class ImportWanted:
    """A file that is about to come. The id is the caller's. `purpose` and `origin`: why and from where the brand has the data."""

    id: UUID
    brand_id: UUID
    name: str
    kind: str
    size_bytes: int
    purpose: str
    origin: str
    marketplace: str = ""
    source: str = "import"
    store_id: UUID | None = None


def begin_import(wanted: ImportWanted, *, by: UUID | None, now: datetime) -> ImportFile:
    """Begin to take a file; its pieces follow. The same again gives the first answer.

    Refused: member.import_unsaid, member.import_too_large, shared.repeat_differs.
    """
    said = {
        "name": wanted.name.strip()[:200], "kind": wanted.kind, "purpose": wanted.purpose.strip()[:200], "origin": wanted.origin.strip()[:200],
        "marketplace": wanted.marketplace.strip()[:64], "source": wanted.source.strip()[:40], "store_id": wanted.store_id,
        "size_bytes": wanted.size_bytes,
    }  # fmt: skip
    if wanted.kind not in ImportKind.values or not all(said[one] for one in ("name", "purpose", "origin", "source")):
        raise ImportUnsaid()
    if wanted.kind == ImportKind.MARKETPLACE and not said["marketplace"]:
        raise ImportUnsaid()
    if not 0 < wanted.size_bytes <= BYTES_MAX:
        raise ImportTooLarge(most=BYTES_MAX // 1_000_000)
    with transaction.atomic():
        before = ImportFile.objects.filter(id=wanted.id).first()
        if before is not None:
            if before.brand_id != wanted.brand_id or any(getattr(before, one) != told for one, told in said.items()):
                raise RepeatDiffers(id=wanted.id)
            return before
        form = "xlsx" if wanted.name.lower().endswith(("xlsx", "xlsm", "xls")) else "csv"
        file = ImportFile(id=wanted.id, brand_id=wanted.brand_id, form=form, by=by, at=now, **said)
        file.save(force_insert=True)
        record([AuditEntry("begun", "member.import", file.id, file.brand_id, by, {}, said)], at=now)
    return file


def take_piece(import_id: UUID, number: int, *, content: bytes) -> int:
    """Keep one piece, sealed; give how many bytes are there. Pieces may come in any order, and again.

    Refused: shared.not_found, member.import_elsewhere (the upload is over), member.import_piece_wrong, shared.repeat_differs.
    """
    digest = digest_of(content)
    with transaction.atomic():
        file = ImportFile.objects.select_for_update(no_key=True).filter(id=import_id).first()
        if file is None:
            raise NotFound(what="import")
        before = ImportPiece.objects.filter(file_id=file.id, part="raw", number=number).first()
        if before is not None:
            if bytes(before.digest) != digest:
                raise RepeatDiffers(id=import_id)
            return _there(file)
        if file.state != ImportState.UPLOADING:
            raise ImportElsewhere()
        wanted = min(PIECE_BYTES, file.size_bytes - number * PIECE_BYTES) if number >= 0 else 0
        if len(content) != wanted or not content:
            raise ImportPieceWrong(number=number, bytes=max(0, wanted))
        ImportPiece(
            brand_id=file.brand_id, file=file, part="raw", number=number, size_bytes=len(content), digest=digest,
            content=packed(content),
        ).save(force_insert=True)  # fmt: skip
        return _there(file)


def end_upload(import_id: UUID, *, by: UUID | None, now: datetime) -> ImportFile:
    """Say that all pieces were sent: the worker opens the file. Again: the same answer.

    Refused: shared.not_found, member.import_incomplete, member.import_same (a file with the same bytes is there already).
    """
    with transaction.atomic():
        file = ImportFile.objects.select_for_update(no_key=True).filter(id=import_id).first()
        if file is None:
            raise NotFound(what="import")
        if file.state != ImportState.UPLOADING:
            return file
        there = _there(file)
        if there != file.size_bytes:
            raise ImportIncomplete(missing=file.size_bytes - there)
        if same := _same(file):
            raise ImportSame(name=same.name, id=same.id)
        file.state = ImportState.RECEIVED
        file.save(update_fields=["state"])
        record([AuditEntry("uploaded", "member.import", file.id, file.brand_id, by)], at=now)
    return file


def _there(file: ImportFile) -> int:
    pieces = ImportPiece.objects.filter(file_id=file.id, part="raw")
    return pieces.aggregate(there=Sum("size_bytes"))["there"] or 0


def _same(file: ImportFile) -> ImportFile | None:
    """Find a file of the brand with the same bytes, as far as they are still kept."""
    mine = list(ImportPiece.objects.filter(file_id=file.id, part="raw").order_by("number").values_list("digest"))
    others = ImportFile.objects.filter(brand_id=file.brand_id, size_bytes=file.size_bytes, emptied_at=None)
    for other in others.exclude(id=file.id).exclude(state__in=OVER):
        pieces = ImportPiece.objects.filter(file_id=other.id, part="raw").order_by("number").values_list("digest")
        if [bytes(one[0]) for one in pieces] == [bytes(one[0]) for one in mine]:
            return other
    return None
