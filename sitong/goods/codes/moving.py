"""Where goods with codes are, and where they may go: pure, over what was read under the brand's lock."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

from sitong.goods.codes.ranges import Range, common, overlapping
from sitong.shared.errors import Refused

SHIP, RECEIVE, SELL, RETURN = "ship", "receive", "sell", "return"
HERE, WAY, SOLD = "here", "way", "sold"


class CodeElsewhere(Refused):
    """The goods are not where they would have to be for this: fact serial."""

    code = "goods.code_elsewhere"


class CodeNotSent(Refused):
    """The goods were not shipped to this place: fact serial."""

    code = "goods.code_not_sent"


class CodeReceived(Refused):
    """The goods were received here already: facts serial, at."""

    code = "goods.code_received"


class CodeSold(Refused):
    """The goods were sold: facts serial, at."""

    code = "goods.code_sold"


class CodeNotSold(Refused):
    """Only what was sold can come back: fact serial."""

    code = "goods.code_not_sold"


class CodePacked(Refused):
    """The codes are packed in something: move that, scan them one by one, or take them out first."""

    code = "goods.code_packed"


class CodeIsVoid(Refused):
    """The code holds no more: fact serial."""

    code = "goods.code_is_void"


class MoveNowhere(Refused):
    """A shipment needs a goal, and another than its start."""

    code = "goods.move_nowhere"


@dataclass(frozen=True, slots=True)
class Place:
    """A brand, a dealer or a store."""

    kind: str
    id: UUID


@dataclass(frozen=True, slots=True)
class Standing:
    """Where something is: here at a place, on the way to it, or sold there. `since` None: it has never moved."""

    state: str
    place: Place
    start: Place | None = None
    document_id: UUID | None = None
    since: datetime | None = None


@dataclass(frozen=True, slots=True, order=True)
class CodeRange:
    """The codes `first` to `last` of a batch."""

    batch_id: UUID
    first: int
    last: int

    @property
    def range(self) -> Range:
        """Its serials."""
        return self.first, self.last


@dataclass(frozen=True, slots=True)
class Packed:
    """Codes that are packed now: `per_parent` of them in each parent, from `parent_first` on."""

    id: UUID
    brand_id: UUID
    batch_id: UUID
    first: int
    last: int
    parent_batch_id: UUID
    parent_first: int
    per_parent: int
    start: int
    request_id: UUID
    by: UUID | None
    packed_at: datetime

    @property
    def parent_last(self) -> int:
        """The last of the parents."""
        return self.parent_of(self.last)

    def parent_of(self, serial: int) -> int:
        """Give the parent's serial of one code."""
        return self.parent_first + (self.start + serial - self.first) // self.per_parent

    def children_of(self, parents: Range) -> Range | None:
        """Give the codes that lie in some of the parents."""
        held = common(parents, (self.parent_first, self.parent_last))
        if held is None:
            return None
        zero = self.first - self.start
        first, last = (
            zero + (held[0] - self.parent_first) * self.per_parent,
            zero + (held[1] - self.parent_first + 1) * self.per_parent - 1,
        )
        return common((first, last), (self.first, self.last))

    def without(self, taken: Range) -> list[Packed]:
        """Give what stays packed when some codes are taken out."""
        if common(taken, (self.first, self.last)) is None:
            return [self]
        parts = []
        if self.first < taken[0]:
            parts.append(replace(self, last=taken[0] - 1))
        if taken[1] < self.last:
            ahead = self.start + taken[1] + 1 - self.first
            parts.append(
                replace(
                    self,
                    first=taken[1] + 1,
                    parent_first=self.parent_first + ahead // self.per_parent,
                    start=ahead % self.per_parent,
                )
            )
        return parts


@dataclass(slots=True)
class Spans:
    """Where the codes of one batch are: ranges that never overlap; what none of them holds is at `home`."""

    home: Standing
    rows: list[tuple[Range, Standing]] = field(default_factory=list)
    changed: bool = False

    def at(self, wanted: Range) -> Iterator[tuple[Range, Standing]]:
        """Give the parts of a range with where each is, in order."""
        start = wanted[0]
        for held, standing in sorted(self.rows, key=lambda row: row[0]):
            part = common(held, wanted)
            if part is None:
                continue
            if start < part[0]:
                yield (start, part[0] - 1), self.home
            yield part, standing
            start = part[1] + 1
        if start <= wanted[1]:
            yield (start, wanted[1]), self.home

    def put(self, wanted: Range, standing: Standing) -> None:
        """Let a range be elsewhere from now on."""
        rows: list[tuple[Range, Standing]] = []
        for held, there in self.rows:
            if common(held, wanted) is None:
                rows.append((held, there))
                continue
            if held[0] < wanted[0]:
                rows.append(((held[0], wanted[0] - 1), there))
            if wanted[1] < held[1]:
                rows.append(((wanted[1] + 1, held[1]), there))
        rows.append((wanted, standing))
        self.rows, self.changed = rows, True


