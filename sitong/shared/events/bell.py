"""The bell: tells sleeping readers that something was announced.

A NOTIFY inside of the announcing transaction makes all of them commit one after another (PostgreSQL takes one lock for
the whole server from before the commit's flush until after it). So the announcing process rings after the commit, from
a thread with a connection of its own, at most once in `PAUSE_S`. A ring that gets lost costs a reader's poll, no event.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from typing import Any

import psycopg
from django.db import connection

CHANNEL = "sitong_events"
PAUSE_S = 0.01
RETRY_S = 1.0

_guard = threading.Lock()
_wanted = threading.Event()
_ringer_pid = 0


def ring() -> None:
    """Wake the readers of every process soon. Costs the caller nothing but setting a flag."""
    global _ringer_pid
    _wanted.set()
    if _ringer_pid != os.getpid():
        with _guard:
            if _ringer_pid != os.getpid():
                _ringer_pid = os.getpid()
                threading.Thread(
                    target=_ring_when_wanted, name="bell", daemon=True, args=[connection_of_its_own]
                ).start()


def connection_of_its_own() -> psycopg.Connection[Any]:
    """Open a connection beside Django's, in autocommit, to the same database as the same role."""
    params = connection.get_connection_params()
    plain = {key: params[key] for key in ("dbname", "user", "password", "host", "port") if params.get(key)}
    return psycopg.connect(**plain, autocommit=True, application_name="sitong-bell", connect_timeout=10)


def _ring_when_wanted(connect: Callable[[], psycopg.Connection[Any]]) -> None:
    own: psycopg.Connection[Any] | None = None
    while True:
        _wanted.wait()
        _wanted.clear()
        try:
            own = own or connect()
            own.execute(f"NOTIFY {CHANNEL}")
            time.sleep(PAUSE_S)
        except psycopg.Error:
            if own is not None:
                own.close()
            own = None
            time.sleep(RETRY_S)


class Alarm:
    """Rings heard in this process: a reader waits for the next one, or until its time is up."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._count = 0

    @property
    def count(self) -> int:
        return self._count

    def sound(self) -> None:
        """Wake everyone who waits."""
        with self._changed:
            self._count += 1
            self._changed.notify_all()

    def wait_beyond(self, count: int, seconds: float) -> bool:
        """Wait until more than `count` rings were heard; False when the time was up first."""
        with self._changed:
            return self._changed.wait_for(lambda: self._count > count, seconds)


def listen(alarm: Alarm, stop: threading.Event) -> None:
    """Sound the alarm for each ring until `stop`. A lost connection is opened again; meanwhile the readers poll."""
    while not stop.is_set():
        try:
            with connection_of_its_own() as own:
                own.execute(f"LISTEN {CHANNEL}")
                alarm.sound()  # whatever was announced while nobody listened
                while not stop.is_set():
                    for _ in own.notifies(timeout=0.5, stop_after=1):
                        alarm.sound()
        except psycopg.Error:
            stop.wait(RETRY_S)
