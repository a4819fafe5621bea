"""What is wrong with a journey's graph, node by node; an empty list means that it can be started. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sitong.marketing.giving.rules import KINDS as REWARD_KINDS
from sitong.marketing.giving.rules import reward_read, reward_sound
from sitong.marketing.journeys.graph import KINDS, NODES_MAX, STANDING, Graph
from sitong.marketing.journeys.rules import UNITS, WAIT_MAX, minutes_of

TRIGGERS = ("event", "segment", "date", "schedule", "hand")
OPERATORS = ("=", "!=", ">", ">=", "<", "<=", "in")
SHARES = 10_000
TEXT_MAX = 200


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong: at which node (empty: the whole graph), a code, and what the sentence needs."""

    node: str
    code: str
    facts: Mapping[str, Any] = field(default_factory=dict)


def faults_of(graph: Graph) -> list[Fault]:
    """Say what is wrong with a graph, in the order of its nodes.

    One trigger; at most one goal; every way leads to a node that is there; all can be reached; nobody goes round for ever
    without a wait; and each node knows what it is to do.
    """
    found = [*_whole(graph)]
    for node in graph.nodes.values():
        if node.kind not in KINDS:
            found.append(Fault(node.id, "kind_unknown", {"kind": node.kind}))
            continue
        found += [Fault(node.id, code) for code in SETTINGS[node.kind](node.settings)]
        found += [Fault(node.id, "way_open", {"way": way}) for way in node.ways if (node.id, way) not in graph.ways]
    return found + [Fault(node_id, "not_reached") for node_id in _unreached(graph)] + _loops(graph)


def _whole(graph: Graph) -> Iterator[Fault]:
    kinds = [node.kind for node in graph.nodes.values()]
    if kinds.count("trigger") != 1:
        yield Fault("", "one_trigger")
    if kinds.count("goal") > 1:
        yield Fault("", "one_goal")
    if len(kinds) > NODES_MAX:
        yield Fault("", "too_many", {"most": NODES_MAX})
    seen: set[tuple[str, str]] = set()
    for edge in graph.edges:
        source, target = graph.nodes.get(edge.source), graph.nodes.get(edge.target)
        if (
            source is None
            or target is None
            or target.kind == "trigger"
            or edge.way not in source.ways + source.ways_more
        ):
            yield Fault(edge.source if source else "", "edge_wrong", {"way": edge.way})
        if (edge.source, edge.way) in seen:
            yield Fault(edge.source, "way_twice", {"way": edge.way})
        seen.add((edge.source, edge.way))


def _unreached(graph: Graph) -> list[str]:
    """Give what neither the trigger nor the goal leads to; the goal itself needs nothing that leads to it."""
    level = [node.id for node in (graph.trigger, graph.goal) if node is not None]
    reached = set(level)
    while level:
        level = [
            edge.target for edge in graph.edges if edge.source in level and edge.target not in reached and edge.target in graph.nodes
        ]  # fmt: skip
        reached.update(level)
    return [node_id for node_id in graph.nodes if node_id not in reached] if graph.trigger else []


def _loops(graph: Graph) -> list[Fault]:
    """Give the nodes from which one comes back to oneself without standing still on the way."""
    onward: dict[str, list[str]] = {}
    for edge in graph.edges:
        target = graph.nodes.get(edge.target)
        if target is not None and target.kind not in STANDING:
            onward.setdefault(edge.source, []).append(edge.target)
    found = []
    for node_id, node in graph.nodes.items():
        level, seen = list(onward.get(node_id, ())), set[str]()
        while level and node.kind not in STANDING:
            seen.update(level)
            level = [two for one in level for two in onward.get(one, ()) if two not in seen]
        if node_id in seen:
            found.append(Fault(node_id, "endless"))
    return found


def _trigger(wanted: Mapping[str, Any]) -> Iterator[str]:
    on = wanted.get("on")
    if on not in TRIGGERS:
        yield "trigger_missing"
    elif on == "event":
        yield from _event(wanted)
    elif on == "segment":
        yield from _segment(wanted)
    elif on == "date":
        if wanted.get("date") not in ("birthday", "anniversary") or not _whole_number(
            wanted.get("days_before", 0), 0, 60
        ):
            yield "date_missing"
        if not _whole_number(wanted.get("hour", 9), 0, 23):
            yield "hour_wrong"
    elif on == "schedule":
        if not _id(wanted.get("segment")):
            yield "segment_missing"
        if not isinstance(wanted.get("at"), str) or len(str(wanted["at"])) < len("2026-01-01T00:00"):
            yield "time_missing"


