"""Journeys hear what happens: it brings members in, ends their waits, counts as their goal, and takes them out."""

from __future__ import annotations

from datetime import date, timedelta

import orjson
import pytest

from sitong.marketing.journeys.actions import Entered, move_to_version, start_journey
from sitong.marketing.journeys.actions.define import change_graph
from sitong.marketing.journeys.actions.life import MappingWrong
from sitong.marketing.journeys.actions.rounds import begin_rounds, continue_rounds
from sitong.marketing.journeys.handlers import take
from sitong.marketing.models import JourneyEntry, JourneyOutcome, JourneyRound, JourneyStep
from sitong.member.identity.actions import UndoWanted, undo_join
from sitong.member.tiers.actions import say_birthday
from sitong.scene.orders.events import GoodsReturned, OrderPaid
from sitong.shared.events.reader import drain
from sitong.shared.events.registry import Announced
from sitong.shared.ids import new_id
from tests.make.journeys import DAY, HOUR, TEMPLATE, a_graph, a_journey, a_post, all_move, enters, wait_then_send
from tests.make.member import a_member, joined_as_one
from tests.make.org import NOW, a_brand

SEND = {"template": str(TEMPLATE)}


@pytest.fixture
def brand(db):
    return a_brand()


@pytest.fixture
def post():
    with a_post() as post:
        yield post


def happens(event, *, at=NOW) -> None:
    """Something happens, and journeys hear it at once."""
    facts = orjson.dumps(event).decode()
    take([Announced(1, 1, new_id(), event.brand_id, event.name, at, facts)], now=at)


def pays(brand, member, *, total_minor: int = 5_000, at=NOW, order_id=None, channel: str = "mini", number: str = ""):
    """An order of a member is paid."""
    key = order_id or new_id()
    happens(
        OrderPaid(brand.id, key, new_id(), member.id, channel, "pickup", total_minor, date(2026, 3, 3), number), at=at
    )
    return key


def returns(brand, member, order_id, refund_minor: int, *, at=NOW) -> None:
    """Some of it goes back."""
    happens(GoodsReturned(
        brand.id, new_id(), order_id, new_id(), new_id(), None, None, member.id, "mini", "pickup", refund_minor, 0, 1, 0,
        date(2026, 3, 3), date(2026, 3, 4),
    ), at=at)  # fmt: skip


def entry_of(journey, member) -> JourneyEntry:
    return JourneyEntry.objects.get(journey_id=journey.id, member_id=member.id)


def ways(entry) -> list[tuple[str, str]]:
    rows = JourneyStep.objects.filter(entry_id=entry.id).order_by("number")
    return list(rows.values_list("node", "way"))


ON_PAID = ("t", "trigger", {"on": "event", "event": "scene.order_paid", "where": [["total_minor", ">=", 5_000]]})


def test_an_event_that_fits_brings_the_member_in(brand, post):
    graph = a_graph(ON_PAID, ("w", "wait", {"amount": 2, "unit": "hours"}), ("x", "exit", {}), edges=["t>w", "w>x"])
    journey, member, small = a_journey(brand, graph), a_member(brand), a_member(brand)
    order_id = pays(brand, member)
    pays(brand, small, total_minor=4_999)
    pays(a_brand(), member)
    entry = entry_of(journey, member)
    assert JourneyEntry.objects.count() == 1
    assert (entry.entered_at, entry.facts["order_id"], entry.facts["total_minor"]) == (NOW, str(order_id), 5_000)


def test_the_reader_hands_journeys_what_was_announced(committed_db):
    drain()
    brand = a_brand()
    graph = a_graph(
        ("t", "trigger", {"on": "event", "event": "member.joined"}),
        ("w", "wait", {"amount": 2}),
        ("x", "exit", {}),
        edges=["t>w", "w>x"],
    )
    journey = a_journey(brand, graph)
    member = a_member(brand)
    drain()
    assert entry_of(journey, member).node == "t"


