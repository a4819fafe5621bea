"""The Lane: gathers, commits as one, answers each, survives bugs, floods, slowness and a broken database."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Iterator, Sequence

import pytest
from django.db import OperationalError, connection, connections, transaction

from sitong.shared.access.scope import shown
from sitong.shared.batch.lane import Lane, TooSlow
from sitong.shared.errors import Busy, NotFound, Refused
from sitong.shared.observe.metrics import exposition

pytestmark = pytest.mark.usefixtures("committed_db")


class Recorder:
    """An action that notes its batches, refuses odd numbers, and fails on 13."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.entered = threading.Event()
        self.go_on = threading.Event()
        self.go_on.set()

    def __call__(self, items: Sequence[int]) -> list[str | Refused]:
        self.entered.set()
        self.go_on.wait(10)
        if 13 in items:
            raise ZeroDivisionError("13")
        self.batches.append(list(items))
        return [NotFound(number=item) if item % 2 else f"done {item}" for item in items]


@pytest.fixture
def action() -> Recorder:
    return Recorder()


@pytest.fixture
def lane(action) -> Iterator[Lane[int, str]]:
    made: Lane[int, str] = Lane("test", action, queue_max=8, timeout_s=2, retry_s=1)
    yield made
    action.go_on.set()
    assert made.stop(5)


