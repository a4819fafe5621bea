"""Journeys, drawn and started, with members inside, made through their actions; and a sender that plans without a network."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any
from unittest import mock
from uuid import UUID

from sitong.marketing.journeys.actions import (
    EntryWanted,
    JourneyWanted,
    change_graph,
    define_journey,
    doing,
    enter_members,
    move,
    move_due,
    start_journey,
)
from sitong.marketing.messages.planning import PlannedMany
from sitong.shared.ids import new_id
from tests.make.org import NOW

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
TEMPLATE = UUID("00000000-0000-7000-8000-00000000aaaa")


def a_graph(*nodes: tuple[str, str, Mapping[str, Any]], edges: Sequence[str]) -> dict[str, Any]:
    """A graph from nodes (id, kind, settings) and edges "a>b" or "a:yes>b"."""
    drawn = []
    for edge in edges:
        source, target = edge.split(">")
        source, _, way = source.partition(":")
        drawn.append({"from": source, "to": target, "way": way or "next"})
    return {"nodes": [{"id": key, "kind": kind, **wanted} for key, kind, wanted in nodes], "edges": drawn}


def wait_then_send(**wait: Any) -> dict[str, Any]:
    """By hand, wait, send, out."""
    return a_graph(
        ("t", "trigger", {"on": "hand"}), ("w", "wait", wait or {"amount": 1, "unit": "days"}), ("s", "send", {"template": str(TEMPLATE)}),
        ("x", "exit", {}), edges=["t>w", "w>s", "s>x"],
    )  # fmt: skip


def a_journey(
    brand: Any, graph: Mapping[str, Any] | None = None, *, started: bool = True, now: datetime = NOW, **fields: Any
):
    """A journey of a brand with nobody in a control group, unless told otherwise; started."""
    values = {"name": "欢迎", "name_en": "Welcome", "control_bp": 0, "control_reason": "一个测试"} | fields
    journey = define_journey(JourneyWanted(new_id(), brand.id, **values), by=None, now=now)
    if graph is not None:
        change_graph(journey.id, graph, by=None, now=now)
    return start_journey(journey.id, by=None, now=now) if started else journey


def enters(journey: Any, *members: Any, now: datetime = NOW, facts: Mapping[str, Any] | None = None) -> list[Any]:
    """Members enter by hand; gives the outcomes."""
    return enter_members(journey.id, [EntryWanted(one.id, None, facts) for one in members], now=now)


def all_move(journey: Any, *, now: datetime = NOW, most: int = 10_000) -> int:
    """Move everybody who is due, piece by piece."""
    moved = 0
    while piece := move_due(journey.id, now=now, most=most):
        moved += piece
    return moved


class Post:
    """A sender that writes down what it plans, and refuses whom it is told to."""

    def __init__(self) -> None:
        self.planned: list[tuple[UUID, UUID, UUID]] = []
        self.refuses: dict[UUID, str] = {}
        self.seen: dict[str, set[UUID]] = {}

    def plan(
        self, message_ids: Sequence[UUID], member_ids: Sequence[UUID], *, template_id: UUID, **_more: Any
    ) -> PlannedMany:
        codes = [self.refuses.get(one, "") for one in member_ids]
        self.planned += [
            (template_id, message_id, member_id)
            for message_id, member_id, code in zip(message_ids, member_ids, codes, strict=True) if not code
        ]  # fmt: skip
        return PlannedMany(message_ids, codes)

    def happened(self, message_ids: Sequence[UUID], what: str) -> set[UUID]:
        return self.seen.get(what, set()).intersection(message_ids)

    def sent_to(self) -> list[UUID]:
        """Who got a message, in order."""
        return [member_id for _template, _message, member_id in self.planned]


@contextmanager
def a_post():
    """Let journeys send through a post of the test's own."""
    post = Post()
    with mock.patch.object(doing, "plan_many", post.plan), mock.patch.object(move, "messages_that", post.happened):
        yield post
