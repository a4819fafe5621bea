"""Lead members that are due along a graph, all at once, until each stands somewhere: decided in memory, written elsewhere.

A piece of members is passed from node to node in the order in which the graph leads, so each node is asked once for all who
come to it. One node that sends or gives is done in a piece: whoever comes to another one stands before it until the next
piece, a moment later. So a piece locks what one sending or giving locks, and no two pieces can meet crosswise.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta, tzinfo
from typing import Any
from uuid import UUID

from sitong.marketing.journeys.graph import NEXT, NO, SPLIT_WAYS, STANDING, YES, Graph, Node
from sitong.marketing.journeys.rules import CONTROL, place_in, waits_until, way_of_share
from sitong.shared.ids import new_ids

STEPS_MAX = 500
"""So many nodes a member passes in one journey at most: a round that never ends is ended."""
DONE, CONTROLLED, SKIPPED = "done", "control", "skipped"
SLOTTED = frozenset({"send", "give"})


@dataclass(slots=True)
class Walker:
    """A member on its way: where it stands, whether what it waits for has happened, how many nodes it has passed."""

    entry_id: UUID
    member_id: UUID
    group: str
    node: str
    heard: bool
    steps: int
    due_at: datetime
    why: str = ""


@dataclass(slots=True)
class Walked:
    """The steps of a piece as columns, in the order in which they were taken."""

    ids: list[UUID] = field(default_factory=list)
    entry_ids: list[UUID] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)
    nodes: list[str] = field(default_factory=list)
    ways: list[str] = field(default_factory=list)
    what: list[str] = field(default_factory=list)
    flows: dict[tuple[str, str, str, str], int] = field(default_factory=dict)
    """How many by node, way, what and group."""


@dataclass(frozen=True, slots=True)
class Walk:
    """What leading along needs to know: the journey, its graph, the instant, the brand's zone, and who does and judges.

    `do(node, walkers, step_ids)` sends, gives, asks, and says for each what came of it; `judge(node, walkers)` says for whom a
    branch's question holds, or who need not wait.
    """

    journey_id: UUID
    graph: Graph
    now: datetime
    zone: tzinfo
    do: Callable[[Node, Sequence[Walker], Sequence[UUID]], Sequence[str]]
    judge: Callable[[Node, Sequence[Walker]], set[UUID]]


def walk(wanted: Walk, walkers: Sequence[Walker]) -> Walked:
    """Lead these members on, each from the node where it stands. Changes the walkers; gives the steps that were taken."""
    walked, order = Walked(), ranks_of(wanted.graph)
    todo: dict[str, list[Walker]] = {}
    for one in walkers:
        todo.setdefault(one.node, []).append(one)
    slot: str | None = None
    while todo:
        node_id = min(todo, key=lambda key: order.get(key, 0))
        group = todo.pop(node_id)
        node = wanted.graph.nodes.get(node_id)
        if node is None:
            _end(group, "left")
            continue
        if node.kind in SLOTTED:
            doing = [one for one in group if one.group != CONTROL]
            if doing and slot is not None:
                for one in doing:
                    one.due_at = wanted.now
                group = [one for one in group if one.group == CONTROL]
            elif doing:
                slot = node_id
        if group:
            _pass(wanted, node, group, walked, todo)
    return walked


def ranks_of(graph: Graph) -> Mapping[str, int]:
    """Give nodes a number each so that what is passed at once comes in rising order; those at which one stands come first."""
    ranks = {node_id: 0 for node_id, node in graph.nodes.items() if node.kind in STANDING}
    onward = [
        edge for edge in graph.edges if graph.nodes.get(edge.target) and graph.nodes[edge.target].kind not in STANDING
    ]
    waiting = {node_id: 0 for node_id in graph.nodes if node_id not in ranks}
    for edge in onward:
        if edge.source in waiting:
            waiting[edge.target] += 1
    ready = [node_id for node_id, number in waiting.items() if number == 0]
    while ready:
        node_id = ready.pop()
        ranks[node_id] = len(ranks) + 1
        for edge in onward:
            if edge.source == node_id:
                waiting[edge.target] -= 1
                if waiting[edge.target] == 0:
                    ready.append(edge.target)
    return ranks


def _pass(wanted: Walk, node: Node, group: list[Walker], walked: Walked, todo: dict[str, list[Walker]]) -> None:
    """Let a group pass one node: each takes its way, one step is noted, and it goes on to where the way leads."""
    ids = new_ids(len(group))
    ways, what = _ways(wanted, node, group, ids)
    for one, way in zip(group, ways, strict=True):
        one.steps += 1
        one.heard = False
        walked.numbers.append(one.steps)
        target = wanted.graph.after(node.id, way) if node.kind != "exit" else None
        if target is None:
            _end([one], "goal" if node.kind == "goal" else "exit")
        elif one.steps >= STEPS_MAX:
            _end([one], "long")
        else:
            one.node = target
    walked.ids += ids
    walked.entry_ids += [one.entry_id for one in group]
    walked.nodes += [node.id] * len(group)
    walked.ways += ways
    walked.what += what
    for one, way, said in zip(group, ways, what, strict=True):
        key = (node.id, way, said, one.group)
        walked.flows[key] = walked.flows.get(key, 0) + 1
    _go_on(wanted, [one for one in group if not one.why], todo)


def _go_on(wanted: Walk, group: Sequence[Walker], todo: dict[str, list[Walker]]) -> None:
    arriving: dict[str, list[Walker]] = {}
    for one in group:
        arriving.setdefault(one.node, []).append(one)
    for node_id, there in arriving.items():
        node = wanted.graph.nodes[node_id]
        if node.kind not in STANDING:
            todo.setdefault(node_id, []).extend(there)
            continue
        until = stands_until(node, wanted.now, wanted.zone)
        early = wanted.judge(node, there) if node.kind == "wait_until" and "segment" in node.settings else set()
        for one in there:
            one.heard = one.member_id in early
            one.due_at = wanted.now if one.heard else until


def stands_until(node: Node, now: datetime, zone: tzinfo) -> datetime:
    """Give until when somebody who comes to a node now stands there; at most nodes, no longer than now."""
    if node.kind not in STANDING:
        return now
    until = waits_until({**node.settings, "hour": None} if node.kind == "wait_until" else node.settings, now, zone)
    return max(until, now + timedelta(microseconds=1))


def _ways(wanted: Walk, node: Node, group: list[Walker], ids: Sequence[UUID]) -> tuple[list[str], list[str]]:
    """Give for each of a group the way that it takes at a node, and what was done there."""
    nothing = [""] * len(group)
    if node.kind == "wait_until":
        return [YES if one.heard else NO for one in group], nothing
    if node.kind == "branch":
        fitting = wanted.judge(node, group)
        return [YES if one.member_id in fitting else NO for one in group], nothing
    if node.kind == "split":
        shares: Any = node.settings["shares"]
        places = [place_in(wanted.journey_id, node.id, one.member_id) for one in group]
        return [SPLIT_WAYS[way_of_share(shares, place)] for place in places], nothing
    if node.kind in {"send", "give", "task", "webhook"}:
        return _doing(wanted, node, group, ids)
    return [NEXT if node.kind != "exit" else ""] * len(group), nothing


def _doing(wanted: Walk, node: Node, group: list[Walker], ids: Sequence[UUID]) -> tuple[list[str], list[str]]:
    treated = [at for at, one in enumerate(group) if one.group != CONTROL]
    what = [CONTROLLED] * len(group)
    if treated:
        came = wanted.do(node, [group[at] for at in treated], [ids[at] for at in treated])
        for at, said in zip(treated, came, strict=True):
            what[at] = said
    open_way = (node.id, NO) in wanted.graph.ways
    ways = [NO if open_way and said not in {DONE, CONTROLLED} else NEXT for said in what]
    return ways, what


def _end(group: Sequence[Walker], why: str) -> None:
    for one in group:
        one.why = why
