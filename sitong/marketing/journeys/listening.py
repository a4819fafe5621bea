"""What running journeys listen for: by the event's name, which journey, which version, which node, and why."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sitong.marketing.journeys.graph import Graph, Node
from sitong.marketing.journeys.rules import facts_fit

SEGMENT_EVENTS: Mapping[str, str] = {"entered": "member.segment_entered", "left": "member.segment_left"}
AMOUNT, DOCUMENT = "total_minor", "order_id"
"""The facts that say what an event paid, and which document it is about."""
BACK: Mapping[str, tuple[str, str]] = {
    "scene.goods_returned": ("order_id", "refund_minor"),
    "scene.order_canceled": ("order_id", "total_minor"),
}
"""By event: the document that an outcome came from, and how much of it went back."""


@dataclass(frozen=True, slots=True)
class Heard:
    """One event as journeys see it: its facts, when it happened, and whom it is about."""

    id: UUID
    brand_id: UUID
    name: str
    at: datetime
    facts: Mapping[str, Any]
    member_ids: tuple[UUID, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Listener:
    """Somebody who listens. `why`: enter, wait, goal, leave. `wanted` are the settings with the event and its filter."""

    why: str
    journey_id: UUID
    brand_id: UUID
    version_id: UUID | None
    node: str
    wanted: Mapping[str, Any]

    def hears(self, event: Heard) -> bool:
        """Tell whether an event is what it listens for."""
        if event.brand_id != self.brand_id:
            return False
        if "event" in self.wanted:
            return facts_fit(self.wanted.get("where") or [], event.facts)
        return _plain(event.facts.get("segment_id")) == _plain(self.wanted.get("segment"))


def event_of(wanted: Mapping[str, Any]) -> str:
    """Give the name of the event that a trigger, a wait or a goal listens for; '' when it is none."""
    if "event" in wanted:
        return str(wanted["event"])
    if "segment" in wanted and wanted.get("on", "segment") == "segment":
        return SEGMENT_EVENTS.get(str(wanted.get("way", "entered")), "")
    return ""


def listeners_of(
    graph: Graph, *, journey_id: UUID, brand_id: UUID, version_id: UUID, state: str, newest: bool
) -> list[Listener]:
    """Give what one version of a journey listens for: its trigger only when it is the newest and runs; goals also after its end."""
    nodes: list[tuple[str, Node]] = []
    if graph.trigger is not None and newest and state == "running":
        nodes.append(("enter", graph.trigger))
    if state != "ended":
        nodes += [("wait", node) for node in graph.nodes.values() if node.kind == "wait_until"]
    if graph.goal is not None:
        nodes.append(("goal", graph.goal))
    return [
        Listener(why, journey_id, brand_id, version_id, node.id, node.settings)
        for why, node in nodes if event_of(node.settings)
    ]  # fmt: skip


def goal_window(wanted: Mapping[str, Any]) -> timedelta:
    """Give how long after entering a goal counts."""
    return timedelta(days=int(wanted["days"]))


def members_in_facts(facts: Mapping[str, Any]) -> tuple[UUID, ...]:
    """Give whom an event is about: its member, or its members."""
    many = facts.get("member_ids")
    found = many if isinstance(many, Collection) and not isinstance(many, str) else [facts.get("member_id")]
    return tuple(UUID(str(one)) for one in found if one)


def _plain(value: Any) -> str:
    return str(value or "").replace("-", "").lower()
