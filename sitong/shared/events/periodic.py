"""Time-driven work: functions that run again after so many seconds, each in one worker at a time.

    @every(60, "scene.expire_orders")
    def expire(now): ...

A function gets the instant of its run, opens its own transactions (short ones), and is tried again at its next time when
it fails. Its last run and error stand in `PeriodicRun`. What should happen once, at a time of its own, is a job
(procrastinate), not a clock.
"""

from __future__ import annotations

import hashlib
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import structlog
from django.db import connection

from sitong.shared.access.scope import show_every_brand
from sitong.shared.clock import now as clock_now
from sitong.shared.events.actions import begin_run, end_run
from sitong.shared.events.queries import last_runs

THREADS = 4
LOOK_EVERY_S = 0.5
ERROR_CHARS = 8000

Strike = Callable[[datetime], object]
log: Any = structlog.get_logger("sitong.clocks")


@dataclass(frozen=True, slots=True)
class Clock:
    """A function that runs every `seconds`."""

    name: str
    seconds: float
    strike: Strike

    def is_due(self, last: datetime | None, now: datetime) -> bool:
        """Tell whether its time has come, its last run having begun at `last`."""
        return last is None or (now - last).total_seconds() >= self.seconds


CLOCKS: dict[str, Clock] = {}


def every(seconds: float, name: str) -> Callable[[Strike], Strike]:
    """Let the worker run the function every so many seconds. `name` is "<word>.<verb>"; only one worker runs it at a time."""

    def register(strike: Strike) -> Strike:
        if name in CLOCKS:
            raise ValueError(f"two clocks are named {name}")
        CLOCKS[name] = Clock(name, seconds, strike)
        return strike

    return register


def run_periodic(stop: threading.Event) -> None:
    """Run every clock when its time comes, until `stop`; what has begun is finished first."""
    running: dict[str, Future[None]] = {}
    with ThreadPoolExecutor(THREADS, thread_name_prefix="clock") as pool:
        while not stop.is_set():
            try:
                show_every_brand()
                last, now = last_runs(), clock_now()
            except Exception as error:
                log.warning("clocks_wait", error=str(error))
                connection.close()
                stop.wait(1.0)
                continue
            for clock in list(CLOCKS.values()):
                busy = clock.name in running and not running[clock.name].done()
                if not busy and clock.is_due(last.get(clock.name), now):
                    running[clock.name] = pool.submit(_in_thread, clock)
            stop.wait(LOOK_EVERY_S)
    connection.close()


def _in_thread(clock: Clock) -> None:
    try:
        show_every_brand()
        strike(clock)
    except Exception as error:
        log.warning("clock_wait", clock=clock.name, error=str(error))
        connection.close()


def strike(clock: Clock) -> bool:
    """Run one clock now if it is due and nobody else runs it; tell whether it ran. Its failure is noted, not raised."""
    with _alone(clock.name) as alone:
        now = clock_now()
        if not alone or not clock.is_due(last_runs().get(clock.name), now):
            return False
        begin_run(clock.name, now=now)
        started, error = time.perf_counter(), ""
        try:
            clock.strike(now)
        except Exception as failed:
            error = "".join(traceback.format_exception(failed))[-ERROR_CHARS:]
            log.error("clock_failed", clock=clock.name, error=error)
            show_every_brand()
        end_run(clock.name, took_ms=int((time.perf_counter() - started) * 1000), error=error)
        return True


@contextmanager
def _alone(name: str) -> Iterator[bool]:
    """Hold the clock's advisory lock; False when another session has it. It ends with the session at the latest."""
    key = int.from_bytes(hashlib.sha256(f"sitong clock {name}".encode()).digest()[:8], "big", signed=True)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [key])
        (alone,) = cursor.fetchone()
    try:
        yield alone
    finally:
        if alone and connection.connection is not None:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [key])
