"""A file's bytes, which stand in the database in sealed pieces."""

from __future__ import annotations

import base64
import hashlib
import zlib
from collections.abc import Iterator
from uuid import UUID

from sitong.member.imports.encodings import UTF8, UTF16_BE, UTF16_LE
from sitong.member.imports.models import ImportFile, ImportPiece

PIECE_BYTES = 1_000_000
"""Every piece but a file's last has this length, so that the piece in which a byte stands is known."""

SAMPLES = 8
FAST = 1


def packed(content: bytes) -> str:
    """Give a piece's bytes as they are kept, before they are sealed."""
    return base64.b85encode(zlib.compress(content, FAST)).decode()


def unpacked(kept: str) -> bytes:
    """Give back what `packed` kept."""
    return zlib.decompress(base64.b85decode(kept))


def digest_of(content: bytes) -> bytes:
    """Give what tells whether a piece that comes again is the same."""
    return hashlib.sha256(content).digest()


def text_part(file: ImportFile) -> tuple[str, str]:
    """Say in which part a file's lines stand, and in which encoding: `text` when they came as a sheet or in UTF-16."""
    if file.form == "xlsx" or file.encoding in {UTF16_LE, UTF16_BE}:
        return "text", UTF8
    return "raw", file.encoding or UTF8


def chunks_of(file_id: UUID, part: str, *, at_byte: int = 0) -> Iterator[bytes]:
    """Give a file's bytes from one on, piece by piece: one is in memory at a time."""
    number, skipped = divmod(at_byte, PIECE_BYTES)
    while True:
        kept = ImportPiece.objects.filter(file_id=file_id, part=part, number=number).values_list("content", flat=True)
        content = next(iter(kept), None)
        if content is None:
            return
        yield unpacked(content)[skipped:]
        number, skipped = number + 1, 0


def samples_of(file: ImportFile) -> list[bytes]:
    """Give the first piece and a few from the rest of the file: broken lines often stand in the middle."""
    pieces = -(-file.size_bytes // PIECE_BYTES)
    wanted = sorted({round(at * max(0, pieces - 1) / (SAMPLES - 1)) for at in range(SAMPLES)})
    rows = ImportPiece.objects.filter(file_id=file.id, part="raw", number__in=wanted).order_by("number")
    return [unpacked(content) for content in rows.values_list("content", flat=True)]