def in_threads(lane: Lane[int, str], items: Sequence[int]) -> list[object]:
    """Hand in each item from a thread of its own, and give what each got: an outcome or an exception."""
    got: list[object] = [None] * len(items)

    def call(at: int) -> None:
        try:
            got[at] = lane.submit_sync(items[at])
        except Exception as wrong:
            got[at] = wrong

    threads = [threading.Thread(target=call, args=[at]) for at in range(len(items))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return got


def held(lane: Lane[int, str], action: Recorder, first: int = 0) -> threading.Thread:
    """Keep the lane busy with one item until `action.go_on` is set."""
    action.go_on.clear()
    action.entered.clear()
    thread = threading.Thread(target=lane.submit_sync, args=[first])
    thread.start()
    assert action.entered.wait(5)
    return thread


def test_an_idle_lane_runs_a_lone_item_at_once(lane, action):
    assert lane.submit_sync(2) == "done 2"
    assert action.batches == [[2]]


def test_what_arrives_during_a_commit_becomes_one_batch(lane, action):
    first = held(lane, action)
    waiting = threading.Thread(target=in_threads, args=[lane, [2, 4, 6]])
    waiting.start()
    while lane.waiting < 3:
        time.sleep(0.001)
    action.go_on.set()
    first.join()
    waiting.join()
    assert action.batches[0] == [0]
    assert [sorted(batch) for batch in action.batches[1:]] == [[2, 4, 6]]


def test_each_caller_gets_its_own_outcome_and_a_refusal_is_returned(lane):
    async def all_together() -> list[object]:
        return await asyncio.gather(*(lane.submit(item) for item in [1, 2, 3, 4]))

    assert asyncio.run(all_together()) == [NotFound(number=1), "done 2", NotFound(number=3), "done 4"]


def test_a_batch_is_never_larger_than_allowed(action):
    lane = Lane("test", action, batch_max=2)
    first = held(lane, action)
    waiting = threading.Thread(target=in_threads, args=[lane, [2, 4, 6, 8, 10]])
    waiting.start()
    while lane.waiting < 5:
        time.sleep(0.001)
    action.go_on.set()
    first.join()
    waiting.join()
    lane.stop()
    assert [len(batch) for batch in action.batches] == [1, 2, 2, 1]


def test_a_poisonous_item_fails_alone(lane, action):
    first = held(lane, action)
    got: list[object] = []
    waiting = threading.Thread(target=lambda: got.extend(in_threads(lane, [2, 13, 4, 6, 8])))
    waiting.start()
    while lane.waiting < 5:
        time.sleep(0.001)
    action.go_on.set()
    first.join()
    waiting.join()
    assert [one for one in got if one != got[1]] == ["done 2", "done 4", "done 6", "done 8"]
    assert isinstance(got[1], ZeroDivisionError)


def test_a_wrong_number_of_outcomes_is_a_bug_and_nobody_gets_a_neighbours_answer():
    lane = Lane("test", lambda items: ["only one"])
    with pytest.raises(RuntimeError, match="1 outcomes for 2 items"):
        lane._act([1, 2], 0)
    assert lane.submit_sync(1) == "only one"
    lane.stop()


def test_a_full_queue_answers_busy_and_when_to_come_back(lane, action):
    first = held(lane, action)
    waiting = threading.Thread(target=in_threads, args=[lane, [2] * 8])
    waiting.start()
    while lane.waiting < 8:
        time.sleep(0.001)
    assert lane.submit_sync(4) == Busy(retry_after_s=1)
    assert asyncio.run(lane.submit(4)) == Busy(retry_after_s=1)
    action.go_on.set()
    first.join()
    waiting.join()
    assert 4 not in [item for batch in action.batches for item in batch]
    assert lane.submit_sync(4) == "done 4"


def test_a_caller_is_told_when_it_takes_too_long_and_what_was_not_begun_stays_undone(action):
    lane = Lane("test", action, timeout_s=0.3)
    first = held(lane, action)
    started = time.perf_counter()
    assert asyncio.run(lane.submit(2)) == TooSlow(timeout_s=0.3)
    assert lane.submit_sync(4) == TooSlow(timeout_s=0.3)
    assert time.perf_counter() - started < 1
    action.go_on.set()
    first.join()
    assert lane.stop()
    assert action.batches == [[0]]


def test_a_caller_who_leaves_disturbs_nobody(lane, action):
    async def leave_and_stay() -> object:
        held(lane, action)
        leaving = asyncio.ensure_future(lane.submit(2))
        staying = asyncio.ensure_future(lane.submit(4))
        await asyncio.sleep(0.01)
        leaving.cancel()
        action.go_on.set()
        return await staying

    assert asyncio.run(leave_and_stay()) == "done 4"


def test_stopping_finishes_what_was_accepted_and_takes_no_more(lane, action):
    first = held(lane, action)
    got: list[object] = []
    waiting = threading.Thread(target=lambda: got.extend(in_threads(lane, [2, 4, 6])))
    waiting.start()
    while lane.waiting < 3:
        time.sleep(0.001)
    stopping = threading.Thread(target=lane.stop)
    stopping.start()
    while not lane._closing:
        time.sleep(0.001)
    assert lane.submit_sync(8) == Busy(retry_after_s=1)
    action.go_on.set()
    for thread in (first, waiting, stopping):
        thread.join()
    assert got == ["done 2", "done 4", "done 6"]
    lane.reopen()
    assert lane.submit_sync(8) == "done 8"


def test_the_lane_outlives_what_nobody_foresaw(lane, action, monkeypatch):
    def break_down(batch, give_up_s):
        raise SystemExit("not an Exception")

    with monkeypatch.context() as patched:
        patched.setattr(lane, "_commit", break_down)
        with pytest.raises(SystemExit):
            lane.submit_sync(2)
    assert lane.submit_sync(2) == "done 2"


def test_batches_waits_and_commits_are_counted(lane):
    before = lane._meters.size._sum.get()
    for item in (2, 4, 6):
        lane.submit_sync(item)
    lane.stop()
    lane.reopen()
    assert lane._meters.size._sum.get() - before == 3
    text = exposition().decode()
    for name in ("batch_items_count", "wait_seconds_count", "commit_seconds_count", "waiting_items"):
        assert f'sitong_lane_{name}{{lane="test"}}' in text


# --- with the database ------------------------------------------------------------------------------------------------


def backend_of(items: Sequence[int]) -> list[tuple[int, str]]:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (pid,) = cursor.fetchone()
    return [(pid, shown())] * len(items)


def test_the_action_has_one_connection_of_its_own_that_sees_every_brand(committed_db):
    lane = Lane("test", backend_of)
    first, second = lane.submit_sync(1), lane.submit_sync(2)
    lane.stop()
    assert first == second
    assert first[1] == "*"
    assert first[0] != backend_of([1])[0][0]


def test_a_broken_connection_is_made_anew_and_no_caller_notices(committed_db):
    lane = Lane("test", backend_of)
    before, _ = lane.submit_sync(1)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s)", [before])
    after, scope = lane.submit_sync(2)
    lane.stop()
    assert after != before
    assert scope == "*"


def test_a_killed_server_makes_callers_wait_or_come_back_and_then_all_goes_on(committed_db, cluster):
    lane = Lane("test", backend_of, retry_s=1)
    lane.submit_sync(1)
    cluster.stop("immediate")
    try:
        started = time.perf_counter()
        assert lane.submit_sync(2) == Busy(retry_after_s=2)
        assert time.perf_counter() - started < 4
        waiting: list[object] = []
        lane.retry_s = 20
        caller = threading.Thread(target=lambda: waiting.append(lane.submit_sync(3)))
        caller.start()
    finally:
        cluster.start()
    caller.join()
    for alias in ("default", "owner"):
        connections[alias].close()
    lane.stop()
    assert waiting[0][1] == "*"


def test_transactions_that_collide_are_tried_again(committed_db):
    tries: list[int] = []

    def collide_once(items: Sequence[int]) -> Sequence[int]:
        tries.append(1)
        if len(tries) == 1:
            raise OperationalError("deadlock detected")
        return items

    lane = Lane("test", collide_once)
    assert lane.submit_sync(7) == 7
    assert len(tries) == 2
    lane.stop()
