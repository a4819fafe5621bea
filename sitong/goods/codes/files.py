"""Printing files of a batch: which forms there are, and how each is made, piece by piece, from any serial on."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from stream_zip import ZIP_64, stream_zip

from sitong.goods.codes.labels import PER_SHEET, png_of, sheets_of, svg_of
from sitong.goods.codes.making import codes_of
from sitong.goods.codes.rows import CodesWanted, Lines, csv_lines, lines_of, text_lines
from sitong.goods.codes.rules import link_start

FORMS = ("csv", "txt", "svg", "png", "pdf")
DRAWN_MAX = 20_000
"""Codes in one file of pictures or sheets: each takes some milliseconds."""
SHEETS_PER_FILE = 16
TYPES = {"csv": "text/csv; charset=utf-8", "txt": "text/plain; charset=utf-8"}


@dataclass(frozen=True, slots=True)
class FileWanted:
    """A file of codes. `link`: 'short', 'gs1' or '' (bare; CSV and TXT only). `inner`: with (CSV) or of (all others) the inner codes."""

    form: str
    codes: CodesWanted
    quantity: int
    link: str
    site: str
    brand_code: str
    gtin: str
    number: str
    password: str = ""

    @property
    def name(self) -> str:
        """What the file is called; a part of a batch says which."""
        part = (
            ""
            if (self.codes.first, self.codes.last) == (1, self.quantity)
            else f"-{self.codes.first}-{self.codes.last}"
        )
        ends = self.form if self.plain else "zip"
        kind = "" if self.form in {"csv", "txt"} else f"-{self.form}"
        return f"codes-{self.number}{part}{kind}.{ends}"

    @property
    def plain(self) -> bool:
        """Whether the file's bytes are always the same and of known length: then any byte of it can be asked for."""
        return self.form in {"csv", "txt"} and not self.password

    @property
    def content_type(self) -> str:
        """Its media type."""
        return TYPES[self.form] if self.plain else "application/zip"

    @property
    def count(self) -> int:
        """How many serials are in it."""
        return self.codes.last - self.codes.first + 1

    def start_of_link(self) -> str:
        """What stands before a code in its link."""
        if not self.link:
            return ""
        start = link_start(self.site, self.brand_code)
        return f"{start}01/{self.gtin}/21/" if self.link == "gs1" else start


def lines_for(wanted: FileWanted) -> Lines:
    """Give how the lines of a CSV or TXT file look."""
    link = wanted.start_of_link().encode()
    if wanted.form == "csv":
        return csv_lines(wanted.codes.sides, quantity=wanted.quantity, link=link)
    return text_lines(wanted.codes.sides[0], link=link)


def file_of(
    wanted: FileWanted, *, now: datetime, start: int = 0, told: Callable[[int], None] | None = None
) -> Iterator[bytes]:
    """Give the file in pieces; a plain one from byte `start` on. `told` hears, from time to time, up to which serial it has come."""
    tell = told or (lambda _: None)
    if wanted.form in {"csv", "txt"}:
        pieces = _told_lines(wanted, start, tell)
        return (
            pieces if wanted.plain else _zipped([(f"{wanted.name[:-4]}.{wanted.form}", pieces)], wanted.password, now)
        )
    return _zipped(_members(wanted, tell), wanted.password, now)


def _told_lines(wanted: FileWanted, start: int, tell: Callable[[int], None]) -> Iterator[bytes]:
    lines = lines_for(wanted)
    sent = start
    for piece in lines_of(wanted.codes, lines, start=start):
        yield piece
        sent += len(piece)
        tell(wanted.codes.first + (sent - len(lines.heading)) // lines.length - 1)


def _members(wanted: FileWanted, tell: Callable[[int], None]) -> Iterator[tuple[str, Iterable[bytes]]]:
    """Give the pictures one by one, or PDF files of some sheets each."""
    draw = {"svg": svg_of, "png": png_of}.get(wanted.form)
    digits = len(str(wanted.quantity))
    labels: list[tuple[str, str, str]] = []
    serial = wanted.codes.first
    for letters in _letters(wanted):
        link = f"{wanted.start_of_link()}{letters}"
        if draw is not None:
            yield f"{serial:0{digits}}-{letters}.{wanted.form}", [draw(link)]
        else:
            labels.append((link, letters, f"{wanted.number} / {serial}"))
            if len(labels) == PER_SHEET * SHEETS_PER_FILE or serial == wanted.codes.last:
                first = serial - len(labels) + 1
                yield f"{first:0{digits}}-{serial:0{digits}}.pdf", [sheets_of(labels)]
                labels = []
        tell(serial)
        serial += 1


def _letters(wanted: FileWanted) -> Iterator[str]:
    codes = wanted.codes
    number, count = codes.first_number + codes.first - 1, codes.last - codes.first + 1
    for rows in codes_of(codes.brand_id, codes.generation, side=codes.sides[0], first=number, count=count):
        for row in rows:
            yield bytes(row).decode()


def _zipped(members: Iterable[tuple[str, Iterable[bytes]]], password: str, now: datetime) -> Iterator[bytes]:
    """Zip what comes, while it comes; with a password encrypted with AES-256."""
    entries: Iterator[tuple[Any, ...]] = ((name, now, 0o600, ZIP_64, pieces) for name, pieces in members)
    if password:
        return iter(stream_zip(entries, password=password, get_compressobj=_lightly))
    return iter(stream_zip(entries, get_compressobj=_lightly))


def _lightly() -> Any:
    return zlib.compressobj(wbits=-zlib.MAX_WBITS, level=1)


__all__ = ["DRAWN_MAX", "FORMS", "FileWanted", "file_of", "lines_for"]
