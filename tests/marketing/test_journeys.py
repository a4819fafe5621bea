"""Members are led along: each step once, at its time, the control group with nothing done; pausing, ending, entering again."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from sitong.marketing.giving.rules import Reward, reward_written
from sitong.marketing.journeys.actions import (
    Entered,
    define_journey,
    end_entries,
    end_journey,
    move_due,
    pause_journey,
    resume_journey,
    start_journey,
)
from sitong.marketing.journeys.actions.define import ControlReasonMissing, JourneyWanted
from sitong.marketing.journeys.actions.enter import JourneyClosed, JourneyHad, JourneyInside
from sitong.marketing.journeys.actions.life import GraphFaulty, NothingNew
from sitong.marketing.journeys.rules import CONTROL, TREATED, group_of
from sitong.marketing.models import CouponClaim, JourneyEntry, JourneyFlow, JourneyStep, JourneyTask
from sitong.shared.errors import NotFound
from sitong.shared.ids import new_id
from sitong.shared.ledger.books import check_books
from tests.make.checkin import a_card
from tests.make.journeys import DAY, HOUR, TEMPLATE, a_graph, a_journey, a_post, all_move, enters, wait_then_send
from tests.make.member import a_member
from tests.make.org import NOW, a_brand, a_store
from tests.make.points import a_points_plan

pytestmark = pytest.mark.usefixtures("db")


@pytest.fixture
def brand():
    return a_brand()


@pytest.fixture
def post():
    with a_post() as post:
        yield post


def path(entry: Entered) -> list[tuple[str, str, str]]:
    """Which nodes an entry has passed, by which way, and what came of it."""
    rows = JourneyStep.objects.filter(entry_id=entry.id).order_by("number")
    return list(rows.values_list("node", "way", "what"))


def test_a_member_waits_a_day_gets_the_message_once_and_is_out(brand, post):
    journey, member = a_journey(brand, wait_then_send()), a_member(brand)
    (entry,) = enters(journey, member)

    assert all_move(journey, now=NOW) == 1
    assert post.planned == []
    assert all_move(journey, now=NOW + DAY - HOUR) == 0
    assert all_move(journey, now=NOW + DAY) == 1
    assert all_move(journey, now=NOW + 9 * DAY) == 0

    assert post.sent_to() == [member.id]
    assert path(entry) == [("t", "next", ""), ("w", "next", ""), ("s", "next", "done"), ("x", "", "")]
    found = JourneyEntry.objects.get(id=entry.id)
    assert (found.state, found.why, found.steps, found.ended_at) == ("over", "exit", 4, NOW + DAY)
    (step,) = JourneyStep.objects.filter(entry_id=entry.id, node="s")
    assert post.planned == [(TEMPLATE, step.id, member.id)]


def test_a_wait_until_an_hour_of_the_day_is_the_brand_s_hour(brand, post):
    journey = a_journey(brand, wait_then_send(amount=1, unit="hours", hour=9))
    (entry,) = enters(journey, a_member(brand))  # 10:00 in Shanghai
    all_move(journey)
    assert JourneyEntry.objects.get(id=entry.id).due_at == NOW + 23 * HOUR


def test_the_control_group_walks_along_and_gets_nothing(brand, post):
    journey = a_journey(brand, wait_then_send(), control_bp=5_000, control_reason="")
    members = [a_member(brand) for _ in range(30)]
    entered = enters(journey, *members)
    all_move(journey)
    all_move(journey, now=NOW + DAY)

    groups = {one.member_id: one.group for one in entered}
    assert groups == {one.id: group_of(journey.id, one.id, 5_000) for one in members}
    assert 5 <= list(groups.values()).count(CONTROL) <= 25
    assert set(post.sent_to()) == {key for key, group in groups.items() if group == TREATED}
    assert JourneyEntry.objects.filter(journey_id=journey.id, state="over", why="exit", steps=4).count() == 30
    what = JourneyStep.objects.filter(node="s").values_list("entry_id", "what")
    assert {one.id: "control" if one.group == CONTROL else "done" for one in entered} == dict(what)
    flows = JourneyFlow.objects.filter(version_id=journey.version_id, node="s")
    assert {one.group: one.number for one in flows} == {
        TREATED: len(post.planned), CONTROL: 30 - len(post.planned),
    }  # fmt: skip


def test_shares_are_stable_and_even(brand, post):
    graph = a_graph(
        ("t", "trigger", {"on": "hand"}), ("p", "split", {"shares": [5_000, 5_000]}), ("w", "wait", {"amount": 1}), ("x", "exit", {}),
        edges=["t>p", "p:a>w", "p:b>x", "w>p"],
    )  # fmt: skip
    journey, members = a_journey(brand, graph), [a_member(brand) for _ in range(40)]
    entered = enters(journey, *members)
    for day in range(4):
        all_move(journey, now=NOW + day * DAY)
    ways = {one.id: {way for node, way, _ in path(one) if node == "p"} for one in entered}
    assert all(len(found) == 1 for found in ways.values()), "who falls into a share falls into it each time"
    assert 8 <= sum(found == {"a"} for found in ways.values()) <= 32


def test_who_cannot_be_sent_to_takes_the_way_no_or_goes_on(brand, post):
    reaching, lost = a_member(brand), a_member(brand)
    post.refuses[lost.id] = "marketing.no_consent"
    fork = a_graph(
        ("t", "trigger", {"on": "hand"}), ("s", "send", {"template": str(TEMPLATE)}), ("k", "task", {"text": "打个电话"}), ("x", "exit", {}),
        edges=["t>s", "s>x", "s:no>k", "k>x"],
    )  # fmt: skip
    journey = a_journey(brand, fork)
    one, two = enters(journey, reaching, lost)
    all_move(journey)
    assert path(one) == [("t", "next", ""), ("s", "next", "done"), ("x", "", "")]
    assert path(two) == [
        ("t", "next", ""), ("s", "no", "marketing.no_consent"), ("k", "next", "done"), ("x", "", ""),
    ]  # fmt: skip
    (task,) = JourneyTask.objects.all()
    assert (task.member_id, task.text, task.store_id) == (lost.id, "打个电话", None)

    straight = a_journey(brand, wait_then_send(amount=1, unit="minutes"))
    (three,) = enters(straight, lost)
    all_move(straight)
    all_move(straight, now=NOW + HOUR)
    assert path(three)[2:] == [("s", "next", "marketing.no_consent"), ("x", "", "")]


def test_two_things_are_given_one_after_the_other_each_once(brand):
    card = a_card(brand)
    a_points_plan(brand)
    graph = a_graph(
        ("t", "trigger", {"on": "hand"}), ("c", "give", {"reward": reward_written(Reward("coupon", 2, card.id))}),
        ("p", "give", {"reward": reward_written(Reward("points", 50))}), ("x", "exit", {}), edges=["t>c", "c>p", "p>x"],
    )  # fmt: skip
    journey, members = a_journey(brand, graph), [a_member(brand) for _ in range(3)]
    entered = enters(journey, *members)
    assert move_due(journey.id, now=NOW) == 3, "the coupon"
    assert move_due(journey.id, now=NOW) == 3, "the points: a piece gives one thing"
    assert move_due(journey.id, now=NOW) == 0
    assert [path(one) for one in entered] == [
        [("t", "next", ""), ("c", "next", "done"), ("p", "next", "done"), ("x", "", "")]
    ] * 3
    assert CouponClaim.objects.filter(coupon_id=card.id).count() == 6
    assert check_books() == []


def test_a_member_is_let_in_once_or_as_often_as_the_journey_says(brand, post):
    member, graph = a_member(brand), wait_then_send()
    once = a_journey(brand, graph)
    assert [type(one) for one in enters(once, member, member)] == [Entered, JourneyInside]
    all_move(once)
    all_move(once, now=NOW + DAY)
    assert enters(once, member, now=NOW + 2 * DAY) == [JourneyHad()]

    again = a_journey(brand, graph, reentry="after_days", reentry_days=10)
    enters(again, member)
    all_move(again)
    all_move(again, now=NOW + DAY)
    assert enters(again, member, now=NOW + 9 * DAY) == [JourneyHad()]
    (second,) = enters(again, member, now=NOW + 10 * DAY)
    assert JourneyEntry.objects.get(id=second.id).turn == 2

    other = a_member(a_brand())
    assert enters(again, other) == [NotFound(what="member")]


def test_a_paused_journey_lets_nobody_in_and_moves_nobody(brand, post):
    journey, member = a_journey(brand, wait_then_send()), a_member(brand)
    enters(journey, member)
    all_move(journey)
    pause_journey(journey.id, by=None, now=NOW)
    assert enters(journey, a_member(brand)) == [JourneyClosed()]
    assert all_move(journey, now=NOW + 3 * DAY) == 0
    assert post.planned == []
    resume_journey(journey.id, by=None, now=NOW + 3 * DAY)
    assert all_move(journey, now=NOW + 3 * DAY) == 1
    assert post.sent_to() == [member.id]


def test_an_ended_journey_lets_everybody_out(brand, post):
    journey = a_journey(brand, wait_then_send())
    (entry,) = enters(journey, a_member(brand))
    end_journey(journey.id, by=None, now=NOW)
    assert end_entries(journey.id, now=NOW) == 1
    assert end_entries(journey.id, now=NOW) == 0
    found = JourneyEntry.objects.get(id=entry.id)
    assert (found.state, found.why) == ("over", "ended")
    assert all_move(journey, now=NOW + 3 * DAY) == 0


def test_no_control_group_needs_a_reason(brand):
    with pytest.raises(ControlReasonMissing):
        define_journey(JourneyWanted(new_id(), brand.id, "欢迎", control_bp=0), by=None, now=NOW)


def test_what_is_wrong_with_a_graph_stops_the_start(brand):
    faulty = a_graph(("t", "trigger", {"on": "hand"}), ("w", "wait", {}), ("x", "exit", {}), edges=["t>w"])
    journey = a_journey(brand, faulty, started=False)
    with pytest.raises(GraphFaulty) as refused:
        start_journey(journey.id, by=None, now=NOW)
    assert refused.value.facts == {
        "count": 3,
        "nodes": ["w", "x"],
        "codes": ["not_reached", "wait_missing", "way_open"],
    }
    with pytest.raises(NothingNew):
        start_journey(a_journey(brand).id, by=None, now=NOW)


def test_a_piece_is_a_handful_of_statements_for_two_members_and_for_twenty(brand, post):
    def counted(number: int) -> list[str]:
        journey = a_journey(brand, wait_then_send())
        enters(journey, *[a_member(brand) for _ in range(number)])
        all_move(journey)
        with CaptureQueriesContext(
            connection,
        ) as seen:
            assert move_due(journey.id, now=NOW + timedelta(days=1)) == number
        return [one["sql"][:20] for one in seen.captured_queries]

    two, twenty = counted(2), counted(20)
    assert two == twenty
    assert len(two) <= 9, two


def test_a_task_goes_to_the_member_s_store(brand):
    store = a_store(brand)
    graph = a_graph(
        ("t", "trigger", {"on": "hand"}), ("k", "task", {"text": "打个电话", "text_en": "Call"}), ("x", "exit", {}), edges=["t>k", "k>x"],
    )  # fmt: skip
    journey = a_journey(brand, graph)
    enters(journey, a_member(brand, home_store_id=store.id))
    all_move(journey)
    (task,) = JourneyTask.objects.all()
    assert (task.store_id, task.text_en) == (store.id, "Call")
