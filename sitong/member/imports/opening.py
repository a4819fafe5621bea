"""The first look at a file: how it is written, what its columns are called, and which field each of them probably is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from sitong.member.imports.encodings import cells_of, delimiter_of, mark_of
from sitong.member.imports.guessing import guessed_mapping, is_head
from sitong.member.imports.reading import Layout, blocks_of

HEAD_LINES_MAX = 5
"""So many lines above the head may be a title or a date of export."""

SAMPLE_ROWS = 200
COLUMNS_MAX = 200
COLUMN_NAME_MAX = 100


@dataclass(frozen=True, slots=True)
class Opening:
    """What the beginning of a file says. `rows` are the first ones: line number and cells."""

    layout: Layout
    headed: bool
    columns: tuple[str, ...]
    rows: tuple[tuple[int, list[str]], ...] = ()
    guessed: tuple[str, ...] = field(default=())


def look_at(
    sample: bytes, *, encoding: str, today: date, delimiter: str = "", headed: bool | None = None, whole: bool = False
) -> Opening | None:
    """Look at the beginning of a file. What is not said (delimiter, headed) is found out. None: there are no rows in it.

    `whole`: the sample is the whole file; else its last line may be cut and is not looked at. Lines above the head that
    have one cell only, such as a title, are passed over.
    """
    returns = b"\n" not in sample and sample.count(b"\r") > 1
    body = sample.replace(b"\r", b"\n") if returns else sample
    if not whole and b"\n" in body:
        body = body[: body.rindex(b"\n") + 1]
    _, mark = mark_of(body)
    raw = body[mark:].split(b"\n")
    lines = [line.decode(encoding, errors="replace").rstrip("\r") for line in raw[: SAMPLE_ROWS + HEAD_LINES_MAX]]
    filled = [at for at, line in enumerate(lines) if line.strip()]
    if not filled:
        return None
    delimiter = delimiter or delimiter_of(lines)
    cells = [cells_of(line, delimiter) for line in lines]
    width = Counter(len(cells[at]) for at in filled).most_common(1)[0][0]
    first = next(
        (at for at in filled[: HEAD_LINES_MAX + 1] if width == 1 or sum(bool(one.strip()) for one in cells[at]) > 1),
        filled[0],
    )
    head = _trimmed(cells[first])
    below = [cells[at] for at in filled if at > first]
    if headed is None:
        headed = is_head(head, below, today)
    width = max(len(head), width if below or not headed else 1)
    if width > COLUMNS_MAX:
        return None
    names = [one.strip()[:COLUMN_NAME_MAX] for one in head] if headed else []
    columns = (*names, *([""] * (width - len(names))))
    skipped = first + 1 if headed else first
    start = mark + sum(len(line) + 1 for line in raw[:skipped])
    layout = Layout(encoding, delimiter, width, min(start, len(body)), skipped, returns)
    rows: list[tuple[int, list[str]]] = []
    for block in blocks_of([body[layout.start_byte :]], layout, at_byte=layout.start_byte, at_line=skipped):
        rows += block.rows
        if len(rows) >= SAMPLE_ROWS:
            break
    guessed = guessed_mapping(columns, [row for _, row in rows[:SAMPLE_ROWS]], headed=headed, today=today)
    return Opening(layout, headed, columns, tuple(rows[:SAMPLE_ROWS]), tuple(guessed))


def _trimmed(cells: Sequence[str]) -> list[str]:
    cells = list(cells)
    while len(cells) > 1 and not cells[-1].strip():
        cells.pop()
    return cells
