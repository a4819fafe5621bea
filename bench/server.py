"""The platform under measurement: a durable embedded cluster under var/bench, the web process and the worker."""

from __future__ import annotations

import contextlib
import hashlib
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
VAR = Path(os.environ.get("BENCH_VAR", ROOT / "var" / "bench"))
TEMPLATE = "bench_template"


def set_up() -> None:
    """Point Django of this process, and of the processes that it starts, at var/bench."""
    os.environ["SITONG_VAR"] = str(VAR)
    os.environ["DJANGO_SETTINGS_MODULE"] = "sitong.console.settings"
    for name in ("DATABASE_URL", "DATABASE_OWNER_URL"):
        os.environ.pop(name, None)
    os.environ.setdefault("SITONG_DEMO", "1")
    VAR.mkdir(parents=True, exist_ok=True)
    import django

    django.setup()
    _collect_files()


@contextlib.contextmanager
def database() -> Iterator[None]:
    """Run the cluster with an empty, migrated database, all brands shown to this process; stop it afterwards."""
    from django.conf import settings
    from django.db import connections

    from sitong.console.supervise_locks import server_in_use
    from sitong.shared.access.scope import every_brand

    with server_in_use(settings.CLUSTER):
        _make_fresh()
        with every_brand():
            yield
        for alias in ("default", "owner"):
            connections[alias].close()


@contextlib.contextmanager
def web(workers: int = 1, **environ: str) -> Iterator[int]:
    """Run the web process on a free loopback port, which is given once it answers; stop it afterwards."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    code = f"from sitong.console.supervise_web import serve; serve(('127.0.0.1', {port}), {workers})"
    with _process([sys.executable, "-c", code], environ) as process:
        _wait_until_it_answers(process, port, workers)
        yield port


@contextlib.contextmanager
def worker(**environ: str) -> Iterator[None]:
    """Run the worker (subscribers and periodic work); stop it afterwards."""
    with _process([sys.executable, "-m", "sitong", "worker"], environ):
        yield


def process_ids(parent: int) -> list[int]:
    """Give a process and its descendants, for watching memory or sending signals."""
    found = [parent]
    for one in found:
        with contextlib.suppress(OSError):
            for task in Path(f"/proc/{one}/task").iterdir():
                found += [int(child) for child in (task / "children").read_text().split()]
    return found


@contextlib.contextmanager
def _process(command: list[str], environ: dict[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(
        command,
        cwd=ROOT,
        env={**os.environ, **environ},
        stdin=subprocess.DEVNULL,
        stdout=sys.stderr,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(30)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _wait_until_it_answers(process: subprocess.Popen[bytes], port: int, workers: int, patience_s: float = 60) -> None:
    """Wait for all workers: each has a connection on which it listens for news as soon as it takes requests."""
    until = time.monotonic() + patience_s
    while time.monotonic() < until:
        if process.poll() is not None:
            raise RuntimeError(f"the web process ended with code {process.returncode}")
        with contextlib.suppress(OSError):
            urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=2).close()
            if _listening() >= workers:
                return
        time.sleep(0.05)
    raise RuntimeError("the web process does not answer")


def _listening() -> int:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'sitong streams'")
        count: int = cursor.fetchone()[0]
    return count


def _collect_files() -> None:
    """Collect the static files under names with their content's hash, as `sitong up` does, when one has changed."""
    from django.core.management import call_command

    files = sorted(file for file in ROOT.glob("sitong/*/static/**/*") if file.is_file())
    seen = hashlib.sha256("".join(f"{file}{file.stat().st_mtime_ns}" for file in files).encode()).hexdigest()
    mark = VAR / "collected"
    if not mark.exists() or mark.read_text() != seen:
        call_command("collectstatic", interactive=False, verbosity=0, clear=True)
        mark.write_text(seen)


def _make_fresh() -> None:
    """Copy the migrated template database, which is made when the migrations have changed."""
    import psycopg
    from django.conf import settings
    from django.db import connections

    from sitong.shared.access.setup import make_roles_and_database, migrate

    superuser = settings.CLUSTER.url("postgres")
    seen = hashlib.sha256()
    for file in sorted([*ROOT.glob("sitong/*/migrations/*.py"), *ROOT.glob("sitong/shared/access/*.py")]):
        seen.update(file.read_bytes())
    mark = VAR / "template"
    with psycopg.connect(superuser, autocommit=True) as server:
        known = server.execute("SELECT 1 FROM pg_database WHERE datname = %s", [TEMPLATE]).fetchone()
        server.execute(f"DROP DATABASE IF EXISTS {settings.DATABASE} WITH (FORCE)")
        if not known or not mark.exists() or mark.read_text() != seen.hexdigest():
            server.execute(f"DROP DATABASE IF EXISTS {TEMPLATE} WITH (FORCE)")
            make_roles_and_database(superuser, settings.DATABASE)
            migrate()
            for alias in ("default", "owner"):
                connections[alias].close()
            server.execute(f"ALTER DATABASE {settings.DATABASE} RENAME TO {TEMPLATE}")
            mark.write_text(seen.hexdigest())
        server.execute(
            f"CREATE DATABASE {settings.DATABASE} TEMPLATE {TEMPLATE} OWNER {settings.OWNER_ROLE} STRATEGY file_copy"
        )
