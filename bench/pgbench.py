"""The reference: pgbench, the database's own load generator, against the same server."""

from __future__ import annotations

import functools
import re
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path


@functools.cache
def tpcb(seconds: int = 10) -> float:
    """Give transactions a second of the built-in TPC-B-like test: scale 10, 16 clients, prepared. Measured once a run."""
    import psycopg
    from django.conf import settings

    with psycopg.connect(settings.CLUSTER.url("postgres"), autocommit=True) as server:
        if not server.execute("SELECT 1 FROM pg_database WHERE datname = 'tpcb'").fetchone():
            server.execute("CREATE DATABASE tpcb")
            _pgbench("tpcb", "-i", "-s", "10", "-q")
        server.execute("CHECKPOINT")
    return _rate(_pgbench("tpcb", "-c", "16", "-j", "2", "-M", "prepared", "-n", "-T", str(seconds)))


def custom(
    script: str,
    *,
    seconds: int = 10,
    clients: int = 16,
    role: str | None = None,
    variables: Mapping[str, object] | None = None,
) -> float:
    """Give runs a second of a pgbench script against the platform's database, as the application's role with all brands shown."""
    from django.conf import settings

    with tempfile.NamedTemporaryFile("w", suffix=".sql") as file:
        file.write(script)
        file.flush()
        Path(file.name).chmod(0o644)
        defines = [argument for key, value in (variables or {}).items() for argument in ("-D", f"{key}={value}")]
        options = ["-c", str(clients), "-j", "2", "-M", "prepared", "-n", "-T", str(seconds), *defines, "-f", file.name]
        return _rate(
            _pgbench(settings.DATABASE, *options, role=role or settings.APP_ROLE, options="-c sitong.brands=*")
        )


def _pgbench(database: str, *arguments: str, role: str = "postgres", options: str = "") -> str:
    from django.conf import settings

    from sitong.shared.postgres import bin_path

    address = f"host={settings.CLUSTER.socket_dir} user={role} dbname={database}" + (
        f" options='{options}'" if options else ""
    )
    done = subprocess.run(
        [str(bin_path() / "pgbench"), *arguments, address], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise RuntimeError(f"pgbench failed:\n{done.stderr[-2000:]}")
    return done.stdout


def _rate(output: str) -> float:
    found = re.search(r"^tps = ([\d.]+)", output, re.MULTILINE)
    failed = re.search(r"number of failed transactions: (\d+)", output)
    if found is None or (failed and int(failed[1])):
        raise RuntimeError(f"pgbench gave no clean rate:\n{output}")
    return float(found[1])
