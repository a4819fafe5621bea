"""Events: how fast announced events are handled by three subscribers, and how late one arrives at a quiet pace.

The reader is a process of its own, as the worker is; each subscriber writes a row for every event, with the instant.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from bench import Figure, compared, pgbench, server

SUBSCRIBERS = ("bench.one", "bench.two", "bench.three")
BRAND = UUID("01900000-0000-7000-8000-0000000000be")
EVENTS = int(os.environ.get("EVENTS", "150000"))
IN_A_TRANSACTION = 100
PACE_PER_S, PACED_S = 1_000, 12

TABLE = """
CREATE TABLE bench_heard (subscriber text, count bigint, late_us bigint);
GRANT SELECT, INSERT, TRUNCATE ON bench_heard TO {role}
"""
ONE_EVENT = """
INSERT INTO shared_event (id, brand_id, name, at, facts)
VALUES (gen_random_uuid(), '01900000-0000-7000-8000-0000000000be', 'bench.bell_rung', now(),
        '{"count": 1, "brand_id": "01900000-0000-7000-8000-0000000000be", "rung_us": 1}');
"""
WITH_NOTIFY = f"BEGIN;\n{ONE_EVENT}NOTIFY sitong_events;\nEND;\n"


def run() -> list[Figure]:
    """Measure both, and what a NOTIFY inside of the announcing transaction would cost."""
    figures = []
    with server.database():
        plain, notifying = pgbench.custom(ONE_EVENT, seconds=5), pgbench.custom(WITH_NOTIFY, seconds=5)
        _prepare()
        with _reader():
            rate = _throughput()
            figures.append(
                compared(
                    "events", rate, "events/s", plain, subscribers=3, in_a_transaction=IN_A_TRANSACTION, events=EVENTS
                )
            )
            late_ms = _latencies()
            p50, p99 = (late_ms[int(part * len(late_ms))] for part in (0.5, 0.99))
            figures.append(
                Figure(
                    "events-late", p99, "ms", extras={"p50_ms": p50, "max_ms": late_ms[-1], "at_a_second": PACE_PER_S}
                )
            )
        figures.append(compared("events-notify-inside", notifying, "transactions/s", plain))
    return figures


def _throughput() -> float:
    """Announce as fast as it goes and wait until all three have handled everything; give events a second."""
    started_s = time.perf_counter()
    for start in range(0, EVENTS, IN_A_TRANSACTION):
        _announce(range(start, start + IN_A_TRANSACTION))
    announced_s = time.perf_counter() - started_s
    _wait_for(EVENTS)
    seconds = time.perf_counter() - started_s
    print(
        f"announced {EVENTS / announced_s:,.0f} events/s, handled by all three {EVENTS / seconds:,.0f} events/s",
        file=sys.stderr,
    )
    return EVENTS / seconds


def _latencies() -> list[float]:
    """Announce at a steady pace and give, sorted, how late each event was handled by each subscriber, in milliseconds."""
    _sql("TRUNCATE bench_heard")
    step_s, each = 0.01, int(PACE_PER_S * 0.01)
    started_s = time.perf_counter()
    for step in range(int(PACED_S / step_s)):
        time.sleep(max(0.0, started_s + step * step_s - time.perf_counter()))
        _announce(range(step * each, (step + 1) * each))
    _wait_for(PACE_PER_S * PACED_S)
    return sorted(late_us / 1000 for (late_us,) in _sql("SELECT late_us FROM bench_heard"))


def _wait_for(count: int, patience_s: float = 120) -> None:
    until = time.monotonic() + patience_s
    while time.monotonic() < until:
        if _sql("SELECT count(*) FROM bench_heard")[0][0] >= count * len(SUBSCRIBERS):
            return
        time.sleep(0.05)
    raise RuntimeError("the subscribers do not come to an end")


def _announce(counts: range) -> None:
    from django.db import transaction

    from sitong.shared.clock import now
    from sitong.shared.events.actions import announce

    rung_us = time.time_ns() // 1000
    with transaction.atomic():
        announce([_kind()(BRAND, count, rung_us) for count in counts], at=now())


def _sql(statement: str) -> list[tuple]:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchall() if cursor.description else []


def _prepare() -> None:
    from django.conf import settings
    from django.db import connections

    with connections["owner"].cursor() as cursor:
        cursor.execute("TRUNCATE shared_event CASCADE")
        cursor.execute(TABLE.format(role=settings.APP_ROLE))


_kinds: list[type] = []


def _kind() -> type:
    """The event of this benchmark; made late, because Django has to be set up first."""
    if not _kinds:
        from sitong.shared.events.registry import Happening, happening

        @happening
        @dataclass(frozen=True, slots=True)
        class BellRung(Happening):
            name: ClassVar[str] = "bench.bell_rung"
            count: int
            rung_us: int

        _kinds.append(BellRung)
    return _kinds[0]


@contextlib.contextmanager
def _reader() -> Iterator[None]:
    process = subprocess.Popen(
        [sys.executable, "-c", "from bench.events import read; read()"],
        cwd=server.ROOT,
        stdin=subprocess.PIPE,
        stdout=sys.stderr,
    )
    try:
        yield
    finally:
        process.stdin.close()
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()


def read() -> None:
    """Be the reader's process: three subscribers beside the platform's own, until standard input closes."""
    server.set_up()
    from sitong.shared.events.reader import run_subscribers
    from sitong.shared.events.registry import on
    from sitong.shared.statements import integers, run

    def subscribe(name: str) -> None:
        @on(_kind(), subscriber=name)
        def hear(events: list) -> None:
            now_us = time.time_ns() // 1000
            counts, late = (
                integers(event.count for event in events),
                integers(now_us - event.rung_us for event in events),
            )
            run(
                "INSERT INTO bench_heard SELECT %s::text, * FROM unnest(%s::bigint[], %s::bigint[])",
                [name, counts, late],
            )

    for name in SUBSCRIBERS:
        subscribe(name)
    stop = threading.Event()
    threading.Thread(target=lambda: (sys.stdin.read(), stop.set()), daemon=True).start()
    run_subscribers(stop)
