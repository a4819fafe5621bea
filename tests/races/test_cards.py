"""A race for the last visit: used twice at once, it is used once. With its control."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from sitong.member.cards.actions import CardUsedUp, Used, UseWanted, use_cards
from sitong.member.cards.actions import use as using
from sitong.member.cards.models import Card, CardUse
from sitong.shared.access.scope import every_brand
from sitong.shared.ids import new_id
from sitong.shared.ledger.books import check_books
from tests.make.cards import a_card, a_kind
from tests.make.org import NOW, a_store

pytestmark = pytest.mark.usefixtures("committed_db")


def at_once(card, store, callers: int):
    gate = threading.Barrier(callers)

    def run(_):
        try:
            with every_brand():
                gate.wait(10)
                (outcome,) = use_cards([UseWanted(new_id(), card.brand_id, card.code, store.id)], now=NOW)
                return outcome
        except Exception as raised:
            return raised
        finally:
            connection.close()

    with ThreadPoolExecutor(callers) as pool:
        return list(pool.map(run, range(callers)))


def test_eight_counters_at_once_use_the_last_visit_once():
    store = a_store()
    card = a_card(store, a_kind(store, visits=1))
    outcomes = at_once(card, store, 8)
    assert sum(isinstance(one, Used) for one in outcomes) == 1
    assert outcomes.count(CardUsedUp()) == 7
    assert (Card.objects.get().used, CardUse.objects.count(), check_books()) == (1, 1, [])


def test_without_the_lock_both_find_the_visit_there(monkeypatch):
    """The control: both read before either writes, and only the table's own constraint is left to stop the second."""
    store = a_store()
    card = a_card(store, a_kind(store, visits=1))
    both_have_read, read = threading.Barrier(2), using.run

    def read_without_lock(statement, parameters=()):
        found = read(statement.replace("FOR NO KEY UPDATE OF c", ""), parameters)
        if statement == using.LOCK:
            both_have_read.wait(10)
        return found

    monkeypatch.setattr(using, "run", read_without_lock)
    outcomes = at_once(card, store, 2)
    assert CardUsedUp() not in outcomes
    assert [type(one).__name__ for one in outcomes if not isinstance(one, Used)] == ["IntegrityError"]
