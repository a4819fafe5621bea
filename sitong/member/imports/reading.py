"""From bytes to rows of cells, line by line: what is broken in one line never touches the next.

A quote that is opened and not closed would swallow the rest of a file. Here a row may go over a few lines, and only if
that makes it whole; else its first line is reported and the next one is read for itself. Every line of the file is part of
a row, reported as broken, or blank.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

LINES_A_BLOCK = 5_000
BYTES_A_BLOCK = 4_000_000
LINE_BYTES_MAX = 65_536
LINES_A_ROW_MAX = 20
SHOWN_OF_LONG = 1_000


@dataclass(frozen=True, slots=True)
class Layout:
    """How the lines are written, and where they begin: behind the mark and the head. `width` is the number of columns."""

    encoding: str
    delimiter: str
    width: int
    start_byte: int = 0
    start_line: int = 0
    returns_end_lines: bool = False


@dataclass(slots=True)
class Block:
    """Some thousand lines, read. `rows`: line number and cells; `broken`: line number, code and the line as far as it can be shown.

    `end_byte` and `end_line`: behind the last line that was read, where the next block begins.
    """

    rows: list[tuple[int, list[str]]] = field(default_factory=list)
    broken: list[tuple[int, str, str]] = field(default_factory=list)
    blank: int = 0
    end_byte: int = 0
    end_line: int = 0


class LongLine(bytes):
    """The beginning of a line that is longer than any row of customers; `length` is how long it is."""

    length: int


def blocks_of(
    chunks: Iterable[bytes], layout: Layout, *, at_byte: int, at_line: int, lines_a_block: int = LINES_A_BLOCK
) -> Iterator[Block]:
    """Read the bytes from `at_byte` on, which stands at the beginning of a line; `at_line` lines lie before it.

    Holds one block and one chunk in memory, whatever the file's size.
    """
    waiting: list[bytes] = []
    lines = _lines(chunks, returns_end_lines=layout.returns_end_lines)
    final = False
    while not final:
        size = sum(map(len, waiting))
        for line in lines:
            waiting.append(line)
            size += len(line)
            if len(waiting) >= lines_a_block or size >= BYTES_A_BLOCK:
                break
        else:
            final = True
        if not waiting:
            return
        block = Block()
        used = _read(waiting, layout, block, first_line=at_line + 1, final=final)
        at_line += used
        at_byte += sum(one.length if isinstance(one, LongLine) else len(one) for one in waiting[:used])
        del waiting[:used]
        block.end_byte, block.end_line = at_byte, at_line
        yield block


def _lines(chunks: Iterable[bytes], *, returns_end_lines: bool) -> Iterator[bytes]:
    """Divide bytes into lines with their ends. Of a line that is too long only the beginning is kept."""
    rest, dropped = b"", 0
    for given in chunks:
        chunk = given.replace(b"\r", b"\n") if returns_end_lines else given
        lines = (rest + chunk).split(b"\n")
        rest = lines.pop()
        for line in lines:
            yield _cut(line + b"\n", dropped) if dropped or len(line) > LINE_BYTES_MAX else line + b"\n"
            dropped = 0
        if len(rest) > LINE_BYTES_MAX:
            dropped += len(rest) - LINE_BYTES_MAX
            rest = rest[:LINE_BYTES_MAX]
    if rest:
        yield _cut(rest, dropped) if dropped else rest


def _cut(line: bytes, dropped: int) -> LongLine:
    cut = LongLine(line[:SHOWN_OF_LONG])
    cut.length = len(line) + dropped
    return cut


def _read(lines: Sequence[bytes], layout: Layout, block: Block, *, first_line: int, final: bool) -> int:
    """Read these lines into the block, and give how many were used: the last may be the beginning of a row."""
    texts, doubtful = _decoded(lines, layout.encoding)
    delimiter, width, number = layout.delimiter, layout.width, len(texts)
    hollow = f" \t\r\n{delimiter}"
    at = 0
    while at < number:
        text = texts[at]
        if doubtful and (code := _doubt(text, lines[at])):
            block.broken.append((first_line + at, code, _shown(lines[at], layout.encoding)))
            at += 1
            continue
        assert text is not None
        if not text.strip(hollow):
            block.blank += 1
            at += 1
            continue
        used = 1
        if '"' not in text:
            cells: list[str] | None = text.rstrip("\r").split(delimiter)
        else:
            cells, used = _quoted(texts, at, layout, final=final)
            if used == 0:
                break
            if cells is None:
                block.broken.append((first_line + at, "quotes", text))
                at += 1
                continue
        assert cells is not None
        if len(cells) > width and not any(cell.strip() for cell in cells[width:]):
            cells = cells[:width]
        if len(cells) == width:
            block.rows.append((first_line + at, cells))
        else:
            block.broken.append((first_line + at, "cells_few" if len(cells) < width else "cells_many", text))
        at += used
    return at


def _decoded(lines: Sequence[bytes], encoding: str) -> tuple[list[str | None], bool]:
    """Decode all lines at once, and only when that fails one by one (None: broken). Tells whether any is in doubt."""
    whole = b"".join(lines)
    long = any(type(line) is LongLine for line in lines)
    if not long:
        try:
            text = whole.decode(encoding)
        except UnicodeDecodeError:
            pass
        else:
            texts: list[str | None] = list(text.split("\n"))
            if whole.endswith(b"\n"):
                texts.pop()
            return texts, "\x00" in text or "\ufffd" in text
    texts = []
    for line in lines:
        try:
            texts.append(line.rstrip(b"\n").decode(encoding))
        except UnicodeDecodeError:
            texts.append(None)
    return texts, True


def _doubt(text: str | None, line: bytes) -> str:
    if type(line) is LongLine:
        return "line_long"
    if text is None or "\ufffd" in text:
        return "encoding"
    return "nul" if "\x00" in text else ""


def _shown(line: bytes, encoding: str) -> str:
    return line.rstrip(b"\r\n").decode(encoding, errors="replace").replace("\x00", "\ufffd")


def _quoted(texts: Sequence[str | None], at: int, layout: Layout, *, final: bool) -> tuple[list[str] | None, int]:
    """Read a row with quotes: its cells and how many lines it takes; no cells when its quotes are broken; (None, 0) when
    the lines at hand do not say yet."""
    first = texts[at]
    assert first is not None
    alone = _parsed([first], layout.delimiter)
    if alone is not None:
        return alone, 1
    if first.count('"') % 2 == 0:
        return None, 1
    gathered = [first]
    for next_at in range(at + 1, at + LINES_A_ROW_MAX):
        if next_at >= len(texts):
            return (None, 1) if final else (None, 0)
        text = texts[next_at]
        if text is None or "\x00" in text or _stands_alone(text, layout):
            return None, 1
        gathered.append(text)
        if text.count('"') % 2:
            cells = _parsed(gathered, layout.delimiter)
            return (cells, len(gathered)) if cells is not None and len(cells) == layout.width else (None, 1)
    return None, 1


def _stands_alone(text: str, layout: Layout) -> bool:
    """Tell whether a line is a whole row by itself, so that the quote before it was never meant to go on."""
    if '"' not in text:
        return layout.width > 1 and text.count(layout.delimiter) == layout.width - 1
    cells = _parsed([text], layout.delimiter)
    return layout.width > 1 and cells is not None and len(cells) == layout.width


def _parsed(lines: Sequence[str], delimiter: str) -> list[str] | None:
    """Give the cells of one row by the rules of CSV; None when its quotes are broken."""
    last = len(lines) - 1
    ended = [line.rstrip("\r") + ("" if at == last else "\n") for at, line in enumerate(lines)]
    reader = csv.reader(ended, delimiter=delimiter, strict=True)
    try:
        cells = next(reader, None)
    except csv.Error:
        return None
    return cells if reader.line_num == len(lines) else None
