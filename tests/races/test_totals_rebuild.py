"""Totals are rebuilt while a handler is counting."""

from __future__ import annotations

import threading

import pytest
from django.db import OperationalError, connection

from sitong.insight.metrics import actions, handlers
from sitong.insight.metrics.books import check_totals
from sitong.insight.metrics.queries import Asked, figures
from sitong.insight.metrics.rules import Period
from sitong.shared.access.scope import every_brand
from tests.make.insight import an_imported_order, counted, imported
from tests.make.org import NOW
from tests.make.scene import a_selling_store


@pytest.fixture
def counting(committed_db, monkeypatch):
    """One order is counted; a handler has counted a second one and commits when told. Gives the store and the teller."""
    selling = a_selling_store()
    store, sku = selling.store, selling.goods[0].sku_id
    imported([an_imported_order(store, "1", NOW, (sku, 1, 100))], brand_id=store.brand_id)
    counted()
    imported([an_imported_order(store, "2", NOW, (sku, 1, 20))], brand_id=store.brand_id)
    has_counted, may_commit = threading.Event(), threading.Event()

    def count_and_wait(pieces) -> None:
        actions.count_imported_orders(pieces)
        has_counted.set()
        assert may_commit.wait(10)

    monkeypatch.setattr(handlers, "count_imported_orders", count_and_wait)
    thread = threading.Thread(target=run_apart(counted))
    thread.start()
    assert has_counted.wait(10)
    yield store, may_commit
    may_commit.set()
    thread.join(10)


def run_apart(function):
    def run():
        try:
            with every_brand():
                function()
        finally:
            connection.close()

    return run


def test_a_rebuild_waits_for_the_handler_and_everything_counts_once(counting):
    store, may_commit = counting
    rebuilt = threading.Event()
    thread = threading.Thread(target=run_apart(lambda: (actions.rebuild_totals(store.brand_id), rebuilt.set())))
    thread.start()
    assert not rebuilt.wait(0.3)
    may_commit.set()
    thread.join(10)
    assert rebuilt.is_set()
    counted()
    assert figures(Asked(store.id, Period(NOW.date(), NOW.date().replace(day=NOW.day + 1)))).revenue_minor == 120
    assert check_totals() == []


def test_control_without_waiting_the_rebuild_meets_the_handlers_rows(counting, monkeypatch):
    store, may_commit = counting
    monkeypatch.setattr(actions, "WAIT_FOR_HANDLERS", "SELECT 1")
    threading.Timer(0.3, may_commit.set).start()
    with pytest.raises(OperationalError, match="could not serialize access"):
        actions.rebuild_totals(store.brand_id)
