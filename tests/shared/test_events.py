"""The outbox and its reader."""

from __future__ import annotations

import threading
from datetime import UTC, datetime
from uuid import UUID

import pytest
from django.db import DatabaseError, connection, transaction

from sitong.shared.events.actions import announce, begin_reading
from sitong.shared.events.models import Cursor, Event, Parked
from sitong.shared.events.queries import lag, oldest_transaction_s
from sitong.shared.events.reader import drain, run_subscribers
from sitong.shared.events.registry import SUBSCRIPTIONS, from_facts, to_facts
from tests.make.events import AT, BRAND, BellRung, DoorOpened, ring_bells, subscriber


def test_an_event_read_back_is_the_event_that_was_announced():
    rung = BellRung(BRAND, 3, UUID(int=7), datetime(2026, 3, 3, 2, 0, tzinfo=UTC))
    assert to_facts(rung) == {
        "brand_id": str(BRAND),
        "count": 3,
        "visitor_id": "00000000-0000-0000-0000-000000000007",
        "rung_at": "2026-03-03T02:00:00+00:00",
    }
    assert from_facts("tests.bell_rung", to_facts(rung)) == rung
    assert from_facts("tests.bell_rung", {"brand_id": str(BRAND), "count": 1, "unheard_of": 5}) == BellRung(BRAND, 1)


def test_announcing_any_number_is_one_statement(db, django_assert_num_queries):
    with django_assert_num_queries(1):
        announce([BellRung(BRAND, count) for count in range(20)], at=AT)
    assert Event.objects.count() == 20


def test_announcing_outside_of_a_transaction_is_a_bug(committed_db):
    with pytest.raises(RuntimeError, match="inside of the transaction"):
        announce([BellRung(BRAND, 1)], at=AT)
    assert not Event.objects.exists()


def test_an_event_is_heard_if_and_only_if_its_transaction_commits(committed_db):
    heard: list[int] = []
    with subscriber("tests.ear", lambda events: heard.extend(event.count for event in events)):
        ring_bells(1, 2)
        with pytest.raises(ZeroDivisionError), transaction.atomic():
            announce([BellRung(BRAND, 3)], at=AT)
            raise ZeroDivisionError
        ring_bells(4)
        drain("tests.ear")
        drain("tests.ear")
    assert heard == [1, 2, 4]


def test_a_subscriber_hears_only_what_it_asked_for_and_its_cursor_passes_the_rest(committed_db):
    heard = []
    with subscriber("tests.ear", heard.extend, DoorOpened):
        ring_bells(*range(10))
        with transaction.atomic():
            announce([DoorOpened(BRAND, 1)], at=AT)
        ring_bells(11)
        drain("tests.ear")
        assert heard == [DoorOpened(BRAND, 1)]
        newest = Event.objects.order_by("transaction", "seq").last()
        cursor = Cursor.objects.get(subscriber="tests.ear")
        assert (cursor.transaction, cursor.seq) == (newest.transaction, newest.seq)


def test_batches_come_in_order_and_are_bounded(committed_db):
    batches: list[list[int]] = []
    with subscriber("tests.ear", lambda events: batches.append([event.count for event in events]), batch=100):
        for start in range(0, 250, 50):
            ring_bells(*range(start, start + 50))
        drain("tests.ear")
    assert [count for batch in batches for count in batch] == list(range(250))
    assert [len(batch) for batch in batches] == [100, 100, 50]


def test_a_new_subscriber_begins_where_it_says(committed_db):
    old, new = [], []
    ring_bells(1)
    with subscriber("tests.old", old.extend), subscriber("tests.new", new.extend, start="now"):
        drain("tests.old", "tests.new")
        ring_bells(2)
        drain("tests.old", "tests.new")
    assert [event.count for event in old] == [1, 2]
    assert [event.count for event in new] == [2]


def test_effects_of_a_handler_happen_exactly_once_although_its_batch_failed(committed_db):
    """The handler writes before it fails; what it wrote for the failed batch is gone, and written once in the end."""

    def handle(events):
        with connection.cursor() as cursor:
            for event in events:
                cursor.execute(
                    "INSERT INTO shared_cursor (subscriber, transaction, seq) VALUES (%s, 0, 0)",
                    [f"effect-{event.count:03}"],
                )
        if any(event.count == 137 for event in events):
            raise ValueError("137 is poison")

    with subscriber("tests.writer", handle):
        ring_bells(*range(300))
        drain("tests.writer")
    effects = list(
        Cursor.objects.filter(subscriber__startswith="effect-")
        .order_by("subscriber")
        .values_list("subscriber", flat=True)
    )
    assert effects == [f"effect-{count:03}" for count in range(300) if count != 137]
    parked = Parked.objects.get()
    assert (parked.subscriber, parked.event.facts["count"], parked.tries) == ("tests.writer", 137, 1)
    assert "ValueError: 137 is poison" in parked.error


