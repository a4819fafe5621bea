"""What could not be read, as files: a report of each line, and the bad lines themselves to be mended and sent again."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence

from sitong.member.imports.encodings import cells_of
from sitong.member.imports.models import ImportFile, ImportProblem
from sitong.member.imports.rules import safe_cell
from sitong.member.imports.said import column_said, fault_said

PIECE = 2_000
MARK = "\ufeff"
"""Excel takes a CSV for UTF-8 only with this at its beginning."""


def problems_of(file: ImportFile, *, after_row: int = 0, bad_only: bool) -> Iterator[ImportProblem]:
    """Give the lines of which something could not be read, in order, piece by piece."""
    while True:
        found = ImportProblem.objects.filter(file_id=file.id, row__gt=after_row)
        rows = list((found.filter(bad=True) if bad_only else found).order_by("row")[:PIECE])
        yield from rows
        if len(rows) < PIECE:
            return
        after_row = rows[-1].row


def report_lines(file: ImportFile, heads: Sequence[str]) -> Iterator[str]:
    """Give the report: line, column, what it says there, what is wrong, what to do, and whether the line is taken."""
    yield MARK + _row(heads)
    for problem in problems_of(file, bad_only=False):
        for one in problem.faults:
            what, to_do = fault_said(one["code"])
            column = column_said(one["column"], _named(file, one["column"]))
            yield _row([
                str(problem.row), safe_cell(column), safe_cell(cell_of(file, problem, one["column"])), what, to_do, "0" if problem.bad else "1",
            ])  # fmt: skip


def bad_lines(file: ImportFile) -> Iterator[str]:
    """Give the bad lines under the file's own head: mended, they are a file that can be imported."""
    yield MARK + (_row([safe_cell(one) for one in file.columns]) if any(file.columns) else "")
    for problem in problems_of(file, bad_only=True):
        yield _row([safe_cell(one) for one in cells_of(problem.line, file.delimiter)])


def cell_of(file: ImportFile, problem: ImportProblem, column: int) -> str:
    """Give what stands in a cell of a line that could not be read; '' for the line as a whole."""
    cells = cells_of(problem.line, file.delimiter)
    return cells[column - 1][:200] if 0 < column <= len(cells) else ""


def _named(file: ImportFile, column: int) -> str:
    return file.columns[column - 1] if 0 < column <= len(file.columns) else ""


def _row(cells: Sequence[str]) -> str:
    out = io.StringIO()
    csv.writer(out).writerow(cells)
    return out.getvalue()