def test_a_wait_ends_when_it_happens_and_else_when_its_time_is_up(brand, post):
    graph = a_graph(
        ("t", "trigger", {"on": "hand"}), ("u", "wait_until", {"event": "scene.order_paid", "amount": 3, "unit": "days"}),
        ("s", "send", SEND), ("x", "exit", {}), edges=["t>u", "u:yes>x", "u:no>s", "s>x"],
    )  # fmt: skip
    journey, buyer, other = a_journey(brand, graph), a_member(brand), a_member(brand)
    enters(journey, buyer, other)
    pays(brand, buyer, at=NOW - HOUR)
    all_move(journey)
    assert ways(entry_of(journey, buyer)) == [("t", "next")], "what happened before it came is not what it waits for"
    pays(brand, buyer, at=NOW + DAY)
    all_move(journey, now=NOW + 2 * DAY)
    assert [ways(entry_of(journey, one))[1:] for one in (buyer, other)] == [[("u", "yes"), ("x", "")], []]
    all_move(journey, now=NOW + 3 * DAY)
    assert ways(entry_of(journey, other))[1:] == [("u", "no"), ("s", "next"), ("x", "")]
    assert post.sent_to() == [other.id]


GOAL = {"event": "scene.order_paid", "days": 7}


def goal_graph(**goal):
    return a_graph(
        ("t", "trigger", {"on": "hand"}), ("w", "wait", {"amount": 5}), ("s", "send", SEND), ("x", "exit", {}), ("g", "goal", GOAL | goal),
        edges=["t>w", "w>s", "s>x"],
    )  # fmt: skip


def test_the_goal_counts_in_its_days_for_both_groups_and_takes_the_member_out(brand, post):
    journey = a_journey(brand, goal_graph(), control_bp=5_000, control_reason="")
    members = [a_member(brand) for _ in range(8)]
    enters(journey, *members)
    all_move(journey)
    first, late = members[0], members[1]
    order_id = pays(brand, first, at=NOW + DAY)
    pays(brand, late, at=NOW + 7 * DAY)
    (outcome,) = JourneyOutcome.objects.all()
    entry = entry_of(journey, first)
    assert (outcome.entry_id, outcome.document, outcome.amount_minor) == (entry.id, str(order_id), 5_000)
    all_move(journey, now=NOW + DAY)
    assert ways(entry_of(journey, first)) == [("t", "next"), ("g", "next")]
    assert (entry_of(journey, first).state, entry_of(journey, first).why) == ("over", "goal")
    pays(brand, first, at=NOW + 3 * DAY)
    assert JourneyOutcome.objects.filter(entry_id=entry.id).count() == 2, "what it buys more in these days counts"
    returns(brand, first, order_id, 2_000, at=NOW + 4 * DAY)
    outcome.refresh_from_db()
    assert outcome.returned_minor == 2_000


def test_the_same_order_is_no_goal_of_the_journey_that_it_began(brand, post):
    graph = a_graph(ON_PAID, ("w", "wait", {"amount": 5}), ("x", "exit", {}), ("g", "goal", GOAL), edges=["t>w", "w>x"])
    journey, member = a_journey(brand, graph), a_member(brand)
    pays(brand, member)
    pays(brand, member, at=NOW + HOUR)
    assert JourneyOutcome.objects.filter(entry_id=entry_of(journey, member).id).count() == 1, "the second purchase"


def test_what_makes_members_leave_takes_them_out(brand, post):
    journey = a_journey(
        brand, wait_then_send(), leave_on=({"event": "scene.order_paid", "where": [["channel", "=", "mini"]]},)
    )
    one, two = a_member(brand), a_member(brand)
    enters(journey, one, two)
    pays(brand, one, at=NOW + HOUR)
    pays(brand, two, at=NOW + HOUR, channel="store")
    assert [(entry_of(journey, who).state, entry_of(journey, who).why) for who in (one, two)] == [
        ("over", "left"),
        ("inside", ""),
    ]