def test_the_poison_of_one_subscriber_is_nothing_to_the_others(committed_db):
    heard: list[int] = []

    def fail(events):
        raise ValueError("always")

    with (
        subscriber("tests.sick", fail),
        subscriber("tests.well", lambda events: heard.extend(event.count for event in events)),
    ):
        ring_bells(1, 2, 3)
        drain("tests.sick", "tests.well")
    assert heard == [1, 2, 3]
    assert list(Parked.objects.order_by("event_id").values_list("subscriber", "event__facts__count")) == [
        ("tests.sick", count) for count in (1, 2, 3)
    ]


def test_a_statement_that_the_database_refuses_is_poison_too(committed_db):
    def handle(events):
        with connection.cursor() as cursor:
            for event in events:
                cursor.execute("SELECT 1 / %s", [event.count])

    with subscriber("tests.divider", handle):
        ring_bells(2, 0, 1)
        drain("tests.divider")
    assert "division by zero" in Parked.objects.get().error


def test_a_database_that_is_away_for_a_moment_is_nobodys_fault(committed_db):
    failures = iter([True, True])
    heard = []

    def handle(events):
        if next(failures, False):
            from django.db import OperationalError

            raise OperationalError("deadlock detected")
        heard.extend(events)

    with subscriber("tests.ear", handle):
        ring_bells(1, 2)
        drain("tests.ear")
    assert [event.count for event in heard] == [1, 2]
    assert not Parked.objects.exists()


def test_lag_counts_what_a_subscriber_has_not_read(committed_db):
    with subscriber("tests.ear", lambda events: None):
        begin_reading([SUBSCRIPTIONS["tests.ear"]])
        ring_bells(1, 2, 3)
        (before,) = [one for one in lag() if one.subscriber == "tests.ear"]
        drain("tests.ear")
        (after,) = [one for one in lag() if one.subscriber == "tests.ear"]
    assert (before.events, before.oldest_at, before.parked, before.known) == (3, AT, 0, True)
    assert (after.events, after.oldest_at) == (0, None)


def test_the_oldest_open_transaction_is_known(committed_db):
    opened, done = threading.Event(), threading.Event()

    def hold_open():
        with transaction.atomic():
            ring_bells(1)
            opened.set()
            done.wait(10)
        connection.close()

    assert oldest_transaction_s() == 0
    thread = threading.Thread(target=_as_every_brand(hold_open))
    thread.start()
    try:
        assert opened.wait(10)
        assert 0 < oldest_transaction_s() < 10
    finally:
        done.set()
        thread.join()


def test_the_worker_is_woken_at_once_and_stops_when_told(committed_db):
    heard, all_heard, stop = [], threading.Event(), threading.Event()

    def handle(events):
        heard.extend(event.count for event in events)
        if len(heard) == 30:
            all_heard.set()

    with subscriber("tests.ear", handle):
        worker = threading.Thread(target=run_subscribers, args=[stop])
        worker.start()
        try:
            for count in range(30):
                ring_bells(count)
            assert all_heard.wait(10)
        finally:
            stop.set()
            worker.join(20)
    assert heard == list(range(30))
    assert not worker.is_alive()


def test_events_of_a_restored_dump_do_not_hide_new_ones(committed_db):
    """A dump restored into another server brings transaction ids that the server has yet to reach."""
    heard: list[int] = []
    with subscriber("tests.ear", lambda events: heard.extend(event.count for event in events)):
        ring_bells(1)
        drain("tests.ear")
        ring_bells(2)
        with connection.cursor() as cursor:
            cursor.execute("UPDATE shared_event SET transaction = transaction + 1000000000000")
            cursor.execute("UPDATE shared_cursor SET transaction = transaction + 1000000000000")
        ring_bells(3)
        drain("tests.ear")
    assert heard == [1, 2, 3]


def _as_every_brand(function):
    def run():
        from sitong.shared.access.scope import every_brand

        with every_brand():
            function()

    return run


def test_events_are_behind_the_brands_wall(db):
    from sitong.shared.access.scope import brands_shown

    announce([BellRung(BRAND, 1), BellRung(UUID(int=2), 2)], at=AT)
    with brands_shown([BRAND]):
        assert [event.facts["count"] for event in Event.objects.all()] == [1]
        with pytest.raises(DatabaseError, match="row-level security"), transaction.atomic():
            announce([BellRung(UUID(int=2), 3)], at=AT)


def test_rare_names_are_found_behind_many_others_in_bounded_steps(committed_db, monkeypatch):
    from sitong.shared.events import queries

    monkeypatch.setattr(queries, "WINDOW", 50)
    heard: list[int] = []
    with subscriber("tests.ear", lambda events: heard.extend(event.count for event in events), DoorOpened, batch=3):
        for count in range(8):
            ring_bells(*range(60))
            with transaction.atomic():
                announce([DoorOpened(BRAND, count)], at=AT)
        drain("tests.ear")
    assert heard == list(range(8))


def test_reading_leaves_the_planner_as_it_was_for_the_handler(committed_db):
    seen = []

    def handle(events):
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT current_setting('enable_sort'), current_setting('enable_seqscan'), current_setting('enable_bitmapscan')"
            )
            seen.append(cursor.fetchone())

    with subscriber("tests.ear", handle):
        ring_bells(1)
        drain("tests.ear")
    assert seen == [("on", "on", "on")]
