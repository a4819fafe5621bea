"""Codes with their proof made to a file, by one process on one core: how fast, and with how much memory for ten times as many.

`codes (read one)` checks single codes offline, without a look-up: the mean of many, each of them another code. The target is
3,000,000 codes a second, and 50 microseconds for one. `BENCH_CODES` sets how many are made (100,000,000).
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from uuid import UUID

from bench import Figure, compared

CODES = int(os.environ.get("BENCH_CODES", "100000000"))
TARGET_RATE = 3_000_000
TARGET_US = 50.0
READ = 100_000
BRAND = UUID(int=1)
LINK = b"HTTPS://C.EXAMPLE.CN/Q/SITONG/"


def run() -> list[Figure]:
    """Make many to a file, a tenth of them for the memory's sake, in processes of their own; then read single ones."""
    few, many = (_made_apart(count, "txt") for count in (CODES // 10, CODES))
    table = _made_apart(CODES // 10, "csv")
    read_us = _read_one_us()
    return [
        compared(
            "codes",
            many[0],
            "codes/s",
            TARGET_RATE,
            codes=CODES,
            rss_mb=many[1],
            rss_mb_of_a_tenth=few[1],
            csv_with_links=table[0],
        ),
        compared("codes (read one)", read_us, "µs", TARGET_US, codes=READ),
    ]


def _made_apart(count: int, form: str) -> tuple[float, float]:
    """Give codes a second and the most memory, of a fresh process on one core."""
    said = subprocess.run(
        [sys.executable, "-m", "bench.codes", str(count), form], capture_output=True, text=True, check=True
    )
    rate, megabytes = said.stdout.split()[-2:]
    return float(rate), float(megabytes)


def make(count: int, form: str) -> tuple[float, float]:
    """Make codes to a file; give codes a second and the most memory that the process had, in MB."""
    from sitong.goods.codes.rows import CodesWanted, csv_lines, lines_of, text_lines

    wanted = CodesWanted(BRAND, 1, 0, 1, count, ("outer",))
    lines = text_lines("outer", link=b"") if form == "txt" else csv_lines(("outer",), quantity=count, link=LINK)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "codes"
        began = time.perf_counter()
        with file.open("wb", buffering=0) as out:
            for piece in lines_of(wanted, lines):
                out.write(piece)
        took = time.perf_counter() - began
        assert file.stat().st_size == lines.size(count)
    return count / took, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _read_one_us() -> float:
    from sitong.goods.codes.keys import open_letters
    from sitong.goods.codes.making import codes_at
    from sitong.goods.codes.rules import read_written

    texts = codes_at(BRAND, 1, side="outer", numbers=list(range(READ)))
    began = time.perf_counter()
    for number, text in enumerate(texts):
        written = read_written(text)
        assert written is not None
        named = open_letters(BRAND, written.letters)
        assert named is not None and named.number == number
    return (time.perf_counter() - began) / READ * 1e6


if __name__ == "__main__":
    from bench import server

    server.set_up()
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {sorted(os.sched_getaffinity(0))[-1]})
    print(*make(int(sys.argv[1]), sys.argv[2]))
