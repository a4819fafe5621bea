"""Random graphs and random clocks: every member takes a legal path, each step once; a batch of n is n batches of one."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sitong.marketing.journeys.checks import faults_of
from sitong.marketing.journeys.choices import _chosen
from sitong.marketing.journeys.graph import KINDS, STANDING, Graph, graph_read
from sitong.marketing.journeys.rules import WHOLE_BP, place_in, waits_until, way_of_share
from sitong.marketing.journeys.said import fault_said, node_said
from sitong.marketing.journeys.walking import STEPS_MAX, Walk, Walker, walk
from sitong.shared.ids import new_id
from tests.make.org import NOW

ZONE = ZoneInfo("Asia/Shanghai")
JOURNEY = UUID("01900000-0000-7000-8000-00000000abcd")
LATER = ("wait", "wait_until", "branch", "split", "send", "give", "webhook", "exit")
WANTED: dict[str, dict[str, Any]] = {
    "wait": {"amount": 5, "unit": "hours"}, "wait_until": {"event": "scene.order_paid", "amount": 1, "unit": "days"},
    "branch": {"segment": str(new_id())}, "split": {"shares": [2_500, 2_500, 5_000]}, "send": {"template": str(new_id())},
    "give": {"reward": {"kind": "points", "amount": 5}}, "webhook": {"label": "a"}, "exit": {},
}  # fmt: skip


@st.composite
def graphs(draw: st.DrawFn) -> Graph:
    """Sound graphs: nodes in a row, each way leads further on, or back from a wait; the last node is the end."""
    kinds = draw(st.lists(st.sampled_from(LATER), min_size=1, max_size=9))
    nodes: list[dict[str, Any]] = [{"id": "n0", "kind": "trigger", "on": "hand"}]
    nodes += [{"id": f"n{at}", "kind": kind, **WANTED[kind]} for at, kind in enumerate(kinds, start=1)]
    nodes.append({"id": f"n{len(nodes)}", "kind": "exit"})
    read, edges = graph_read({"nodes": nodes, "edges": []}), []
    for at, node in enumerate(read.nodes.values()):
        back = [one for one, other in enumerate(read.nodes.values()) if 0 < one <= at and other.kind in STANDING]
        for way in (*node.ways, *(way for way in node.ways_more if draw(st.booleans()))):
            onward = list(range(at + 1, len(nodes)))
            target = draw(st.sampled_from(onward + back if node.kind in STANDING else onward))
            edges.append({"from": node.id, "to": f"n{target}", "way": way})
    return graph_read({"nodes": nodes, "edges": edges})


class World:
    """Answers of the world that depend on the member alone, so that they are the same however members come."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.did: list[tuple[str, UUID, UUID]] = []

    def walk(self, now: Any) -> Walk:
        return Walk(JOURNEY, self.graph, now, ZONE, self.do, self.judge)

    def do(self, node, walkers, step_ids):
        self.did += [(node.id, one.entry_id, step_id) for one, step_id in zip(walkers, step_ids, strict=True)]
        return ["done" if place_in(JOURNEY, node.id + "d", one.member_id) % 3 else "marketing.no" for one in walkers]

    def judge(self, node, walkers):
        return {one.member_id for one in walkers if place_in(JOURNEY, node.id + "j", one.member_id) % 2}


def walkers(count: int) -> list[Walker]:
    return [
        Walker(UUID(int=at + 1), UUID(int=77 + at * 7919), "control" if at % 4 == 0 else "treated", "n0", False, 0, NOW)
        for at in range(count)
    ]  # fmt: skip


