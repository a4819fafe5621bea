"""The reader: hands each subscriber the events that it asked for, in commit order, without a gap, effects exactly once.

A round of one subscriber is one transaction: lock its cursor, read the next events, call its handler, move the cursor.
A round that fails leaves nothing behind and is tried with half as many events, until the one that fails stands alone;
that one is parked and the rest goes on. Any number of threads and workers may run: a locked cursor is passed over.
"""

from __future__ import annotations

import random
import threading
import time
import traceback
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

import structlog
from django.db import Error, InterfaceError, OperationalError, connection, transaction

from sitong.shared.access.scope import show_every_brand
from sitong.shared.clock import now as clock_now
from sitong.shared.events import actions, metrics
from sitong.shared.events.bell import Alarm, listen
from sitong.shared.events.queries import (
    Position,
    next_events,
    positions_from_elsewhere,
    subscribers_behind,
)
from sitong.shared.events.registry import SUBSCRIPTIONS, Announced, Subscription

POLL_S = 1.0
POLL_SOON_S = 0.005
PATIENCE = 5
ERROR_CHARS = 8000

log: Any = structlog.get_logger("sitong.events")


@dataclass
class Pace:
    """How one worker goes about one subscriber after failures: how many at once, from when on, whose fault."""

    limit: int
    not_before: float = 0.0
    database_failures: int = 0


class Failed(Exception):
    """A handler failed on these events; the cause is the handler's own exception."""

    def __init__(self, events: list[Announced], error: str) -> None:
        super().__init__(error)
        self.events, self.error = events, error


