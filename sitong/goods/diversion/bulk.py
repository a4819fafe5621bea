"""Whose and which box millions of codes are, over whole arrays: ranges that never overlap, looked up by binary search."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

Integers = NDArray[np.int64]
NONE = -1
DEEPEST = 5


@dataclass(frozen=True, slots=True)
class Spans:
    """Ranges of serials that never overlap, in order, each with a number that says what holds for it."""

    first: Integers
    last: Integers
    value: Integers

    def of(self, serials: Integers) -> Integers:
        """Give the value of the range in which each serial lies, NONE where none does."""
        if not self.first.size:
            return np.full(serials.size, NONE, dtype=np.int64)
        at = np.searchsorted(self.first, serials, side="right") - 1
        inside = (at >= 0) & (serials <= self.last[at.clip(0)])
        return np.where(inside, self.value[at.clip(0)], NONE)


def spans_of(rows: Sequence[tuple[int, int, int]]) -> Spans:
    """Make spans of (first, last, value) rows that never overlap."""
    made = np.array(sorted(rows), dtype=np.int64).reshape(-1, 3)
    return Spans(made[:, 0], made[:, 1], made[:, 2])


@dataclass(frozen=True, slots=True)
class Packings:
    """Packings of the codes of one batch, in the order in which they were made. `parents` numbers the batch of the parent."""

    first: Integers
    last: Integers
    start: Integers
    per_parent: Integers
    parent_first: Integers
    parents: Integers

    def of(self, serials: Integers) -> tuple[Integers, Integers]:
        """Give for each serial, in rising order, its last parent's batch (NONE: never packed) and serial."""
        if not self.first.size:
            return np.full(serials.size, NONE, dtype=np.int64), np.zeros_like(serials)
        at = self._rows_of(serials)
        row = at.clip(0)
        inside = (self.start[row] + serials - self.first[row]) // self.per_parent[row]
        return np.where(at >= 0, self.parents[row], NONE), self.parent_first[row] + inside

    def _rows_of(self, serials: Integers) -> Integers:
        """Give the last row that holds each serial: by binary search where rows never overlap, else laid over each other in order."""
        order = np.argsort(self.first, kind="stable")
        if (self.first[order][1:] > self.last[order][:-1]).all():
            return Spans(self.first[order], self.last[order], order).of(serials)
        found = np.full(serials.size, NONE, dtype=np.int64)
        begin, end = np.searchsorted(serials, self.first), np.searchsorted(serials, self.last, side="right")
        for row in np.flatnonzero(begin < end).tolist():
            found[begin[row] : end[row]] = row
        return found


def packings_of(rows: Sequence[tuple[int, int, int, int, int, int]]) -> Packings:
    """Make packings of (first, last, start, per_parent, parent_first, parent batch) rows, the oldest first."""
    made = np.array(rows, dtype=np.int64).reshape(-1, 6)
    return Packings(*(made[:, at] for at in range(6)))


Load = Callable[[UUID], tuple[Packings, Spans, Sequence[UUID]]]
"""Give of a batch how its codes are packed now, where they are themselves, and the batches that number the parents."""


def standing_of(batch_id: UUID, serials: Integers, load: Load, depth: int = 0) -> Integers:
    """Give the number of the place where each code is, NONE where it has never moved. What is packed is where that is."""
    packings, places, parents = load(batch_id)
    found = places.of(serials)
    if depth >= DEEPEST or not packings.first.size:
        return found
    holders, inside = packings.of(serials)
    for number in np.unique(holders[holders >= 0]).tolist():
        mine = np.flatnonzero(holders == number)
        each, back = np.unique(inside[mine], return_inverse=True)
        found[mine] = standing_of(parents[number], each, load, depth + 1)[back]
    return found


ROW = np.dtype([("serial", ">i8"), ("cell", ">i8"), ("before", ">i4"), ("at_us", ">i8"), ("id", "V16")])
"""A scan as the database sends it: serial, cell, how many before, microseconds since 2000, id; big-endian, one after the other."""

EPOCH_US = 946_684_800_000_000
"""The year 2000, from which PostgreSQL counts, in microseconds since 1970."""


def rows_read(sent: bytes) -> Any:
    """Read scans that were sent as one string of bytes, without a copy of them."""
    return np.frombuffer(sent, dtype=ROW)


def first_of_each(serials: Integers, before: Integers) -> Integers:
    """Give the places of each serial's first scan, which is the one with the fewest before it."""
    order = np.lexsort((before, serials))
    kept = np.ones(order.size, dtype=bool)
    kept[1:] = serials[order][1:] != serials[order][:-1]
    return np.asarray(order[kept], dtype=np.int64)
