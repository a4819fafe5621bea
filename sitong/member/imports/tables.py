"""Sheets of Excel as lines of CSV. A file that grows out of all proportion is not opened."""

from __future__ import annotations

import csv
import io
import zipfile
import zlib
from collections.abc import Iterator
from datetime import date, datetime, time
from typing import Any

from python_calamine import CalamineError, CalamineWorkbook, SheetVisibleEnum

XLSX_SIGN = b"PK\x03\x04"
OLD_EXCEL_SIGN = b"\xd0\xcf\x11\xe0"
UNZIPPED_BYTES_MAX = 250_000_000
PARTS_MAX = 2_000
READ_BYTES = 1_000_000
LINES_A_CHUNK = 2_000


class Unreadable(ValueError):
    """The file cannot be opened; `code` says why, as ImportFile.fault keeps it."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def check_size_unzipped(file: io.BytesIO) -> None:
    """Unzip without keeping anything, and raise Unreadable as soon as it is too much: what a file says of itself may be a lie."""
    try:
        with zipfile.ZipFile(file) as parts:
            listed = parts.infolist()
            if len(listed) > PARTS_MAX or sum(one.file_size for one in listed) > UNZIPPED_BYTES_MAX:
                raise Unreadable("xlsx_too_large")
            left = UNZIPPED_BYTES_MAX
            for one in listed:
                with parts.open(one) as part:
                    while piece := part.read(READ_BYTES):
                        left -= len(piece)
                        if left < 0:
                            raise Unreadable("xlsx_too_large")
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, OSError) as wrong:
        raise Unreadable("xlsx_broken") from wrong
    finally:
        file.seek(0)


def lines_of_sheet(content: bytes) -> Iterator[bytes]:
    """Give the rows of the first sheet that has any as chunks of CSV in UTF-8; row n is line n. Raises Unreadable.

    A formula is its last value. Breaks within a cell become spaces.
    """
    if content.startswith(OLD_EXCEL_SIGN):
        raise Unreadable("xlsx_old")
    file = io.BytesIO(content)
    check_size_unzipped(file)
    try:
        with CalamineWorkbook.from_filelike(file) as book:
            for sheet in book.sheets_metadata:
                if sheet.visible != SheetVisibleEnum.Visible:
                    continue
                table = book.get_sheet_by_name(sheet.name)
                if not table.width or not table.height:
                    continue
                yield from _chunks(table)
                return
    except CalamineError as wrong:
        raise Unreadable("xlsx_broken") from wrong
    raise Unreadable("empty")


def _chunks(table: Any) -> Iterator[bytes]:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    out.write("\n" * (table.start[0] if table.start else 0))
    for number, row in enumerate(table.iter_rows(), 1):
        writer.writerow([_cell(one) for one in row])
        if number % LINES_A_CHUNK == 0:
            yield out.getvalue().encode()
            out.seek(0)
            out.truncate()
    if left := out.getvalue():
        yield left.encode()


def _cell(value: Any) -> str:
    if isinstance(value, str):
        return " ".join(value.split()) if not value.isprintable() else value
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e18 else repr(value)
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(" ", "seconds")
    if isinstance(value, date):
        return value.isoformat()
    return "" if value is None else str(value)
