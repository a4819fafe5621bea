"""Journeys and segments: they begin when a member enters one, branch by one or by a rule, and take in everybody of one."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest

from sitong.marketing.journeys.actions.rounds import begin_rounds, continue_rounds
from sitong.marketing.journeys.queries.versions import frozen_graph
from sitong.marketing.journeys.trying import Trial, tried
from sitong.marketing.models import JourneyEntry, JourneyRound
from sitong.member.segments.events import SegmentEntered, SegmentLeft
from sitong.member.segments.language import RuleRefused
from tests.make.journeys import DAY, HOUR, a_graph, a_journey, a_post, all_move, enters, wait_then_send
from tests.make.member import a_member
from tests.make.messages import a_reader, a_template
from tests.make.org import NOW, a_brand
from tests.make.segments import a_segment
from tests.marketing.test_journeys_hear import SEND, entry_of, happens, ways

pytestmark = pytest.mark.usefixtures("db")
FROM_DOUYIN = {"is": "source", "op": "=", "value": "douyin"}


@pytest.fixture
def brand():
    return a_brand()


@pytest.fixture
def post():
    with a_post() as post:
        yield post


def test_entering_a_segment_brings_in_and_leaving_it_ends_a_wait(brand, post):
    segment = a_segment(brand, FROM_DOUYIN)
    graph = a_graph(
        ("t", "trigger", {"on": "segment", "segment": str(segment.id), "way": "entered"}),
        ("u", "wait_until", {"segment": str(segment.id), "way": "left", "amount": 9}), ("s", "send", SEND), ("x", "exit", {}),
        edges=["t>u", "u:yes>x", "u:no>s", "s>x"],
    )  # fmt: skip
    journey, one, two = a_journey(brand, graph), a_member(brand), a_member(brand)
    happens(SegmentEntered(brand.id, segment.id, (one.id, two.id), NOW))
    all_move(journey)
    happens(SegmentLeft(brand.id, segment.id, (two.id,), NOW + HOUR), at=NOW + HOUR)
    all_move(journey, now=NOW + HOUR)
    assert [ways(entry_of(journey, who))[1:] for who in (one, two)] == [[], [("u", "yes"), ("x", "")]]


@pytest.mark.parametrize("by", ["segment", "rule"])
def test_a_branch_asks_a_segment_or_a_rule(brand, post, by):
    fan, other = a_member(brand, source="douyin"), a_member(brand)
    wanted = {"rule": FROM_DOUYIN} if by == "rule" else {"segment": str(a_segment(brand, FROM_DOUYIN).id)}
    graph = a_graph(
        ("t", "trigger", {"on": "hand"}), ("b", "branch", wanted), ("s", "send", SEND), ("x", "exit", {}),
        edges=["t>b", "b:yes>s", "b:no>x", "s>x"],
    )  # fmt: skip
    journey = a_journey(brand, graph)
    enters(journey, fan, other)
    all_move(journey)
    assert post.sent_to() == [fan.id]


def test_a_rule_that_cannot_be_read_stops_the_start(brand):
    graph = a_graph(
        ("t", "trigger", {"on": "hand"}), ("b", "branch", {"rule": {"is": "nothing", "op": "=", "value": 1}}), ("x", "exit", {}),
        edges=["t>b", "b:yes>x", "b:no>x"],
    )  # fmt: skip
    with pytest.raises(RuleRefused):
        a_journey(brand, graph)


def test_everybody_of_a_segment_enters_at_its_time_once(brand, post):
    members = [a_member(brand, source="douyin") for _ in range(3)]
    a_member(brand)
    segment = a_segment(brand, FROM_DOUYIN)
    graph = a_graph(
        ("t", "trigger", {"on": "schedule", "segment": str(segment.id), "at": "2026-03-03T12:00"}), ("s", "send", SEND), ("x", "exit", {}),
        edges=["t>s", "s>x"],
    )  # fmt: skip
    journey = a_journey(brand, graph)
    assert begin_rounds(now=NOW + HOUR) == 0, "eleven in Shanghai"
    assert begin_rounds(now=NOW + 2 * HOUR) == 1
    assert continue_rounds(now=NOW + 2 * HOUR) == 3
    assert (begin_rounds(now=NOW + 3 * HOUR), continue_rounds(now=NOW + 3 * HOUR)) == (0, 0)
    all_move(journey, now=NOW + 3 * HOUR)
    assert set(post.sent_to()) == {one.id for one in members}
    assert JourneyRound.objects.get().entered == 3


def test_a_round_goes_on_where_it_stopped(brand, post, monkeypatch):
    from sitong.marketing.journeys.actions import rounds

    monkeypatch.setattr(rounds, "PIECE", 2)
    monkeypatch.setattr(rounds, "PIECES_AT_ONCE", 1)
    for _ in range(5):
        a_member(brand, source="douyin")
    segment = a_segment(brand, FROM_DOUYIN)
    graph = a_graph(
        ("t", "trigger", {"on": "schedule", "segment": str(segment.id), "at": "2026-03-03T10:00"}), ("w", "wait", {"amount": 1}), ("x", "exit", {}),
        edges=["t>w", "w>x"],
    )  # fmt: skip
    a_journey(brand, graph)
    begin_rounds(now=NOW)
    assert [continue_rounds(now=NOW) for _ in range(4)] == [2, 2, 1, 0]
    assert JourneyEntry.objects.count() == 5


def test_a_trial_says_what_would_happen_and_does_nothing(brand):
    template = a_template(brand)
    reader, silent = a_reader(brand), a_member(brand)
    graph = wait_then_send(amount=2, unit="days")
    graph["nodes"][2]["template"] = str(template.id)
    journey = a_journey(brand, graph)

    def walked(member, until):
        trial = Trial(
            journey.id, brand.id, frozen_graph(journey.version_id), {}, member.id, 0, ZoneInfo(brand.zone), NOW, until, {}
        )  # fmt: skip
        return tried(trial)

    first = walked(reader, NOW)
    assert [one.node for one in first.steps] == ["t", "w"]
    assert first.next_at == NOW + 2 * DAY
    whole = walked(reader, first.next_at)
    assert ([one.node for one in whole.steps], whole.next_at) == (["t", "w", "s", "x"], None)
    assert "会发送" in whole.steps[2].text
    assert "不会发送" in walked(silent, first.next_at).steps[2].text
    assert JourneyEntry.objects.count() == 0
