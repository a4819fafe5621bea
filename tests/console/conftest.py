"""The web process, as `sitong up` runs it, against the run's own database."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection

ROOT = Path(__file__).parents[2]


@dataclass
class Web:
    """A running web process."""

    port: int
    process: subprocess.Popen
    log: Path

    def ask(
        self, path: str, method: str = "GET", body: bytes | None = None, **headers: str
    ) -> tuple[int, dict[str, str], bytes]:
        """Give status, headers (names in lower case) and body."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", body, named, method=method)
        try:
            answer = urllib.request.urlopen(request, timeout=20)
        except urllib.error.HTTPError as refused:
            answer = refused
        with answer:
            return answer.status, {name.lower(): value for name, value in answer.headers.items()}, answer.read()


def listening() -> int:
    """Count the web processes that listen for news: each does as soon as it takes requests."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'sitong streams'")
        return cursor.fetchone()[0]


@pytest.fixture
def web(cluster, committed_db, tmp_path) -> Iterator[Callable[..., Web]]:
    """Start web processes: `web(workers=2, SITONG_THREADS="2")`; they are stopped afterwards."""
    started: list[subprocess.Popen] = []

    def start(workers: int = 1, module: str = "sitong.console.asgi:application", **environ: str) -> Web:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        code = (
            "from granian import Granian; from granian.constants import Interfaces; "
            f"Granian({module!r}, port={port}, interface=Interfaces.ASGI, workers={workers}, websockets=False, "
            "workers_kill_timeout=20).serve()"
        )
        log = tmp_path / f"web-{port}.log"
        own = {
            "DATABASE_URL": cluster.url("sitong", "sitong_app"),
            "SITONG_VAR": str(tmp_path / "var"),
            "SITONG_KEYS": str(settings.KEYS_FILE),
            "PYTHONPATH": str(ROOT),
            "DJANGO_SETTINGS_MODULE": "sitong.console.settings",
        }
        with log.open("wb") as out:
            process = subprocess.Popen(
                [sys.executable, "-c", code],
                env={**os.environ, **own, **environ},
                stdout=out,
                stderr=out,
                start_new_session=True,
            )
        started.append(process)
        made = Web(port, process, log)
        until = time.monotonic() + 40
        while True:
            assert process.poll() is None, log.read_text()
            try:
                if made.ask("/healthz")[0] == 200 and listening() >= workers:
                    return made
            except OSError:
                pass
            assert time.monotonic() < until, log.read_text()
            time.sleep(0.05)

    yield start
    for process in started:
        process.terminate()
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            raise
