"""The demo brand's whole load, against a plain COPY of the same order lines into a table without indexes."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench import Figure

MEMORY_MAX_MB = 1536
EXPECTED = (1_469_307, 459_603_958, 155_848)  # lines, sales value in cents, baskets of the files


def run() -> list[Figure]:
    """Load into an empty database, check the files' sums and the books, then COPY the same lines."""
    from bench import server
    from sitong.shared.ledger.books import check_books

    with server.database():
        seconds, memory_mb = _load()
        if (loaded := _loaded()) != EXPECTED:
            raise AssertionError(f"the load does not agree with the files: {loaded}, not {EXPECTED}")
        if found := check_books():
            raise AssertionError(found[:3])
        again, _ = _load()
        reference = _copy_lines()
    return [
        Figure(
            "import",
            round(seconds, 1),
            "s (less is better)",
            round(reference, 2),
            round(seconds / reference, 1),
            {"lines_per_s": round(EXPECTED[0] / seconds)},
        ),
        Figure(
            "import again, nothing new",
            round(again, 1),
            "s (less is better)",
            round(reference, 2),
            round(again / reference, 1),
            {},
        ),
        Figure("import memory at most", memory_mb, "MB", MEMORY_MAX_MB, round(memory_mb / MEMORY_MAX_MB, 2), {}),
    ]


def _load() -> tuple[float, int]:
    """Run the command as a person would; give seconds and the process's largest memory in MB."""
    began = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", "sitong", "demo", "load"], stdout=sys.stderr, stdin=subprocess.DEVNULL
    )
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"the load ended with code {process.returncode}")
    return time.perf_counter() - began, used.ru_maxrss // 1024


def _loaded() -> tuple[int, int, int]:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*), sum(total_minor), count(DISTINCT order_id) FROM scene_orderline")
        lines, total, orders = cursor.fetchone()
        return int(lines), int(total), int(orders)


def _copy_lines() -> float:
    """COPY the lines out to a file and into a table without indexes; give the seconds that the way in took."""
    from django.db import connections

    with tempfile.TemporaryDirectory() as folder, connections["owner"].cursor() as cursor:
        path = Path(folder) / "lines"
        with path.open("wb") as out, cursor.copy("COPY (SELECT * FROM scene_orderline) TO STDOUT") as copy:
            for block in copy:
                out.write(block)
        cursor.execute("CREATE TABLE bench_lines (LIKE scene_orderline)")
        began = time.perf_counter()
        with path.open("rb") as lines, cursor.copy("COPY bench_lines FROM STDIN") as copy:
            while block := lines.read(1 << 20):
                copy.write(block)
        seconds = time.perf_counter() - began
        cursor.execute("DROP TABLE bench_lines")
        return seconds
