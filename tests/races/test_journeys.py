"""Two workers at one piece: each member moves once; without the lock steps double. A pause waits for what is on its way."""

from __future__ import annotations

import threading
from collections import Counter

import pytest
from django.db import connection, transaction
from django.db.utils import IntegrityError

from sitong.marketing.journeys.actions import enter_members, move, move_due, pause_journey
from sitong.marketing.journeys.actions.enter import EntryWanted
from sitong.marketing.models import JourneyEntry, JourneyStep
from tests.make.journeys import DAY, a_journey, a_post, all_move, enters, wait_then_send
from tests.make.member import a_member
from tests.make.org import NOW, a_brand
from tests.races.test_coupons import at_once

pytestmark = pytest.mark.usefixtures("committed_db")


@pytest.fixture
def waiting():
    """Twelve members whose wait is over."""
    journey = a_journey(a_brand(), wait_then_send())
    members = [a_member(brand=type("Brand", (), {"id": journey.brand_id})) for _ in range(12)]
    enters(journey, *members)
    all_move(journey)
    return journey, members


def test_four_workers_move_each_member_once(waiting):
    journey, members = waiting
    with a_post() as post:
        moved = at_once(4, lambda _at: sum(iter(lambda: move_due(journey.id, now=NOW + DAY, most=2), 0)))
    assert sum(moved) == 12
    assert Counter(post.sent_to()) == Counter({one.id: 1 for one in members})
    assert JourneyStep.objects.filter(node="s").count() == 12


def test_control_without_the_lock_steps_double(waiting, monkeypatch):
    """Both read the same members before either has written: both send, and only the key of steps catches it."""
    journey, members = waiting
    monkeypatch.setattr(move, "TAKE", move.TAKE.replace("FOR NO KEY UPDATE SKIP LOCKED", ""))
    both_have_read, walk = threading.Barrier(2), move.walk

    def late(*args):
        both_have_read.wait(timeout=10)
        return walk(*args)

    monkeypatch.setattr(move, "walk", late)
    with a_post() as post:
        outcomes = at_once(2, lambda _at: move_due(journey.id, now=NOW + DAY))
    assert Counter(post.sent_to()) == Counter({one.id: 2 for one in members}), "each was sent to twice"
    assert [type(one) for one in outcomes if isinstance(one, Exception)] == [IntegrityError]


def test_a_member_enters_once_from_many_sides():
    brand = a_brand()
    journey, member = a_journey(brand, wait_then_send()), a_member(brand)
    outcomes = at_once(8, lambda _at: type(enter_members(journey.id, [EntryWanted(member.id)], now=NOW)[0]).__name__)
    assert Counter(outcomes) == {"Entered": 1, "JourneyInside": 7}
    assert JourneyEntry.objects.count() == 1


def test_a_pause_waits_for_the_piece_on_its_way(waiting, monkeypatch):
    journey, _members = waiting
    inside, go_on, walk = threading.Event(), threading.Event(), move.walk

    def slow(*args):
        inside.set()
        go_on.wait(timeout=10)
        return walk(*args)

    monkeypatch.setattr(move, "walk", slow)

    def act(number: int) -> object:
        if number == 0:
            return move_due(journey.id, now=NOW + DAY)
        inside.wait(timeout=10)
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL lock_timeout = '300ms'")
            try:
                pause_journey(journey.id, by=None, now=NOW)
            except Exception as waited:
                return type(waited).__name__
            finally:
                go_on.set()
        return "paused at once"

    with a_post():
        assert at_once(2, act) == [12, "OperationalError"]
        pause_journey(journey.id, by=None, now=NOW)
        assert move_due(journey.id, now=NOW + 9 * DAY) == 0
