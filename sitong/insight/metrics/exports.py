"""Figures as files: CSV with a byte order mark (for spreadsheets in Chinese), XLSX written row by row."""

from __future__ import annotations

import csv
import tempfile
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from typing import IO, Any

from django.utils.translation import gettext as _
from openpyxl import Workbook

from sitong.insight.metrics.looks import Named, Seen
from sitong.insight.metrics.queries import Row
from sitong.shared.money import MINOR_DIGITS

Cells = Sequence[Any]


def tables(seen: Seen, currency: str, said: Callable[[Named], str]) -> dict[str, tuple[str, Iterator[Cells]]]:
    """Give each table by its code: its title and its rows, the first being the heads. Money in major units."""
    unit = 10 ** MINOR_DIGITS[currency]

    def rows(
        heads: list[str], keys: Iterator[list[Any]], rows: Sequence[Row], *, customers: bool = False
    ) -> Iterator[Cells]:
        counted = [_("Customers")] if customers else []
        yield [*heads, _("Revenue"), _("Orders"), _("Items"), *counted, _("Returned"), _("Net revenue")]
        for key, row in zip(keys, rows, strict=True):
            cells = [row.revenue_minor / unit, row.orders, row.items, *([row.customers] if customers else [])]
            yield [*(harmless(cell) for cell in key), *cells, row.returned_minor / unit, row.net_minor / unit]

    stores, departments = [one.row for one in seen.stores], [one.row for one in seen.departments]
    return {
        "days": (_("Days"), rows([_("Day")], ([row.key] for row in seen.days), seen.days, customers=True)),
        "stores": (_("Stores"), rows([_("Store")], ([said(one)] for one in seen.stores), stores, customers=True)),
        "departments": (
            _("Departments"),
            rows([_("Department")], ([said(one) or "–"] for one in seen.departments), departments),
        ),
        "scenes": (
            _("Scenes"),
            rows([_("Channel"), _("Scene")], ([row.channel, row.key] for row in seen.scenes), seen.scenes),
        ),
    }


def harmless(cell: Any) -> Any:
    """Keep a spreadsheet from taking a name for a formula."""
    return f"'{cell}" if isinstance(cell, str) and cell[:1] in "=+-@\t\r" and cell != "–" else cell


class _Line:
    """A file that gives back what is written to it."""

    def write(self, text: str) -> str:
        return text


def as_csv(rows: Iterator[Cells]) -> Iterator[bytes]:
    """Write rows as CSV, one at a time."""
    yield b"\xef\xbb\xbf"
    writer = csv.writer(_Line())
    for row in rows:
        yield writer.writerow(
            [cell.isoformat() if isinstance(cell, date) else "" if cell is None else cell for cell in row]
        ).encode()


def as_xlsx(named: dict[str, tuple[str, Iterator[Cells]]]) -> IO[bytes]:
    """Write each table to a sheet of a workbook, row by row, and give the file at its beginning."""
    book = Workbook(write_only=True)
    for title, rows in named.values():
        sheet = book.create_sheet(title[:31])
        sheet.freeze_panes = "A2"
        for row in rows:
            sheet.append(list(row))
    file = tempfile.TemporaryFile()  # noqa: SIM115 closed by the response that sends it
    book.save(file)
    file.seek(0)
    return file
