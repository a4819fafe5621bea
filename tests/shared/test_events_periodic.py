"""Time-driven work."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from django.db import connection

from sitong.shared.access.scope import every_brand
from sitong.shared.events import periodic
from sitong.shared.events.models import PeriodicRun
from sitong.shared.events.periodic import CLOCKS, every, run_periodic, strike


@pytest.fixture
def clock(committed_db, monkeypatch):
    """Register a function for one test, alone."""
    monkeypatch.setattr(periodic, "CLOCKS", {})
    monkeypatch.setattr(periodic, "LOOK_EVERY_S", 0.02)

    def register(seconds, function):
        every(seconds, "tests.clock")(function)
        return periodic.CLOCKS["tests.clock"]

    return register


def test_a_clock_runs_when_it_is_due_and_not_before(clock):
    struck = []
    one = clock(60, struck.append)
    assert [strike(one), strike(one)] == [True, False]
    PeriodicRun.objects.update(started_at=struck[0] - timedelta(seconds=61))
    assert strike(one)
    assert len(struck) == 2
    run = PeriodicRun.objects.get()
    assert (run.name, run.error, run.failures, run.started_at) == ("tests.clock", "", 0, struck[1])


def test_a_clock_that_fails_says_why_and_runs_again_at_its_next_time(clock):
    moods = iter([ValueError("rainy"), ValueError("still rainy"), None])

    def strike_or_fail(now):
        if mood := next(moods):
            raise mood

    one = clock(60, strike_or_fail)
    for failures, words in ((1, "rainy"), (2, "still rainy"), (0, "")):
        assert strike(one)
        run = PeriodicRun.objects.get()
        assert run.failures == failures
        assert words in run.error
        PeriodicRun.objects.update(started_at=run.started_at - timedelta(seconds=61))


def test_two_workers_never_run_the_same_clock_at_once(clock):
    inside, most, guard = [], [], threading.Lock()

    def work(now):
        with guard:
            inside.append(1)
            most.append(len(inside))
        threading.Event().wait(0.05)
        with guard:
            inside.pop()

    one = clock(0, work)
    gate = threading.Barrier(4)

    def worker():
        with every_brand():
            gate.wait(10)
            for _ in range(5):
                strike(one)
        connection.close()

    threads = [threading.Thread(target=worker) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert set(most) == {1}


def test_the_worker_strikes_all_clocks_until_it_is_told_to_stop(clock):
    stop, struck = threading.Event(), []

    def count(now):
        struck.append(now)
        if len(struck) == 3:
            stop.set()

    clock(0.01, count)
    worker = threading.Thread(target=run_periodic, args=[stop])
    worker.start()
    worker.join(20)
    assert not worker.is_alive()
    assert len(struck) >= 3


def test_the_kernels_own_clocks_are_registered():
    assert {"shared.send_webhooks", "shared.delete_old_events"} <= set(CLOCKS)