def lead(graph: Graph, members: list[Walker], hours: list[int], *, most: int):
    """Push the clock; at each hour whoever is due is led on, so many at once. Gives the paths, and what was done."""
    world, paths, now = World(graph), {one.entry_id: [] for one in members}, NOW
    for step in [0, *hours]:
        now += timedelta(hours=step)
        while due := sorted(
            (one for one in members if not one.why and one.due_at <= now), key=lambda one: (one.due_at, one.entry_id)
        )[:most]:
            for one in due:
                one.heard = one.heard or (
                    graph.nodes[one.node].kind == "wait_until"
                    and place_in(JOURNEY, f"{one.node}h", one.member_id) % 2 == 0
                )
            walked = walk(world.walk(now), due)
            for entry, number, node, way, what in zip(
                walked.entry_ids, walked.numbers, walked.nodes, walked.ways, walked.what, strict=True
            ):
                paths[entry].append((number, node, way, what))
            assert sum(walked.flows.values()) == len(walked.ids) == len(set(walked.ids))
    return paths, world.did


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(graphs(), st.lists(st.integers(1, 40), max_size=8), st.integers(1, 9))
def test_every_path_is_legal_and_each_step_is_taken_once(graph, hours, most):
    wrong = [one for one in faults_of(graph) if one.code not in {"not_reached", "template_missing", "segment_missing"}]
    assert wrong == []
    members = walkers(8)
    paths, did = lead(graph, members, hours, most=most)
    for one in members:
        path = paths[one.entry_id]
        assert [number for number, *_rest in path] == list(range(1, one.steps + 1))
        assert one.steps <= STEPS_MAX
        at = "n0"
        for _number, node, way, _what in path:
            assert node == at
            at = graph.after(node, way) if graph.nodes[node].kind != "exit" else None
        assert (at is None) == (one.why in {"exit", "goal"}) or one.why == "long"
        assert at is None or at == one.node
    acted = [
        (node, entry)
        for entry, path in paths.items()
        for _n, node, _w, what in path
        if what in {"done", "marketing.no"}
    ]
    assert sorted(acted) == sorted((node, entry) for node, entry, _step in did), (
        "done once for each step, never for others"
    )
    controlled = {one.entry_id for one in members if one.group == "control"}
    assert not controlled & {entry for _node, entry, _step in did}


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(graphs(), st.lists(st.integers(1, 40), max_size=6))
def test_a_batch_of_n_is_n_batches_of_one(graph, hours):
    together, _ = lead(graph, walkers(6), hours, most=100)
    alone, _ = lead(graph, walkers(6), hours, most=1)
    assert together == alone


@given(st.uuids(), st.uuids(), st.integers(0, WHOLE_BP - 1))
def test_shares_take_everybody_and_only_once(journey_id, member_id, place):
    assert 0 <= place_in(journey_id, "n1", member_id) < WHOLE_BP
    assert way_of_share([1, 9_999], place) == (0 if place == 0 else 1)
    assert way_of_share([2_500, 2_500, 5_000], place) == min(place // 2_500, 2)


@given(
    st.integers(0, 400), st.sampled_from(["minutes", "hours", "days"]), st.none() | st.integers(0, 23), st.datetimes()
)
def test_a_wait_ends_later_and_at_its_hour(amount, unit, hour, at):
    if not 1971 <= at.year <= 2100:
        return
    at = at.replace(tzinfo=NOW.tzinfo)
    until = waits_until({"amount": amount, "unit": unit, "hour": hour}, at, ZONE)
    long = timedelta(**{unit: amount})
    assert at + long <= until <= at + long + timedelta(hours=25)
    if hour is None:
        assert until == at + long


def test_a_round_without_a_wait_is_found():
    graph = graph_read({
        "nodes": [
            {"id": "t", "kind": "trigger", "on": "hand"}, {"id": "a", "kind": "branch", "segment": str(new_id())},
            {"id": "b", "kind": "webhook"}, {"id": "x", "kind": "exit"},
        ],
        "edges": [{"from": "t", "to": "a"}, {"from": "a", "to": "b", "way": "yes"}, {"from": "a", "to": "x", "way": "no"}, {"from": "b", "to": "a"}],
    })  # fmt: skip
    assert {(one.node, one.code) for one in faults_of(graph)} == {("a", "endless"), ("b", "endless")}


@pytest.mark.parametrize("nodes", [[], [{"id": 1}], "nothing", [None, 3]])
def test_nonsense_is_no_crash(nodes):
    assert faults_of(graph_read({"nodes": nodes, "edges": nodes}))


PLAIN = st.none() | st.booleans() | st.integers() | st.text(max_size=8)
ANYTHING = st.recursive(
    PLAIN,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
SETTINGS = ("on", "event", "where", "segment", "way", "date", "days_before", "hour", "at", "amount", "unit", "rule", "happened", "shares",
            "template", "reward", "tag", "text", "label", "days")  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(KINDS), st.dictionaries(st.sampled_from(SETTINGS), ANYTHING, max_size=6))
def test_whatever_a_program_draws_is_a_fault_and_no_crash(kind, wanted):
    graph = graph_read(
        {"nodes": [{"id": "t", "kind": kind, **wanted}], "edges": [{"from": "t", "to": "t", "way": "next"}]}
    )
    for fault in faults_of(graph):
        assert fault_said(fault)
    assert isinstance(node_said(graph.nodes["t"], {}), str)
    assert isinstance(_chosen(wanted), bool)