@dataclass
class Reader:
    """What the threads of one worker share."""

    subscriptions: Collection[Subscription] = field(default_factory=lambda: list(SUBSCRIPTIONS.values()))
    paces: dict[str, Pace] = field(default_factory=dict)

    def prepare(self) -> None:
        """Make the cursors that are missing; bring positions of another server below this one's."""
        if positions_from_elsewhere():
            actions.rebase_positions()
        actions.begin_reading(self.subscriptions)

    def go_round(self) -> bool:
        """Give each subscriber that is behind one round; tell whether any event was dealt with."""
        by_name = {one.subscriber: one for one in self.subscriptions}
        behind = list(subscribers_behind(list(by_name)))
        random.shuffle(behind)  # so that several threads start with different ones
        moved = False
        for name in behind:
            moved = self.round(by_name[name]) or moved
        return moved

    def round(self, subscription: Subscription) -> bool:
        """Hand one batch to one subscriber; tell whether its cursor moved."""
        pace = self.paces.setdefault(subscription.subscriber, Pace(subscription.batch))
        if time.monotonic() < pace.not_before:
            return False
        started = time.perf_counter()
        try:
            show_every_brand()
            handled = _handle_next(subscription, limit=pace.limit)
        except Failed as failed:
            return self._after_failure(subscription, pace, failed)
        pace.database_failures = 0
        if handled is None:
            return False
        pace.limit = min(subscription.batch, pace.limit * 2)
        if handled:
            metrics.HANDLED.labels(subscription.subscriber).inc(handled)
            metrics.BATCH_S.labels(subscription.subscriber).observe(time.perf_counter() - started)
        return True

    def _after_failure(self, subscription: Subscription, pace: Pace, failed: Failed) -> bool:
        cause = failed.__cause__
        if isinstance(cause, OperationalError | InterfaceError) and pace.database_failures < PATIENCE:
            pace.database_failures += 1  # the database is away, or two have met in a deadlock: no event's fault yet
            pace.not_before = time.monotonic() + min(5.0, 0.05 * 2**pace.database_failures)
            log.warning("events_wait", subscriber=subscription.subscriber, error=str(cause))
            return False
        if len(failed.events) > 1:
            pace.limit = max(1, len(failed.events) // 2)
            return True
        pace.database_failures = 0
        pace.limit = min(subscription.batch, 2)
        return _park_alone(subscription, failed.events[0], failed.error)


def _handle_next(subscription: Subscription, *, limit: int) -> int | None:
    """Read, handle and move on in one transaction. None: another worker has the cursor, or nothing is new."""
    events: list[Announced] = []
    try:
        with transaction.atomic():
            locked = actions.lock_cursor(subscription.subscriber)
            if locked is None:
                return None
            position, horizon = locked
            events, reached = next_events(position, subscription.names, below=horizon, limit=limit)
            if events:
                subscription.hand(events)
            if reached is None or reached <= position:
                return None
            actions.move_cursor(subscription.subscriber, reached, now=clock_now())
            return len(events)
    except Exception as cause:
        if not events and isinstance(cause, Error):
            _leave_connection()
            log.warning("events_database", subscriber=subscription.subscriber, error=str(cause))
            return None
        _leave_connection()
        raise Failed(events, "".join(traceback.format_exception(cause))[-ERROR_CHARS:]) from cause


def _park_alone(subscription: Subscription, event: Announced, error: str) -> bool:
    """Put the event aside and move past it, unless another worker has meanwhile dealt with it."""
    with transaction.atomic():
        locked = actions.lock_cursor(subscription.subscriber)
        if locked is None or locked[0] >= (event.transaction, event.seq):
            return False
        actions.park(subscription.subscriber, event, error=error, now=clock_now())
        actions.move_cursor(subscription.subscriber, Position(event.transaction, event.seq), now=clock_now())
    metrics.PARKED.labels(subscription.subscriber).inc()
    log.error(
        "event_parked", subscriber=subscription.subscriber, event_id=str(event.id), event_name=event.name, error=error
    )
    return True


def _leave_connection() -> None:
    """Close a connection that the server has dropped, so that the next query opens another."""
    if connection.connection is not None and not connection.in_atomic_block:
        connection.close_if_unusable_or_obsolete()


def drain(*subscribers: str, rounds_max: int = 10_000) -> None:
    """Let these subscribers (none named: all) read until nothing committed is left: for commands and tests."""
    wanted = [SUBSCRIPTIONS[name] for name in subscribers] or list(SUBSCRIPTIONS.values())
    reader = Reader(wanted)
    show_every_brand()
    reader.prepare()
    for _ in range(rounds_max):
        if reader.go_round():
            continue
        if not subscribers_behind([one.subscriber for one in wanted]):
            return
        time.sleep(POLL_SOON_S)  # another worker has the cursor, or the database needs a moment
    raise RuntimeError(f"after {rounds_max} rounds there is still something to read")


def run_subscribers(stop: threading.Event, *, threads: int = 2) -> None:
    """Read for all subscribers until `stop`, in this thread and others; what has begun is finished first."""
    alarm, reader = Alarm(), Reader()
    helpers = [threading.Thread(target=listen, args=[alarm, stop], name="events-bell", daemon=True)]
    helpers += [
        threading.Thread(target=_read_on, args=[reader, alarm, stop], name=f"events-{at}", daemon=True)
        for at in range(1, threads)
    ]
    for helper in helpers:
        helper.start()
    try:
        _read_on(reader, alarm, stop)
    finally:
        stop.set()
        for helper in helpers:
            helper.join(timeout=30)


def _read_on(reader: Reader, alarm: Alarm, stop: threading.Event) -> None:
    """One thread: rounds while there is something; then wait for the bell, at first looking again soon.

    An event can be rung before it may be read (an older transaction still runs), so the first looks come quickly.
    """
    prepared, pause = False, POLL_SOON_S
    try:
        while not stop.is_set():
            heard = alarm.count
            moved = False
            try:
                show_every_brand()
                if not prepared:
                    reader.prepare()
                    prepared = True
                moved = reader.go_round()
            except Exception as error:
                log.warning("events_reader", error=str(error))
                _leave_connection()
                pause = POLL_S
            pause = POLL_SOON_S if moved or alarm.wait_beyond(heard, pause) else min(POLL_S, pause * 2)
    finally:
        connection.close()
