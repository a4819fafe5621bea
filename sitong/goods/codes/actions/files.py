"""Write down who fetched which codes as a file, and how far it has been sent."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from sitong.goods.codes.actions.standing import range_fault
from sitong.goods.codes.files import DRAWN_MAX, FORMS
from sitong.goods.codes.models import CodeBatch, CodeFile
from sitong.shared.access.audit import AuditEntry, record
from sitong.shared.errors import NotFound, Refused, RepeatDiffers

LINKS = ("", "short", "gs1")
CONTENT = ("brand_id", "batch_id", "first", "last", "form", "link", "inner", "encrypted")


class FileForm(Refused):
    """There is no such form of file, or not of these codes."""

    code = "goods.code_file_form"


class FileTooLong(Refused):
    """Pictures and sheets are made of at most `most` codes at once."""

    code = "goods.code_file_too_long"


@dataclass(frozen=True, slots=True)
class CodeFileWanted:
    """A file of the codes `first` to `last` of a batch. `id` was made by the client; with it an interrupted one goes on."""

    id: UUID
    brand_id: UUID
    batch_id: UUID
    first: int
    last: int
    form: str
    link: str = "short"
    inner: bool = False
    encrypted: bool = False


def open_file(wanted: CodeFileWanted, *, by: UUID | None, now: datetime) -> CodeFile:
    """Write down that somebody fetches codes; the same id again gives what stands there.

    Raises goods.code_file_form, goods.code_file_too_long, goods.code_range_outside, shared.not_found, shared.repeat_differs.
    """
    with transaction.atomic():
        before = CodeFile.objects.select_for_update(no_key=True).filter(id=wanted.id).first()
        if before is not None:
            if any(getattr(before, name) != getattr(wanted, name) for name in CONTENT):
                raise RepeatDiffers(id=wanted.id)
            return before
        batch = CodeBatch.objects.filter(id=wanted.batch_id, brand_id=wanted.brand_id).first()
        if batch is None:
            raise NotFound(what="code batch")
        fault = range_fault(batch, (wanted.first, wanted.last)) or _fault(wanted, batch)
        if fault is not None:
            raise fault
        values = {name: getattr(wanted, name) for name in CONTENT}
        made = CodeFile.objects.create(id=wanted.id, sent_to=wanted.first - 1, by=by, started_at=now, **values)
        said = {"first": made.first, "last": made.last, "form": made.form, "encrypted": made.encrypted}
        record([AuditEntry("fetched", "goods.code_batch", batch.id, batch.brand_id, by, {}, said)], at=now)
    return made


def note_sent(file_id: UUID, *, up_to: int, now: datetime) -> None:
    """Write down up to which serial a file has been sent. Never goes back."""
    CodeFile.objects.filter(id=file_id, sent_to__lt=up_to).update(sent_to=up_to, sent_at=now)


def _fault(wanted: CodeFileWanted, batch: CodeBatch) -> Refused | None:
    if wanted.form not in FORMS or wanted.link not in LINKS or (wanted.inner and not batch.inner):
        return FileForm()
    if (wanted.link == "gs1" and not batch.gtin) or (not wanted.link and wanted.form not in {"csv", "txt"}):
        return FileForm()
    if wanted.form not in {"csv", "txt"} and wanted.last - wanted.first >= DRAWN_MAX:
        return FileTooLong(most=DRAWN_MAX)
    return None
