"""A transaction that began earlier and commits later: its events stand before ones that were already read."""

from __future__ import annotations

import threading

import pytest
from django.db import connection, transaction

from sitong.shared.access.scope import every_brand
from sitong.shared.events import reader
from sitong.shared.events.queries import Position
from sitong.shared.events.reader import drain
from sitong.shared.events.registry import Announced
from tests.make.events import ring_bells, subscriber


class LateCommit:
    """A thread that announces at once and commits when told."""

    def __init__(self, count: int) -> None:
        self.announced, self.may_commit = threading.Event(), threading.Event()
        self.thread = threading.Thread(target=self._run, args=[count])

    def _run(self, count: int) -> None:
        try:
            with every_brand(), transaction.atomic():
                ring_bells(count)
                self.announced.set()
                assert self.may_commit.wait(10)
        finally:
            connection.close()

    def __enter__(self) -> LateCommit:
        self.thread.start()
        assert self.announced.wait(10)
        return self

    def commit(self) -> None:
        self.may_commit.set()
        self.thread.join(10)

    def __exit__(self, *_: object) -> None:
        self.commit()


def hear_around_a_late_commit() -> list[int]:
    """Ring 1 (committed late) and 2 (committed at once); read before and after 1 commits; give what was heard."""
    heard: list[int] = []
    with subscriber("tests.ear", lambda events: heard.extend(event.count for event in events)):
        with LateCommit(1) as late:
            ring_bells(2)
            drain("tests.ear")
            late.commit()
        drain("tests.ear")
    return heard


def test_a_late_commit_is_not_skipped(committed_db):
    assert hear_around_a_late_commit() == [1, 2]


def test_control_with_plain_sequence_numbers_the_late_commit_is_skipped(committed_db, monkeypatch):
    def next_by_seq(after: Position, names, *, below: int, limit: int) -> tuple[list[Announced], Position | None]:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT 0, seq, id, brand_id, name, at, facts::text FROM shared_event WHERE seq > %s AND name = ANY (%s) ORDER BY seq LIMIT %s",
                [after.seq, list(names), limit],
            )
            events = [Announced(*row) for row in cursor.fetchall()]
        return events, Position(0, events[-1].seq) if events else None

    def behind(subscribers) -> set[str]:
        with connection.cursor() as cursor:
            cursor.execute("SELECT subscriber FROM shared_cursor WHERE seq < (SELECT max(seq) FROM shared_event)")
            return {name for (name,) in cursor.fetchall()}

    def begin_at_zero(subscriptions) -> None:
        with connection.cursor() as cursor:
            for one in subscriptions:
                cursor.execute(
                    "INSERT INTO shared_cursor (subscriber, transaction, seq) VALUES (%s, 0, 0) ON CONFLICT DO NOTHING",
                    [one.subscriber],
                )

    monkeypatch.setattr(reader, "next_events", next_by_seq)
    monkeypatch.setattr(reader, "subscribers_behind", behind)
    monkeypatch.setattr(reader.actions, "begin_reading", begin_at_zero)
    assert hear_around_a_late_commit() == [2]


@pytest.mark.parametrize("workers", [4])
def test_several_workers_share_the_subscribers_and_nothing_is_heard_twice(committed_db, workers):
    """Each handler writes through the database, so that a batch handled twice would break the unique key."""

    def write(events):
        with connection.cursor() as cursor:
            cursor.executemany(
                "INSERT INTO shared_cursor (subscriber, transaction, seq) VALUES (%s, 0, 0)",
                [[f"heard-{event.count:05}"] for event in events],
            )

    names = [f"tests.ear{at}" for at in range(1)]
    stop = threading.Event()
    with subscriber(names[0], write):
        threads = [threading.Thread(target=reader.run_subscribers, args=[stop]) for _ in range(workers)]
        for thread in threads:
            thread.start()
        try:
            for start in range(0, 2000, 50):
                ring_bells(*range(start, start + 50))
            drain(*names)
        finally:
            stop.set()
            for thread in threads:
                thread.join(30)
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM shared_cursor WHERE subscriber LIKE 'heard-%%'")
        assert cursor.fetchone() == (2000,)
        cursor.execute("SELECT count(*) FROM shared_parked")
        assert cursor.fetchone() == (0,)