def test_a_birthday_brings_in_whose_it_is_once_a_year(brand, post):
    graph = a_graph(
        ("t", "trigger", {"on": "date", "date": "birthday", "days_before": 1, "hour": 9}), ("s", "send", SEND), ("x", "exit", {}),
        edges=["t>s", "s>x"],
    )  # fmt: skip
    journey = a_journey(brand, graph, reentry="after_days", reentry_days=300)
    members = [a_member(brand) for _ in range(3)]
    for member, day in zip(members, (4, 4, 5), strict=True):
        say_birthday(member.id, month=3, day=day, now=NOW)
    assert begin_rounds(now=NOW - 2 * HOUR) == 0, "it is eight in Shanghai"
    assert begin_rounds(now=NOW) == 1
    assert continue_rounds(now=NOW) == 2
    assert (begin_rounds(now=NOW + HOUR), continue_rounds(now=NOW + HOUR)) == (0, 0)
    all_move(journey)
    assert set(post.sent_to()) == {members[0].id, members[1].id}
    assert JourneyRound.objects.get().done_at == NOW


def test_an_anniversary_is_that_of_joining(brand, post):
    graph = a_graph(
        ("t", "trigger", {"on": "date", "date": "anniversary"}),
        ("s", "send", SEND),
        ("x", "exit", {}),
        edges=["t>s", "s>x"],
    )
    journey = a_journey(brand, graph)
    year = timedelta(days=365)
    old = a_member(brand, now=NOW - year)
    a_member(brand, now=NOW - year - DAY)
    a_member(brand, now=NOW)
    begin_rounds(now=NOW)
    assert continue_rounds(now=NOW) == 1
    assert entry_of(journey, old).turn == 1


def test_an_edited_journey_leaves_those_inside_in_the_old_graph_or_moves_them(brand, post):
    journey, old, moved = a_journey(brand, wait_then_send()), a_member(brand), a_member(brand)
    enters(journey, old)
    all_move(journey)
    first_id = journey.version_id
    newer = a_graph(
        ("t", "trigger", {"on": "hand"}), ("w2", "wait", {"amount": 9}), ("k", "task", {"text": "打个电话"}), ("x", "exit", {}),
        edges=["t>w2", "w2>k", "k>x"],
    )  # fmt: skip
    change_graph(journey.id, newer, by=None, now=NOW)
    journey = start_journey(journey.id, by=None, now=NOW)
    all_move(journey, now=NOW + DAY)
    assert post.sent_to() == [old.id], "in the graph in which it began"

    back = a_journey(brand, wait_then_send())
    enters(back, moved)
    all_move(back)
    first_id = back.version_id
    change_graph(back.id, newer, by=None, now=NOW)
    back = start_journey(back.id, by=None, now=NOW)
    with pytest.raises(MappingWrong):
        move_to_version(back.id, {"w": "nowhere"}, from_version_id=first_id, by=None, now=NOW)
    assert move_to_version(back.id, {"w": "w2"}, from_version_id=first_id, by=None, now=NOW) == 1
    all_move(back, now=NOW + DAY)
    assert ways(entry_of(back, moved))[1:] == [("w2", "next"), ("k", "next"), ("x", "")], "a wait keeps its time"
    assert post.sent_to() == [old.id]


def test_of_two_members_who_turn_out_to_be_one_the_one_who_stays_goes_on(brand, post):
    journey = a_journey(brand, wait_then_send())
    stays, goes, alone = a_member(brand), a_member(brand), a_member(brand)
    kept, absorbed = enters(journey, stays, goes)
    all_move(journey)
    join = joined_as_one(stays, goes, survivor=stays)
    found = JourneyEntry.objects.get(id=absorbed.id)
    assert (found.member_id, found.state, found.why, found.turn) == (stays.id, "over", "joined", 2)
    all_move(journey, now=NOW + DAY)
    assert post.sent_to() == [stays.id]
    undo_join(UndoWanted(join.id, "错了"), by=None, now=NOW + DAY)
    found.refresh_from_db()
    assert (found.member_id, found.state, found.turn) == (goes.id, "inside", 1)
    all_move(journey, now=NOW + DAY)
    assert post.sent_to() == [stays.id, goes.id]

    other = a_journey(brand, wait_then_send())
    (late,) = enters(other, alone)
    newcomer = a_member(brand)
    joined_as_one(newcomer, alone, survivor=newcomer)
    assert JourneyEntry.objects.get(id=late.id).member_id == newcomer.id
    assert isinstance(kept, Entered)
