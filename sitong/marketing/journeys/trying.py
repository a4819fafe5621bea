"""Try a journey with one real member and a clock that is pushed by hand: what would happen, in words. Nothing is sent or written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from sitong.marketing.journeys.graph import NEXT, NO, SPLIT_WAYS, STANDING, YES, Graph, Node
from sitong.marketing.journeys.judging import members_inside, rule_holds_for
from sitong.marketing.journeys.rules import CONTROL, group_of, place_in, way_of_share
from sitong.marketing.journeys.said import KINDS, WAYS, node_said, reason_said
from sitong.marketing.journeys.walking import STEPS_MAX, stands_until
from sitong.marketing.messages.planning import REFUSALS
from sitong.marketing.messages.queries.facts import plan_facts
from sitong.marketing.messages.rules import No, decide


@dataclass(frozen=True, slots=True)
class TriedStep:
    """One thing that would happen: when, at which node, in words. `asks`: a wait that ends one way or the other."""

    at: datetime
    node: str
    kind: str
    title: str
    text: str
    asks: bool = False
    answer: str = ""


@dataclass(frozen=True, slots=True)
class Tried:
    """What would have happened by the time to which the clock was pushed; `next_at`: until when the member stands, None: it is out."""

    steps: tuple[TriedStep, ...]
    next_at: datetime | None
    group: str


@dataclass(frozen=True, slots=True)
class Trial:
    """A member is led through a graph as if it entered at `start`. `answers` say by node whether what a wait wants happens."""

    journey_id: UUID
    brand_id: UUID
    graph: Graph
    names: Mapping[str, str]
    member_id: UUID
    control_bp: int
    zone: ZoneInfo
    start: datetime
    until: datetime
    answers: Mapping[str, str]


def tried(trial: Trial) -> Tried:
    """Lead the member along until the clock's time. Rules, segments and consent are asked as they are now; splits are its own."""
    group = group_of(trial.journey_id, trial.member_id, trial.control_bp)
    at, node, steps = trial.start, trial.graph.trigger, list[TriedStep]()
    while node is not None and len(steps) < STEPS_MAX:
        if node.kind in STANDING:
            happens = node.kind == "wait_until" and trial.answers.get(node.id) == YES
            until = at + timedelta(hours=1) if happens else stands_until(node, at, trial.zone)
            if until > trial.until:
                steps.append(
                    _step(
                        trial,
                        node,
                        at,
                        _("stands here"),
                        asks=node.kind == "wait_until",
                        answer=trial.answers.get(node.id, ""),
                    )
                )
                return Tried(tuple(steps), until, group)
            at = until
            way = NEXT if node.kind == "wait" else YES if happens else NO
            said = "" if node.kind == "wait" else _("it happens") if happens else _("it does not happen in time")
            steps.append(_step(trial, node, at, said, asks=node.kind == "wait_until", answer=way))
        else:
            way, said = _passed(trial, node, at, group)
            steps.append(_step(trial, node, at, said))
        target = trial.graph.after(node.id, way) if node.kind != "exit" else None
        node = trial.graph.nodes.get(target) if target else None
    return Tried(tuple(steps), None, group)


def _step(trial: Trial, node: Node, at: datetime, said: str, *, asks: bool = False, answer: str = "") -> TriedStep:
    text = " — ".join(one for one in (node_said(node, trial.names), said) if one)
    return TriedStep(at, node.id, node.kind, str(KINDS[node.kind]), text, asks, answer)


def _passed(trial: Trial, node: Node, at: datetime, group: str) -> tuple[str, str]:
    if node.kind == "branch":
        way = YES if _holds(trial, node, at) else NO
        return way, str(WAYS[way])
    if node.kind == "split":
        shares: Any = node.settings["shares"]
        way = SPLIT_WAYS[way_of_share(shares, place_in(trial.journey_id, node.id, trial.member_id))]
        return way, _("falls into %(way)s") % {"way": way.upper()}
    if node.kind not in {"send", "give", "task", "webhook"}:
        return NEXT, ""
    if group == CONTROL:
        return NEXT, _("control group: nothing would be done")
    if node.kind == "send":
        refused = _refusal(trial, node, at)
        if refused:
            return NO if (node.id, NO) in trial.graph.ways else NEXT, _("would not be sent: %(why)s") % {"why": refused}
        return NEXT, _("would be sent")
    return NEXT, {"give": _("would be given"), "task": _("a task would appear")}.get(node.kind, _("would be told"))


def _holds(trial: Trial, node: Node, at: datetime) -> bool:
    if "rule" in node.settings:
        return trial.member_id in rule_holds_for(trial.brand_id, node.settings["rule"], [trial.member_id], at=at)
    if "segment" in node.settings:
        segment_id = UUID(str(node.settings["segment"]))
        return trial.member_id in members_inside(trial.brand_id, segment_id, [trial.member_id], at=at)
    return trial.answers.get(node.id) == YES


def _refusal(trial: Trial, node: Node, at: datetime) -> str:
    """Ask messages whether they would plan it; '' when they would."""
    template_id = UUID(str(node.settings["template"]))
    dates = {at.date() + timedelta(days=days) for days in (-1, 0, 1, 2)}
    facts = plan_facts({template_id}, {trial.member_id}, dates, now=at)
    if template_id not in facts.templates:
        return reason_said(REFUSALS["template_unknown"].code)
    decided = decide(template_id, trial.member_id, {}, None, facts)
    return reason_said(REFUSALS[decided.why].code) if isinstance(decided, No) else ""
