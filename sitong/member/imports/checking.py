"""From rows of cells to records and problems, a block at a time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date

import orjson

from sitong.member.imports.models import ImportFile
from sitong.member.imports.opening import Opening, look_at
from sitong.member.imports.pieces import chunks_of, text_part
from sitong.member.imports.reading import Block, blocks_of
from sitong.member.imports.rules import LineReader

LINE_KEPT_MAX = 4_000


@dataclass(slots=True)
class Checked:
    """What a block gives. Lists of the same length: `rows`, `fields` (JSON), `phones`; and one for each problem."""

    end_byte: int
    end_line: int
    rows: list[int] = field(default_factory=list)
    fields: list[str] = field(default_factory=list)
    phones: list[str] = field(default_factory=list)
    problem_rows: list[int] = field(default_factory=list)
    problem_bad: list[bool] = field(default_factory=list)
    problem_faults: list[str] = field(default_factory=list)
    problem_lines: list[str] = field(default_factory=list)
    blank: int = 0

    @property
    def bad(self) -> int:
        return sum(self.problem_bad)


def opening_of(file: ImportFile, today: date) -> Opening | None:
    """Look at a file's beginning as the file's row says that it is to be read."""
    part, encoding = text_part(file)
    sample = next(chunks_of(file.id, part), b"")
    return look_at(
        sample, encoding=encoding, today=today, delimiter=file.delimiter, headed=file.headed, whole=file.text_bytes <= len(sample)
    )  # fmt: skip


def checked_blocks(file: ImportFile, opening: Opening, today: date) -> Iterator[Checked]:
    """Read a file from where its check has come to, block by block."""
    layout, (part, _) = opening.layout, text_part(file)
    begun = file.at_byte > 0
    at_byte, at_line = (file.at_byte, file.at_line) if begun else (layout.start_byte, layout.start_line)
    reader = LineReader(tuple(file.mapping), today, file.marketplace)
    plan = reader.plan()
    for block in blocks_of(chunks_of(file.id, part, at_byte=at_byte), layout, at_byte=at_byte, at_line=at_line):
        yield _checked(block, reader, plan, layout.delimiter)


def _checked(block: Block, reader: LineReader, plan: list, delimiter: str) -> Checked:  # type: ignore[type-arg]
    done = Checked(block.end_byte, block.end_line, blank=block.blank)
    dumps = orjson.dumps
    for row, cells in block.rows:
        line = reader.read(cells, plan)
        if not line.bad:
            done.rows.append(row)
            done.fields.append(dumps(line.fields).decode())
            done.phones.append(line.fields.get("phone", ""))
        if line.faults:
            faults = [{"column": one.column, "code": one.code} for one in line.faults]
            _note(done, row, line.bad, faults, _joined(cells, delimiter))
    for row, code, text in block.broken:
        _note(done, row, True, [{"column": 0, "code": code}], text)
    return done


def _note(done: Checked, row: int, bad: bool, faults: Iterable[object], text: str) -> None:
    done.problem_rows.append(row)
    done.problem_bad.append(bad)
    done.problem_faults.append(orjson.dumps(list(faults)).decode())
    done.problem_lines.append(text[:LINE_KEPT_MAX].replace("\x00", "\ufffd"))


def _joined(cells: Iterable[str], delimiter: str) -> str:
    return delimiter.join(
        '"' + cell.replace('"', '""') + '"' if delimiter in cell or '"' in cell or "\n" in cell else cell
        for cell in cells
    )
