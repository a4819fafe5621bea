"""Laws of reading files: whatever the bytes, every line is a row's, reported, or blank; however they come, the same is read."""

from __future__ import annotations

from datetime import date

from hypothesis import given, settings
from hypothesis import strategies as st

from sitong.member.imports.opening import look_at
from sitong.member.imports.reading import LINES_A_ROW_MAX, Layout, blocks_of
from sitong.member.imports.rules import FIELDS, LineReader, plain, read_birthday, read_phone, safe_cell

TODAY = date(2026, 3, 3)
pieces = st.sampled_from(
    [
        b"a",
        b",",
        b'"',
        b"\n",
        b"\r\n",
        b"\x00",
        b"\xff",
        "王".encode(),
        "王".encode("gb18030"),
        b" ",
        b"x,y\n",
        b'"q,\n',
    ]
)
files = st.lists(pieces, max_size=60).map(b"".join)


def read(content: bytes, *, cut: int, lines_a_block: int, width: int = 2):
    chunks = [content[at : at + cut] for at in range(0, len(content), cut)]
    rows, broken, blank, end = [], [], 0, (0, 0)
    for block in blocks_of(chunks, Layout("utf-8", ",", width), at_byte=0, at_line=0, lines_a_block=lines_a_block):
        rows += block.rows
        broken += block.broken
        blank += block.blank
        end = (block.end_byte, block.end_line)
    return rows, broken, blank, end


@settings(max_examples=400, deadline=None)
@given(files, st.integers(1, 30), st.integers(1, 7))
def test_every_line_is_read_or_reported_and_pieces_make_no_difference(content, cut, lines_a_block):
    rows, broken, blank, end = read(content, cut=cut, lines_a_block=lines_a_block)
    lines = content.count(b"\n") + (not content.endswith(b"\n") and bool(content))
    assert end == (len(content), lines)
    taken = sum(cell.count("\n") for _, cells in rows for cell in cells) + len(rows) + len(broken) + blank
    assert taken == lines
    numbers = [number for number, _ in rows] + [number for number, _, _ in broken]
    assert len(set(numbers)) == len(numbers) and all(1 <= number <= lines for number in numbers)
    assert all(len(cells) == 2 for _, cells in rows)
    whole = read(content, cut=max(1, len(content)), lines_a_block=10_000)
    assert (rows, broken, blank, end) == whole


@settings(deadline=None)
@given(st.lists(st.lists(st.text(alphabet="ab王,\"\n' ", max_size=6), min_size=3, max_size=3), max_size=12))
def test_what_a_table_program_writes_is_read_as_it_was(table):
    import csv
    import io

    out = io.StringIO()
    csv.writer(out, lineterminator="\n", quoting=csv.QUOTE_ALL).writerows(table)
    rows, _, _, _ = read(out.getvalue().encode(), cut=7, lines_a_block=5, width=3)
    kept = [cells for cells in table if any(cell.strip(' ,"\n') for cell in cells)]
    found = [cells for _, cells in rows]
    assert all(cells in found or any("\n" in cell for cell in cells) for cells in kept)
    assert all(cells in table for cells in found) or any("\n" in cell for cells in table for cell in cells)


@settings(deadline=None)
@given(st.binary(max_size=400))
def test_no_beginning_of_a_file_makes_the_first_look_fail(content):
    for encoding in ("utf-8", "gb18030"):
        opening = look_at(content, encoding=encoding, today=TODAY, whole=True)
        if opening is not None:
            reader = LineReader(opening.guessed, TODAY)
            plan = reader.plan()
            for _, cells in opening.rows:
                line = reader.read(cells, plan)
                assert set(line.fields) <= {*FIELDS, "marketplace"} and all(line.fields.values())


@settings(deadline=None)
@given(st.text(max_size=30))
def test_no_cell_is_read_as_something_malformed(cell):
    text = plain(cell)
    phone, _ = read_phone(text) if text else ("", "")
    assert phone == "" or (phone.startswith("+") and phone[1:].isdecimal())
    born, _ = read_birthday(text, TODAY) if text else ("", "")
    assert born == "" or date(1900, 1, 1) < date.fromisoformat(born) <= TODAY
    assert safe_cell(cell)[:1] not in {"=", "@", "\t", "\r"} and safe_cell(cell).removeprefix("'") == cell.removeprefix(
        "'"
    )


def test_a_row_may_be_as_long_as_that_and_no_longer():
    long = 'a,"' + "x\n" * (LINES_A_ROW_MAX - 1) + 'x"\n'
    assert len(read(long.encode(), cut=3, lines_a_block=4)[0]) == 1
    longer = 'a,"' + "x\n" * LINES_A_ROW_MAX + 'x"\nb,c\n'
    rows, broken, _, _ = read(longer.encode(), cut=3, lines_a_block=4)
    assert rows == [(LINES_A_ROW_MAX + 2, ["b", "c"])] and broken[0][:2] == (1, "quotes")
