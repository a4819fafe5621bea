"""Codes as lines of text: every line has the same length, so that a file can be continued at any byte."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from sitong.goods.codes.making import PIECE, codes_of
from sitong.goods.codes.rules import LENGTH

FOUR = 4
_DIGITS = np.frombuffer("".join(f"{number:04}" for number in range(10_000)).encode(), dtype="<u4")
_TEN_THOUSAND = np.uint64(10_000)


@dataclass(frozen=True, slots=True)
class CodesWanted:
    """Serials `first` to `last` of a batch whose codes begin at `first_number` of the brand's numbers."""

    brand_id: UUID
    generation: int
    first_number: int
    first: int
    last: int
    sides: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Lines:
    """How a line looks: `before` each code of a side stands its text (',' or the start of a link); `serial_digits` 0: no serial.

    A code may stand in a line twice, bare and in its link: `columns` are (side, text before it).
    """

    columns: tuple[tuple[str, bytes], ...]
    serial_digits: int = 0
    heading: bytes = b""

    @property
    def length(self) -> int:
        """Bytes of a line, its end included."""
        return self.serial_digits + sum(len(before) + LENGTH for _, before in self.columns) + 1

    def size(self, count: int) -> int:
        """Bytes of a file of so many lines."""
        return len(self.heading) + count * self.length


def digits_for(quantity: int) -> int:
    """Give with how many digits serials are written: enough for the last one, and a multiple of four, as they are made by fours."""
    return -(-len(str(quantity)) // FOUR) * FOUR


def lines_of(wanted: CodesWanted, lines: Lines, *, start: int = 0) -> Iterator[bytes]:
    """Give the file from byte `start` on, in pieces of some hundred kilobytes. Memory does not grow with the file."""
    if start < len(lines.heading):
        yield lines.heading[start:]
        skipped, cut = 0, 0
    else:
        skipped, cut = divmod(start - len(lines.heading), lines.length)
    first = wanted.first + skipped
    if first > wanted.last:
        return
    number, count = wanted.first_number + first - 1, wanted.last - first + 1
    sources = [
        codes_of(wanted.brand_id, wanted.generation, side=side, first=number, count=count) for side in wanted.sides
    ]
    page = _page(lines)
    for letters in zip(*sources, strict=True):
        size = len(letters[0])
        yield _filled(page[:size], lines, first, dict(zip(wanted.sides, letters, strict=True)))[cut:]
        first, cut = first + size, 0


def _page(lines: Lines) -> NDArray[np.uint8]:
    """Give lines in which everything stands that is the same in each."""
    line = bytearray(lines.serial_digits)
    for _, before in lines.columns:
        line += before + bytes(LENGTH)
    line += b"\n"
    return np.tile(np.frombuffer(bytes(line), dtype=np.uint8), (PIECE, 1))


def _filled(page: NDArray[np.uint8], lines: Lines, first: int, letters: dict[str, NDArray[np.uint8]]) -> bytes:
    if lines.serial_digits:
        _write_serials(page, lines, first)
    at = lines.serial_digits
    for side, before in lines.columns:
        at += len(before)
        page[:, at : at + LENGTH] = letters[side]
        at += LENGTH
    return page.tobytes()


def _write_serials(page: NDArray[np.uint8], lines: Lines, first: int) -> None:
    left = np.arange(first, first + len(page), dtype=np.uint64)
    for place in range(lines.serial_digits - FOUR, -1, -FOUR):
        left, four = np.divmod(left, _TEN_THOUSAND)
        column: NDArray[Any] = np.ndarray((len(page),), "<u4", page.data, place, (lines.length,))
        column[:] = _DIGITS[four]


def csv_lines(sides: Sequence[str], *, quantity: int, link: bytes) -> Lines:
    """Give lines with the serial, the code of each side, and its link."""
    columns = [(side, b",") for side in sides] + [(side, b"," + link) for side in sides]
    names = ["serial", *(f"{side} code" for side in sides), *(f"{side} link" for side in sides)]
    return Lines(tuple(columns), digits_for(quantity), ",".join(names).encode() + b"\n")


def text_lines(side: str, *, link: bytes) -> Lines:
    """Give lines with one code each, behind the start of its link (b'': bare)."""
    return Lines(((side, link),))