@dataclass(slots=True)
class Ground:
    """What a batch of moves is decided on, and what it has become since: places, packings, void ranges."""

    spans: dict[UUID, Spans]
    packed: dict[UUID, list[Packed]]
    voids: dict[UUID, list[Range]]
    taken_out: list[Packed] = field(default_factory=list)
    left_over: list[Packed] = field(default_factory=list)

    def holders_of(self, unit: CodeRange) -> list[Packed]:
        """Give the packings in which codes of a range lie now."""
        return [row for row in self.packed.get(unit.batch_id, ()) if common((row.first, row.last), unit.range)]

    def above(self, unit: CodeRange) -> Iterator[CodeRange]:
        """Give what one code is packed in, from the inside out."""
        while held := self.holders_of(unit):
            serial = held[0].parent_of(unit.first)
            unit = CodeRange(held[0].parent_batch_id, serial, serial)
            yield unit

    def standings(self, unit: CodeRange) -> list[tuple[Range, Standing]]:
        """Give where the codes of a range are: with what they are packed in (one code), or by themselves."""
        if unit.first == unit.last and (above := list(self.above(unit))):
            ((_, standing),) = self.spans[above[-1].batch_id].at(above[-1].range)
            return [(unit.range, standing)]
        return list(self.spans[unit.batch_id].at(unit.range))

    def take_out(self, unit: CodeRange, standing: Standing) -> None:
        """Take codes out of what they are packed in; they are by themselves where that was."""
        for row in self.holders_of(unit):
            held = common((row.first, row.last), unit.range)
            assert held is not None
            rows = self.packed[unit.batch_id]
            rows.remove(row)
            parts = row.without(held)
            rows.extend(parts)
            if row in self.left_over:
                self.left_over.remove(row)
            else:
                self.taken_out.append(row)
            self.left_over.extend(parts)
            self.spans[unit.batch_id].put(held, standing)


def may_go(kind: str, at: Place, unit: CodeRange, ground: Ground) -> Refused | None:
    """Say why goods may not be shipped, received, sold or taken back at a place; None when they may.

    Who ships or sells what is still on the way to it has received it thereby.
    """
    if (void := overlapping(unit.range, ground.voids.get(unit.batch_id, ()))) is not None:
        return CodeIsVoid(serial=max(void[0], unit.first))
    if unit.first != unit.last and ground.holders_of(unit):
        return CodePacked(serial=unit.first)
    for (first, _), standing in ground.standings(unit):
        fault = _fault(kind, at, first, standing)
        if fault is not None:
            return fault
    return None


def gone(kind: str, at: Place, other: Place | None, *, now: datetime, document_id: UUID | None) -> Standing:
    """Give where goods are after a move."""
    if kind == SHIP:
        assert other is not None
        return Standing(WAY, other, at, document_id, now)
    return Standing(SOLD if kind == SELL else HERE, at, None, None, now)


def outermost(units: Sequence[CodeRange], ground: Ground) -> list[CodeRange]:
    """Leave out what lies in something else of the same scan: it goes along."""
    whole: dict[UUID, list[Range]] = {}
    for unit in units:
        whole.setdefault(unit.batch_id, []).append(unit.range)

    def goes_along(unit: CodeRange) -> bool:
        return unit.first == unit.last and any(
            overlapping(one.range, whole.get(one.batch_id, ())) for one in ground.above(unit)
        )

    return [unit for unit in units if not goes_along(unit)]


def merged(units: Iterable[CodeRange]) -> list[CodeRange]:
    """Give ranges of codes as as few ranges as hold them, in order."""
    found: list[CodeRange] = []
    for unit in sorted(set(units)):
        last = found[-1] if found else None
        if last is not None and last.batch_id == unit.batch_id and unit.first <= last.last + 1:
            found[-1] = replace(last, last=max(last.last, unit.last))
        else:
            found.append(unit)
    return found


def _fault(kind: str, at: Place, serial: int, standing: Standing) -> Refused | None:
    there = standing.place == at
    when = standing.since.isoformat() if standing.since else ""
    if kind == RETURN:
        return None if standing.state == SOLD else CodeNotSold(serial=serial)
    if standing.state == SOLD:
        return CodeSold(serial=serial, at=when)
    if kind == RECEIVE:
        if standing.state == WAY and there:
            return None
        return CodeReceived(serial=serial, at=when) if there else CodeNotSent(serial=serial)
    return None if there else CodeElsewhere(serial=serial)
