"""The worker opens a file: sheets and UTF-16 become lines of UTF-8, and the columns are found out."""

from __future__ import annotations

import codecs
from collections.abc import Iterable, Iterator
from datetime import date, datetime

from django.db import transaction

from sitong.member.imports.encodings import UTF8, UTF16_BE, UTF16_LE, encoding_of, mark_of
from sitong.member.imports.models import ImportFile, ImportPiece, ImportState
from sitong.member.imports.opening import look_at
from sitong.member.imports.pieces import PIECE_BYTES, chunks_of, digest_of, packed, samples_of, text_part
from sitong.member.imports.tables import OLD_EXCEL_SIGN, XLSX_SIGN, Unreadable, lines_of_sheet
from sitong.org.brands.queries import brand_facts
from sitong.shared.clock import business_date

SHEET_BYTES_MAX = 60_000_000
"""A larger sheet has to be saved as CSV: opening it would take more memory than the worker should have."""


def open_file(file: ImportFile, *, now: datetime) -> ImportFile:
    """Open one file that was received: it is `uploaded` with a guessed mapping, or `unreadable` with what is wrong.

    What a worker that was killed had written of the text is written anew.
    """
    today = business_date(now, brand_facts([file.brand_id])[file.brand_id].zone)
    try:
        found = _look(file, today)
    except Unreadable as wrong:
        found = {"state": ImportState.UNREADABLE, "fault": wrong.code}
    with transaction.atomic():
        held = ImportFile.objects.select_for_update(no_key=True).get(id=file.id)
        if held.state != ImportState.RECEIVED:
            return held
        for name, value in found.items():
            setattr(held, name, value)
        held.save(update_fields=list(found))
    return held


def _look(file: ImportFile, today: date) -> dict[str, object]:
    samples = samples_of(file)
    if samples[0].startswith((XLSX_SIGN, OLD_EXCEL_SIGN)):
        if file.size_bytes > SHEET_BYTES_MAX:
            raise Unreadable("xlsx_too_large")
        file.form, file.encoding = "xlsx", ""
        file.text_bytes = _keep_text(file, lines_of_sheet(b"".join(chunks_of(file.id, "raw"))))
    else:
        file.form, file.encoding, file.text_bytes = "csv", encoding_of(samples), file.size_bytes
        if file.encoding in {UTF16_LE, UTF16_BE}:
            file.text_bytes = _keep_text(file, _recoded(chunks_of(file.id, "raw"), file.encoding))
    part, encoding = text_part(file)
    sample = next(chunks_of(file.id, part), b"")
    opening = look_at(sample, encoding=encoding, today=today, whole=file.text_bytes <= len(sample))
    if opening is None:
        raise Unreadable("empty")
    return {
        "state": ImportState.UPLOADED, "form": file.form, "encoding": file.encoding, "text_bytes": file.text_bytes,
        "delimiter": opening.layout.delimiter, "headed": opening.headed, "columns": list(opening.columns) if opening.headed else
        [""] * opening.layout.width, "mapping": list(opening.guessed), "fault": "",
    }  # fmt: skip


def _recoded(chunks: Iterable[bytes], encoding: str) -> Iterator[bytes]:
    """Give UTF-16 as UTF-8; what is broken becomes U+FFFD, and its line is reported when it is read."""
    decoder = codecs.getincrementaldecoder(encoding)(errors="replace")
    for number, chunk in enumerate(chunks):
        skipped = mark_of(chunk)[1] if number == 0 else 0
        yield decoder.decode(chunk[skipped:]).encode(UTF8, errors="replace")
    yield decoder.decode(b"", final=True).encode(UTF8, errors="replace")


def _keep_text(file: ImportFile, chunks: Iterable[bytes]) -> int:
    """Write the text in pieces of the usual length, each in its own transaction; give how many bytes there are."""
    ImportPiece.objects.filter(file_id=file.id, part="text").delete()
    number, waiting, total = 0, b"", 0
    for chunk in chunks:
        waiting += chunk
        while len(waiting) >= PIECE_BYTES:
            _keep(file, number, waiting[:PIECE_BYTES])
            number, waiting, total = number + 1, waiting[PIECE_BYTES:], total + PIECE_BYTES
    if waiting:
        _keep(file, number, waiting)
    return total + len(waiting)


def _keep(file: ImportFile, number: int, content: bytes) -> None:
    ImportPiece(
        brand_id=file.brand_id, file=file, part="text", number=number, size_bytes=len(content), digest=digest_of(content),
        content=packed(content),
    ).save(force_insert=True)  # fmt: skip
