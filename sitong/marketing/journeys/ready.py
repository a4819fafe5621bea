"""Ready-made journeys: a graph to begin with, with what only the brand can choose still open."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

STEP_X, MID_Y, STEP_Y = 205, 170, 120


@dataclass(frozen=True, slots=True)
class Ready:
    """A ready-made journey: its key, what it is for, how often members enter, what takes them out, and its graph."""

    key: str
    name: Any
    text: Any
    icon: str
    graph: Mapping[str, Any]
    reentry: str = "once"
    reentry_days: int = 0
    leave_on: tuple[Mapping[str, Any], ...] = ()


def _drawn(*nodes: tuple[str, str, int, int, Mapping[str, Any]], edges: str) -> Mapping[str, Any]:
    """Draw nodes (id, kind, column, row, settings) and edges "a>b a:yes>b"."""
    ways = []
    for edge in edges.split():
        source, target = edge.split(">")
        source, _colon, way = source.partition(":")
        ways.append({"from": source, "to": target, "way": way or "next"})
    placed = [
        {"id": key, "kind": kind, "x": 40 + column * STEP_X, "y": MID_Y + row * STEP_Y, **wanted}
        for key, kind, column, row, wanted in nodes
    ]
    return {"nodes": placed, "edges": ways}


PAID: Mapping[str, Any] = {"event": "scene.order_paid", "where": []}
READY: tuple[Ready, ...] = (
    Ready(
        "welcome", _("Welcome"), _("Greets new members, gives them a coupon, and reminds those who have not bought within a week."), "users",
        _drawn(
            ("n1", "trigger", 0, 0, {"on": "event", "event": "member.joined", "where": []}), ("n2", "send", 1, 0, {}), ("n3", "give", 2, 0, {}),
            ("n4", "wait_until", 3, 0, {**PAID, "amount": 7, "unit": "days"}), ("n5", "send", 4, 1, {}), ("n6", "exit", 5, 0, {}),
            ("n7", "goal", 0, 1, {**PAID, "days": 14, "leave": False}), edges="n1>n2 n2>n3 n3>n4 n4:yes>n6 n4:no>n5 n5>n6",
        ),
    ),
    Ready(
        "birthday", _("Birthday"), _("Three days before their birthday members get a gift, and a message in the morning."), "cake",
        _drawn(
            ("n1", "trigger", 0, 0, {"on": "date", "date": "birthday", "days_before": 3, "hour": 9}), ("n2", "give", 1, 0, {}),
            ("n3", "send", 2, 0, {}), ("n4", "exit", 3, 0, {}), ("n5", "goal", 0, 1, {**PAID, "days": 10, "leave": False}),
            edges="n1>n2 n2>n3 n3>n4",
        ), "after_days", 300,
    ),
    Ready(
        "wake_up", _("Wake up sleeping members"),
        _("Two messages are tried against each other on members who have not come for long; a coupon follows."), "bell",
        _drawn(
            ("n1", "trigger", 0, 0, {"on": "segment", "way": "entered"}), ("n2", "split", 1, 0, {"shares": [5_000, 5_000]}),
            ("n3", "send", 2, -1, {}), ("n4", "send", 2, 1, {}), ("n5", "wait_until", 3, 0, {**PAID, "amount": 5, "unit": "days"}),
            ("n6", "give", 4, 1, {}), ("n7", "exit", 5, 0, {}), ("n8", "goal", 0, 1, {**PAID, "days": 21, "leave": True}),
            edges="n1>n2 n2:a>n3 n2:b>n4 n3>n5 n4>n5 n5:yes>n7 n5:no>n6 n6>n7",
        ), "after_days", 90,
    ),
    Ready(
        "pickup", _("Abandoned pickup"), _("Reminds members to fetch what they have paid for; after two days a clerk calls."), "shopping-bag",
        _drawn(
            ("n1", "trigger", 0, 0, {**PAID, "on": "event", "where": [["scene", "=", "pickup"]]}),
            ("n2", "wait_until", 1, 0, {"event": "scene.order_handed_over", "where": [], "amount": 1, "unit": "days"}),
            ("n3", "send", 2, 1, {}), ("n4", "wait_until", 3, 1, {"event": "scene.order_handed_over", "where": [], "amount": 2, "unit": "days"}),
            ("n5", "task", 4, 1, {"text": "打电话提醒会员来取货", "text_en": "Call the member: its goods are waiting"}), ("n6", "exit", 5, 0, {}),
            ("n7", "goal", 0, 1, {"event": "scene.order_handed_over", "where": [], "days": 5, "leave": True}),
            edges="n1>n2 n2:yes>n6 n2:no>n3 n3>n4 n4:yes>n6 n4:no>n5 n5>n6",
        ), "always",
    ),
    Ready(
        "second", _("Second purchase"), _("Two weeks after the first purchase: a reminder, and points for coming again."), "repeat",
        _drawn(
            ("n1", "trigger", 0, 0, {**PAID, "on": "event"}), ("n2", "wait", 1, 0, {"amount": 14, "unit": "days", "hour": 10}),
            ("n3", "send", 2, 0, {}), ("n4", "wait", 3, 0, {"amount": 7, "unit": "days"}), ("n5", "give", 4, 0, {}), ("n6", "exit", 5, 0, {}),
            ("n7", "goal", 0, 1, {**PAID, "days": 30, "leave": True}), edges="n1>n2 n2>n3 n3>n4 n4>n5 n5>n6",
        ),
    ),
)  # fmt: skip


def ready_named(key: str) -> Ready | None:
    """Give a ready-made journey by its key."""
    return next((one for one in READY if one.key == key), None)