def _event(wanted: Mapping[str, Any]) -> Iterator[str]:
    if not isinstance(wanted.get("event"), str) or "." not in str(wanted["event"]):
        yield "event_missing"
    if not where_sound(wanted.get("where", [])):
        yield "where_wrong"


def _segment(wanted: Mapping[str, Any]) -> Iterator[str]:
    if not _id(wanted.get("segment")):
        yield "segment_missing"
    if wanted.get("way", "entered") not in ("entered", "left"):
        yield "segment_way"


def _wait(wanted: Mapping[str, Any]) -> Iterator[str]:
    hour = wanted.get("hour")
    if hour is not None and not _whole_number(hour, 0, 23):
        yield "hour_wrong"
    amount = wanted.get("amount", 0 if hour is not None else None)
    if not _whole_number(amount, 0 if hour is not None else 1, WAIT_MAX) or wanted.get("unit", "days") not in tuple(
        UNITS
    ):
        yield "wait_missing"
    elif minutes_of(wanted) > WAIT_MAX:
        yield "wait_long"


def _wait_until(wanted: Mapping[str, Any]) -> Iterator[str]:
    yield from _event(wanted) if "event" in wanted else _segment(wanted)
    yield from _wait({key: value for key, value in wanted.items() if key != "hour"})


def _branch(wanted: Mapping[str, Any]) -> Iterator[str]:
    happened = wanted.get("happened")
    if not (isinstance(wanted.get("rule"), Mapping) or _id(wanted.get("segment")) or isinstance(happened, Mapping)):
        yield "branch_missing"
    if isinstance(happened, Mapping) and (
        not happened.get("node") or happened.get("what") not in ("delivered", "opened", "clicked")
    ):
        yield "branch_missing"


def _split(wanted: Mapping[str, Any]) -> Iterator[str]:
    shares = wanted.get("shares")
    whole = isinstance(shares, list) and 2 <= len(shares) <= 8 and all(_whole_number(one, 1, SHARES) for one in shares)
    if not whole or sum(shares or ()) != SHARES:
        yield "shares_wrong"


def _send(wanted: Mapping[str, Any]) -> Iterator[str]:
    if not _id(wanted.get("template")):
        yield "template_missing"


def _give(wanted: Mapping[str, Any]) -> Iterator[str]:
    reward, tag = wanted.get("reward"), wanted.get("tag")
    if tag is not None:
        if not _id(tag):
            yield "give_missing"
        return
    sound = (
        isinstance(reward, Mapping)
        and reward.get("kind") in REWARD_KINDS
        and _whole_number(reward.get("amount", 1), 1, 10**9)
    )
    sound = sound and (reward.get("ref_id") is None or _id(reward["ref_id"]))  # type: ignore[union-attr, index]
    if not sound or not reward_sound(reward_read(reward)):  # type: ignore[arg-type]
        yield "give_missing"


def _task(wanted: Mapping[str, Any]) -> Iterator[str]:
    text = wanted.get("text")
    if not isinstance(text, str) or not 1 <= len(text.strip()) <= TEXT_MAX:
        yield "text_missing"


def _webhook(wanted: Mapping[str, Any]) -> Iterator[str]:
    if not isinstance(wanted.get("label", ""), str) or len(str(wanted.get("label", ""))) > TEXT_MAX:
        yield "text_missing"


def _goal(wanted: Mapping[str, Any]) -> Iterator[str]:
    yield from _event(wanted) if "event" in wanted else _segment(wanted)
    if not _whole_number(wanted.get("days"), 1, 365):
        yield "days_missing"


def _exit(_wanted: Mapping[str, Any]) -> Iterator[str]:
    yield from ()


SETTINGS = {
    "trigger": _trigger, "wait": _wait, "wait_until": _wait_until, "branch": _branch, "split": _split, "send": _send, "give": _give,
    "task": _task, "webhook": _webhook, "goal": _goal, "exit": _exit,
}  # fmt: skip
"""By kind: what is wrong with a node's settings."""


def _whole_number(value: Any, least: int, most: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and least <= value <= most


def _id(value: Any) -> bool:
    try:
        return bool(UUID(str(value))) if value else False
    except ValueError:
        return False


def where_sound(where: Any) -> bool:
    """Tell whether a filter over an event's facts can be read: at most ten lines of [field, operator, value]."""
    return isinstance(where, list) and len(where) <= 10 and all(
        isinstance(one, list) and len(one) == 3 and isinstance(one[0], str) and one[1] in OPERATORS for one in where
    )  # fmt: skip
