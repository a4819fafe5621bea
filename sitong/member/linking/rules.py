"""Bands, which records are whose, and who is one when some are not: pure.

Nodes are whole numbers: members below zero, records of the file from 1 on, in the order of its lines.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

JOIN_FROM_BP = 9_900
ASK_FROM_BP = 5_000
"""The bands a brand begins with: joined by itself from 99 % on, asked from 50 % on."""
BP_MIN, BP_MAX = 100, 9_999
ASKED_MAX = 3
CLOSE_WEIGHT = 3.0
"""A record that fits two who are not one, the second nearly as well as the first (eight times at most), is for a person."""
CERTAIN_WEIGHT = 999.0
WEIGHT_LOW, WEIGHT_HIGH = -6, 30
"""The ends of the histogram: what lies beyond counts there."""


@dataclass(frozen=True, slots=True)
class Bands:
    """From which probability on a pair is joined by itself, and from which a person is asked (hundredths of a percent)."""

    join_from_bp: int = JOIN_FROM_BP
    ask_from_bp: int = ASK_FROM_BP

    def sound(self) -> bool:
        """Tell whether the bands lie in order, inside of 1 % to 99.99 %."""
        return BP_MIN <= self.ask_from_bp <= self.join_from_bp <= BP_MAX


@dataclass(frozen=True, slots=True)
class Edge:
    """Two nodes that may be one. `certain`: by a key. `unsure`: never joined by itself, however likely."""

    left: int
    right: int
    weight: float
    probability: float
    certain: bool = False
    unsure: bool = False

    def joins(self, bands: Bands) -> bool:
        """Tell whether the pair is joined by itself."""
        return self.certain or (not self.unsure and self.probability * 10_000 >= bands.join_from_bp)

    def asks(self, bands: Bands) -> bool:
        """Tell whether a person is asked, should it not be joined by itself."""
        return self.probability * 10_000 >= bands.ask_from_bp

    def other(self, node: int) -> int:
        """Give the other end."""
        return self.right if node == self.left else self.left


@dataclass(frozen=True, slots=True)
class Verdict:
    """What happens with one record. `target` is its member (below zero) or the record that it follows.

    `how`: certain, joined, created (a new member, or with `target` the same new member as that record's), queued.
    `asked`: with whom a person compares it, the likeliest first; a record there stands for the member made of it.
    """

    record: int
    how: str
    target: int = 0
    asked: tuple[Edge, ...] = ()


@dataclass(frozen=True, slots=True)
class Decided:
    """A verdict for each record, in their order; and members that turned out to be one: (one, other, the record that shows it)."""

    verdicts: tuple[Verdict, ...]
    joins: tuple[tuple[int, int, int], ...]


def weight_bucket(weight: float) -> int:
    """Give the whole number under which a weight is counted."""
    return max(WEIGHT_LOW, min(WEIGHT_HIGH, int(weight // 1)))


@dataclass(frozen=True, slots=True)
class Preview:
    """How many of a run's records a choice of bands would join, ask, and make new members of."""

    joined: int
    asked: int
    alone: int


def preview_of(histogram: Mapping[str, Mapping[str, int]], bands: Bands) -> Preview:
    """Count the records of a histogram by bands. A bar counts for the weight in its middle."""
    joined, asked, alone = histogram.get("other", {}).get("certain", 0), 0, histogram.get("other", {}).get("alone", 0)
    for kind in ("sure", "unsure"):
        for bucket, count in histogram.get(kind, {}).items():
            likely = probability_of(int(bucket) + 0.5) * 10_000
            if kind == "sure" and likely >= bands.join_from_bp:
                joined += count
            elif likely >= bands.ask_from_bp:
                asked += count
            else:
                alone += count
    return Preview(joined, asked, alone)


def probability_of(weight: float) -> float:
    """Give the probability that stands behind a weight in bits: 2^w to one."""
    odds = 2.0**weight
    return float(odds / (1 + odds))


def decide(records: Sequence[int], edges: Sequence[Edge], *, apart: Iterable[tuple[int, int]], bands: Bands) -> Decided:
    """Decide whose each record is.

    Two who are apart (a person said so, or name and birthday do) never come together, whatever chain of pairs leads from
    one to the other. What a record's strongest pairs do not settle is asked; what nobody resembles is a new member.
    """
    split = frozenset(apart)
    both = split | {(right, left) for left, right in split}
    strong = sorted((one for one in edges if one.joins(bands) and (one.left, one.right) not in both), key=_strongest)
    group = grouped_apart([(one.left, one.right) for one in strong], tuple(split))
    torn = _torn(strong, group)
    together: dict[int, list[int]] = {}
    for node in sorted({*group, *records}):
        together.setdefault(node if node in torn else group.get(node, node), []).append(node)
    of_group = _without_torn(together, torn)
    home = {node: place for place, nodes in of_group.items() for node in nodes}
    certain = {node for one in strong if one.certain for node in (one.left, one.right)}
    weak = _weak(edges, home, both, bands)
    verdicts: dict[int, Verdict] = {}
    joins: list[tuple[int, int, int]] = []
    open_groups: list[int] = []
    for place, nodes in of_group.items():
        members = [node for node in nodes if node < 0]
        if not members:
            open_groups.append(place)
            continue
        first = min((node for node in nodes if node > 0), default=0)
        joins += [(members[-1], other, first) for other in members[:-1] if first]
        for node in nodes:
            if node > 0:
                verdicts[node] = Verdict(node, "certain" if node in certain else "joined", members[-1])
    _settle_rest(open_groups, of_group, home, weak, verdicts)
    return Decided(tuple(verdicts[record] for record in records), tuple(joins))


def _strongest(one: Edge) -> tuple[bool, float, int, int]:
    return (not one.certain, -one.weight, one.left, one.right)


def _without_torn(together: Mapping[int, Sequence[int]], torn: set[int]) -> dict[int, list[int]]:
    """Give the groups under their smallest node; who is torn between two stands alone."""
    of_group = {node: [node] for node in torn}
    for nodes in together.values():
        if stay := [node for node in nodes if node not in torn]:
            of_group[min(stay)] = stay
    return of_group


def _torn(strong: Sequence[Edge], group: Mapping[int, int]) -> set[int]:
    """Give the records that fit two groups nearly alike."""
    best: dict[int, float] = {}
    for one in strong:
        if group[one.left] == group[one.right]:
            for node in (one.left, one.right):
                best[node] = max(best.get(node, one.weight), CERTAIN_WEIGHT if one.certain else one.weight)
    return {
        node for one in strong if group[one.left] != group[one.right] for node in (one.left, one.right)
        if node > 0 and one.weight >= best.get(node, one.weight) - CLOSE_WEIGHT
    }  # fmt: skip


def _weak(
    edges: Sequence[Edge], home: Mapping[int, int], apart: frozenset[tuple[int, int]], bands: Bands
) -> dict[int, list[Edge]]:
    """Give for each group the pairs that lead out of it and are likely enough to be asked."""
    found: dict[int, list[Edge]] = {}
    for one in sorted(edges, key=_strongest):
        left, right = home.get(one.left, one.left), home.get(one.right, one.right)
        if left != right and one.asks(bands) and (one.left, one.right) not in apart:
            found.setdefault(left, []).append(one)
            found.setdefault(right, []).append(one)
    return found


def _settle_rest(
    places: Sequence[int],
    of_group: Mapping[int, Sequence[int]],
    home: Mapping[int, int],
    weak: Mapping[int, Sequence[Edge]],
    verdicts: dict[int, Verdict],
) -> None:
    """Decide the groups without a member: asked about members, then about new members before them, else new themselves."""
    new: set[int] = set()
    waiting: list[int] = []
    for place in sorted(places, key=lambda one: min(of_group[one])):
        nodes = of_group[place]
        ends = {_end(one, place, home) for one in weak.get(place, ())}
        if any(end < 0 or end in new for end in ends):
            waiting.append(place)
            continue
        new.add(place)
        lead = min(nodes)
        for node in nodes:
            verdicts[node] = Verdict(node, "created", 0 if node == lead else lead)
    for place in waiting:
        nodes, lead = of_group[place], min(of_group[place])
        asked: dict[int, Edge] = {}
        for one in weak[place]:
            end = _end(one, place, home)
            if end < 0:
                target = max((node for node in of_group.get(end, [end]) if node < 0), default=end)
            elif end in new:
                target = min(of_group[end])
            else:
                continue
            asked.setdefault(target, Edge(lead, target, one.weight, one.probability, unsure=one.unsure))
        verdicts[lead] = Verdict(lead, "queued", 0, tuple(asked.values())[:ASKED_MAX])
        for node in nodes:
            if node != lead:
                verdicts[node] = Verdict(node, "queued", lead)


def _end(one: Edge, place: int, home: Mapping[int, int]) -> int:
    left, right = home.get(one.left, one.left), home.get(one.right, one.right)
    return right if left == place else left


def grouped_apart(edges: Sequence[tuple[int, int]], apart: Sequence[tuple[int, int]]) -> dict[int, int]:
    """Group what edges connect, the strongest first, leaving out each edge that would put two of `apart` into one group.

    Gives for each node of an edge the smallest node of its group.
    """
    group: dict[int, int] = {}
    members: dict[int, set[int]] = {}
    enemies: dict[int, set[int]] = {}
    for left, right in edges:
        for node in (left, right):
            if node not in group:
                group[node], members[node], enemies[node] = node, {node}, set()
    for left, right in apart:
        for one, other in ((left, right), (right, left)):
            if one in enemies:
                enemies[one].add(other)
    for left, right in edges:
        one, other = group[left], group[right]
        if one == other or enemies[one] & members[other]:
            continue
        stays, goes = (one, other) if len(members[one]) >= len(members[other]) else (other, one)
        for node in members[goes]:
            group[node] = stays
        members[stays] |= members.pop(goes)
        enemies[stays] |= enemies.pop(goes)
    smallest = {stays: min(nodes) for stays, nodes in members.items()}
    return {node: smallest[stays] for node, stays in group.items()}
