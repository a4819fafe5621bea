"""A journey's graph: nodes with what each wants, edges with the way they stand for. Read from JSON and written back; pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

KINDS = ("trigger", "wait", "wait_until", "branch", "split", "send", "give", "task", "webhook", "goal", "exit")
NODES_MAX = 200
STANDING = frozenset({"wait", "wait_until"})
"""Kinds at which members stand still; everything else is passed at once."""
DOING = frozenset({"send", "give", "task", "webhook"})
"""Kinds that do something for the member: the control group passes them with nothing done."""
NEXT, YES, NO = "next", "yes", "no"
SPLIT_WAYS = "abcdefgh"


@dataclass(frozen=True, slots=True)
class Node:
    """One node: its id within the graph, its kind, what it wants (`settings`), and where it is drawn."""

    id: str
    kind: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    x: int = 0
    y: int = 0

    @property
    def ways(self) -> tuple[str, ...]:
        """Give the ways out that must lead somewhere."""
        if self.kind in {"wait_until", "branch"}:
            return (YES, NO)
        if self.kind == "split":
            shares = self.settings.get("shares")
            return tuple(SPLIT_WAYS[: len(shares)]) if isinstance(shares, list) else ()
        return () if self.kind in {"exit", "goal"} else (NEXT,)

    @property
    def ways_more(self) -> tuple[str, ...]:
        """Give the ways out that may be left open: after a goal, and where nothing could be sent or given."""
        if self.kind == "goal":
            return (NEXT,)
        return (NO,) if self.kind in {"send", "give"} else ()


@dataclass(frozen=True, slots=True)
class Edge:
    """From one node to another, by a way."""

    source: str
    target: str
    way: str = NEXT


@dataclass(frozen=True)
class Graph:
    """Nodes by id, in their order, and the edges between them."""

    nodes: Mapping[str, Node]
    edges: tuple[Edge, ...]

    @cached_property
    def ways(self) -> Mapping[tuple[str, str], str]:
        """Give where each way of each node leads."""
        return {(one.source, one.way): one.target for one in self.edges}

    @cached_property
    def trigger(self) -> Node | None:
        """Give the node with which the journey begins."""
        return self.first("trigger")

    @cached_property
    def goal(self) -> Node | None:
        """Give the node that says what the journey is for."""
        return self.first("goal")

    def first(self, kind: str) -> Node | None:
        """Give the first node of a kind."""
        return next((node for node in self.nodes.values() if node.kind == kind), None)

    def after(self, node_id: str, way: str) -> str | None:
        """Give the node that a way leads to; a way that may be left open falls back on "next". None: it ends here."""
        return self.ways.get((node_id, way)) or self.ways.get((node_id, NEXT))


def graph_read(written: Mapping[str, Any]) -> Graph:
    """Read a graph from its JSON. What is no node or edge at all is left out; `checks.faults_of` says what is wrong with it."""
    nodes: dict[str, Node] = {}
    for one in _listed(written, "nodes"):
        node_id = str(one.get("id", ""))[:16]
        wanted = {key: value for key, value in one.items() if key not in {"id", "kind", "x", "y"}}
        nodes[node_id] = Node(node_id, str(one.get("kind", "")), wanted, _place(one.get("x")), _place(one.get("y")))
    edges = [
        Edge(str(one.get("from", "")), str(one.get("to", "")), str(one.get("way") or NEXT))
        for one in _listed(written, "edges")
    ]
    return Graph(nodes, tuple(edges))


def graph_written(graph: Graph) -> dict[str, Any]:
    """Write a graph as JSON keeps it."""
    return {
        "nodes": [
            {"id": node.id, "kind": node.kind, "x": node.x, "y": node.y, **node.settings}
            for node in graph.nodes.values()
        ],
        "edges": [{"from": edge.source, "to": edge.target, "way": edge.way} for edge in graph.edges],
    }


def _listed(written: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    found = written.get(name) if isinstance(written, Mapping) else None
    return [one for one in found if isinstance(one, Mapping)] if isinstance(found, list) else []


def _place(value: Any) -> int:
    return int(value) if isinstance(value, int | float) and abs(value) < 1_000_000 else 0
