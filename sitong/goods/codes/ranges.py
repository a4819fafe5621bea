"""Ranges of serials: pure arithmetic over (first, last) pairs, both inclusive."""

from __future__ import annotations

from collections.abc import Iterable

Range = tuple[int, int]


def overlapping(wanted: Range, others: Iterable[Range]) -> Range | None:
    """Give the first of the other ranges that has a serial in common with the wanted one."""
    return next((one for one in sorted(others) if one[0] <= wanted[1] and wanted[0] <= one[1]), None)


def uncovered(wanted: Range, others: Iterable[Range]) -> list[Range]:
    """Give the parts of a range that none of the others covers, in order."""
    left, (start, end) = [], wanted
    for first, last in sorted(others):
        if last < start:
            continue
        if first > end:
            break
        if first > start:
            left.append((start, first - 1))
        start = max(start, last + 1)
    if start <= end:
        left.append((start, end))
    return left


def gathered(serials: Iterable[int]) -> list[Range]:
    """Give serials as as few ranges as hold them, in order."""
    found: list[Range] = []
    for serial in sorted(set(serials)):
        if found and found[-1][1] == serial - 1:
            found[-1] = (found[-1][0], serial)
        else:
            found.append((serial, serial))
    return found


def size_of(ranges: Iterable[Range]) -> int:
    """Give how many serials the ranges hold."""
    return sum(last - first + 1 for first, last in ranges)


REACHES = tuple(8**power for power in range(13))
"""A range is found among millions by its width: of each class, those that hold a serial begin less than so far before it."""


def reach_of(wanted: Range) -> int:
    """Give the least power of eight that spans a range."""
    width = wanted[1] - wanted[0] + 1
    return next(power for power, span in enumerate(REACHES) if width <= span)


def common(one: Range, other: Range) -> Range | None:
    """Give what two ranges have in common."""
    first, last = max(one[0], other[0]), min(one[1], other[1])
    return (first, last) if first <= last else None
