"""The worker process: subscribers read events, clocks strike, deferred jobs run. Any number of workers may run."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import structlog

HEARTBEAT_S = 5.0
RETRY_S = 2.0
STOP_WITHIN_S = 30.0
JOB_STOP_WITHIN_S = 20.0

log: Any = structlog.get_logger("sitong.worker")


def work() -> None:
    """Work until SIGTERM or SIGINT; what has begun is finished first."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "sitong.console.settings")
    import django

    django.setup()
    from django.conf import settings

    from sitong.shared.events.periodic import run_periodic
    from sitong.shared.events.reader import run_subscribers

    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    parts = [
        threading.Thread(target=_keep, args=[name, part, stop], name=name)
        for name, part in (("events", run_subscribers), ("clocks", run_periodic), ("jobs", run_jobs))
    ]
    for part in parts:
        part.start()
    beat(settings.VAR)
    while not stop.wait(HEARTBEAT_S):
        beat(settings.VAR)
    until = time.monotonic() + STOP_WITHIN_S
    for part in parts:
        part.join(max(0.0, until - time.monotonic()))
    if slow := [part.name for part in parts if part.is_alive()]:
        log.error("worker_stop_too_slow", parts=slow)
        sys.stdout.flush()
        os._exit(1)


def beat(var: Path) -> None:
    """Say that the worker lives, for `sitong doctor` and the readiness of the platform."""
    file = heartbeat_file(var)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.touch()


def heartbeat_file(var: Path) -> Path:
    """The file whose time is the worker's last sign of life."""
    return var / "run" / "worker.alive"


def run_jobs(stop: threading.Event) -> None:
    """Run deferred jobs (procrastinate) until `stop`; the job at hand is finished first."""
    from procrastinate.contrib.django import app
    from procrastinate.contrib.django.django_connector import DjangoConnector

    connector = cast(DjangoConnector, app.connector)

    async def until_stopped() -> None:
        async with app.with_connector(connector.get_worker_connector()).open_async() as opened:
            running = asyncio.create_task(
                opened.run_worker_async(install_signal_handlers=False, shutdown_graceful_timeout=JOB_STOP_WITHIN_S)
            )
            while not stop.is_set() and not running.done():
                await asyncio.sleep(0.2)
            if running.done():
                running.result()
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)

    asyncio.run(until_stopped())


def _keep(name: str, part: Callable[[threading.Event], None], stop: threading.Event) -> None:
    """Run one part; when it fails (the database is away), try again, so that the others go on meanwhile."""
    while not stop.is_set():
        own = threading.Event()
        threading.Thread(target=lambda own=own: (stop.wait(), own.set()), daemon=True).start()
        try:
            part(own)
        except Exception:
            log.exception("worker_part_failed", part=name)
        if not stop.is_set():
            stop.wait(RETRY_S)
