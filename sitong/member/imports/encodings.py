"""How the bytes of a table are written: encoding, delimiter, head. Found out from a sample, and shown to be changed."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Sequence

UTF8, GB18030, UTF16_LE, UTF16_BE = "utf-8", "gb18030", "utf-16-le", "utf-16-be"
ENCODINGS = (UTF8, GB18030, UTF16_LE, UTF16_BE)
MARKS = {b"\xef\xbb\xbf": UTF8, b"\xff\xfe": UTF16_LE, b"\xfe\xff": UTF16_BE}
DELIMITERS = (",", "\t", ";", "|")
NULS_IN_UTF16 = 0.2
SAMPLED_LINES = 200
BLANK = re.compile(r"[\s,;|\t]*")


def mark_of(sample: bytes) -> tuple[str, int]:
    """Give the encoding that a byte order mark names and the mark's length; ('', 0) when there is none."""
    for mark, encoding in MARKS.items():
        if sample.startswith(mark):
            return encoding, len(mark)
    return "", 0


def encoding_of(samples: Sequence[bytes]) -> str:
    """Find the encoding: by the mark, by NULs at every other place, else the one of which fewer lines are broken.

    A file that is plain ASCII, and one where both break as many lines, is UTF-8. `samples` are stretches of the file, the
    first from its beginning; the lines that they cut are left out.
    """
    marked, _ = mark_of(samples[0]) if samples else ("", 0)
    if marked:
        return marked
    sample = b"".join(one[: len(one) // 2 * 2] for one in samples)
    if sample:
        even, odd = sample[0::2].count(0) / len(sample) * 2, sample[1::2].count(0) / len(sample) * 2
        if max(even, odd) > NULS_IN_UTF16 and max(even, odd) > 4 * min(even, odd):
            return UTF16_BE if even > odd else UTF16_LE
    lines = [line for at, one in enumerate(samples) for line in _whole_lines(one, first=at == 0)]
    broken = {encoding: sum(not _decodes(line, encoding) for line in lines) for encoding in (UTF8, GB18030)}
    return GB18030 if broken[GB18030] < broken[UTF8] else UTF8


def _whole_lines(sample: bytes, *, first: bool) -> list[bytes]:
    lines = sample.split(b"\n")
    lines = lines if first else lines[1:]
    return lines if len(lines) < 2 else lines[:-1]


def _decodes(line: bytes, encoding: str) -> bool:
    try:
        line.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def delimiter_of(lines: Sequence[str]) -> str:
    """Find the delimiter: the one by which most lines have the same number of cells, and more than one."""
    best, found = 0.0, ","
    lines = [line for line in lines if line.strip()][:SAMPLED_LINES]
    for delimiter in DELIMITERS:
        widths = Counter(len(cells_of(line, delimiter)) for line in lines)
        width, lines_so = max(widths.items(), key=lambda item: (item[1] if item[0] > 1 else 0, item[0]), default=(1, 0))
        score = lines_so / len(lines) * min(width, 20) if lines and width > 1 else 0.0
        if score > best:
            best, found = score, delimiter
    return found


def cells_of(line: str, delimiter: str) -> list[str]:
    """Divide one line into cells; a line whose quotes are broken by its delimiters alone."""
    if '"' not in line:
        return line.split(delimiter)
    try:
        return next(csv.reader([line], delimiter=delimiter, strict=True), [""])
    except csv.Error:
        return line.split(delimiter)
