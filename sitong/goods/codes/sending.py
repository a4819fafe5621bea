"""Send a printing file: with its length and byte ranges where its bytes are always the same, else piece by piece."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from datetime import datetime

from django.conf import settings
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse

from sitong.goods.codes.actions.files import CodeFileWanted, note_sent, open_file
from sitong.goods.codes.files import FileWanted, file_of, lines_for
from sitong.goods.codes.models import CodeBatch, CodeFile
from sitong.goods.codes.rows import CodesWanted
from sitong.goods.codes.rules import INNER, OUTER
from sitong.org.brands.queries import brand_facts
from sitong.shared import clock
from sitong.shared.access.scope import brands_shown
from sitong.shared.access.viewer import Viewer

NOTE_EVERY_S = 1.0
_RANGE = re.compile(r"^bytes=(\d+)-$")


def send_file(
    request: HttpRequest, wanted: CodeFileWanted, batch: CodeBatch, *, viewer: Viewer, password: str = ""
) -> HttpResponse:
    """Answer with a file of codes and write down how far it was sent. `Range: bytes=n-` goes on where a plain one was cut off."""
    now = clock.now()
    row = open_file(wanted, by=viewer.account_id, now=now)
    asked = _asked(wanted, batch, password)
    start = _start(request, asked)
    pieces = _noted(row, asked, now, start)
    answer = StreamingHttpResponse(pieces, content_type=asked.content_type, status=206 if start else 200)
    answer["Content-Disposition"] = f'attachment; filename="{asked.name}"'
    answer["Cache-Control"] = "no-store"
    answer["X-Accel-Buffering"] = "no"
    if asked.plain:
        size = lines_for(asked).size(asked.count)
        answer["Accept-Ranges"] = "bytes"
        answer["Content-Length"] = str(size - start)
        if start:
            answer["Content-Range"] = f"bytes {start}-{size - 1}/{size}"
    return answer  # type: ignore[return-value]


def _asked(wanted: CodeFileWanted, batch: CodeBatch, password: str) -> FileWanted:
    inner = wanted.inner or (batch.inner and wanted.form == "csv")
    sides = (
        ((OUTER, INNER) if inner else (OUTER,)) if wanted.form == "csv" else ((INNER,) if wanted.inner else (OUTER,))
    )
    codes = CodesWanted(batch.brand_id, batch.generation, batch.first_number, wanted.first, wanted.last, sides)
    brand = brand_facts([batch.brand_id])[batch.brand_id]
    return FileWanted(
        wanted.form,
        codes,
        batch.quantity,
        wanted.link,
        settings.PUBLIC_URL,
        brand.code,
        batch.gtin,
        batch.number,
        password,
    )


def _start(request: HttpRequest, asked: FileWanted) -> int:
    found = _RANGE.match(request.headers.get("Range", ""))
    if found is None or not asked.plain:
        return 0
    start = int(found.group(1))
    return start if start < lines_for(asked).size(asked.count) else 0


def _noted(row: CodeFile, asked: FileWanted, now: datetime, start: int) -> Iterator[bytes]:
    """Give the pieces; once a second, and at the end, write down how far they have come."""
    reached, noted = row.sent_to, time.monotonic()

    def told(serial: int) -> None:
        nonlocal reached
        reached = max(reached, serial)

    def note() -> None:
        with brands_shown([row.brand_id]):
            note_sent(row.id, up_to=reached, now=clock.now())

    try:
        for piece in file_of(asked, now=now, start=start, told=told):
            yield piece
            if time.monotonic() - noted >= NOTE_EVERY_S:
                noted = time.monotonic()
                note()
    finally:
        note()
