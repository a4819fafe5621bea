"""A file of two million customers with broken encodings and quotes: uploaded, opened, checked, accepted; beside Python's csv reading it.

Every line must be read or reported, to the line. Memory is that of the process that does the worker's work.
"""

from __future__ import annotations

import csv
import os
import resource
import subprocess
import sys
import tempfile
import time
from itertools import pairwise
from pathlib import Path

from bench import Figure

LINES = int(os.environ.get("IMPORT_LINES", "2000000"))
BROKEN = 0.2
MEMORY_MAX_MB = 600
SIZE_OF_A_RUN = 20_000


def run() -> list[Figure]:
    """Measure the check of a broken file, and csv over the same bytes; raise unless every line is accounted for."""
    from bench import server

    with tempfile.TemporaryDirectory() as folder, server.database():
        file = Path(folder) / "customers.csv"
        counts = _write(file)
        done = subprocess.run(
            [sys.executable, "-c", "from bench.import_members import work; work()", str(file), str(counts["good"]), str(counts["bad"])],
            stdout=subprocess.PIPE, check=True, text=True,
        )  # fmt: skip
        upload, opened, checked, accepted, memory_mb = map(float, done.stdout.split())
        began = time.perf_counter()
        with file.open(newline="", encoding="utf-8", errors="replace") as lines:
            csv.field_size_limit(1 << 30)
            found = sum(1 for _ in csv.reader(lines))
        reference = time.perf_counter() - began
        size_mb = file.stat().st_size / 1e6
    total = upload + opened + checked + accepted
    return [
        Figure("import of members: lines checked", round(LINES / checked), "lines/s", round(LINES / reference), checked and reference / checked,
               {"lines": LINES, "file_mb": round(size_mb), "seconds": round(checked, 1), "upload_s": round(upload, 1), "open_s": round(opened, 2),
                "accept_s": round(accepted, 3), "all_s": round(total, 1), "rows_that_csv_finds": found, **counts}),
        Figure("import of members: memory at most", round(memory_mb), "MB", MEMORY_MAX_MB, memory_mb / MEMORY_MAX_MB),
    ]  # fmt: skip


def work() -> None:
    """Do what a person and the worker do with the file named on the command line; print seconds of each step and memory."""
    from django import setup

    setup()
    from sitong.member.imports.actions import (
        ImportWanted,
        accept_import,
        begin_import,
        continue_imports,
        end_upload,
        map_columns,
        take_piece,
    )
    from sitong.member.imports.models import ImportFile, ImportProblem, ImportRecord
    from sitong.member.imports.pieces import PIECE_BYTES
    from sitong.org.brands.actions import found_brand
    from sitong.shared.access.scope import show_every_brand
    from sitong.shared.clock import now
    from sitong.shared.ids import new_id

    show_every_brand()
    path, good, bad = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    brand = found_brand(
        code="bench", name="四通", name_en="Bench", currency="CNY", zone="Asia/Shanghai", by=None, now=now()
    )
    steps = [time.perf_counter()]
    wanted = ImportWanted(new_id(), brand.id, path.name, "crm", path.stat().st_size, "bench", "bench")
    begin_import(wanted, by=None, now=now())
    with path.open("rb") as given:
        number = 0
        while piece := given.read(PIECE_BYTES):
            take_piece(wanted.id, number, content=piece)
            number += 1
    end_upload(wanted.id, by=None, now=now())
    steps.append(time.perf_counter())
    continue_imports(now=now())
    steps.append(time.perf_counter())
    file = ImportFile.objects.get(id=wanted.id)
    map_columns(file.id, file.mapping, by=None, now=now())
    while ImportFile.objects.get(id=wanted.id).state == "mapped":
        continue_imports(now=now())
    steps.append(time.perf_counter())
    file = accept_import(wanted.id, take="good", by=None, now=now())
    steps.append(time.perf_counter())
    counted = ImportRecord.objects.filter(file=file).count(), ImportProblem.objects.filter(file=file, bad=True).count()
    if (file.good, file.bad) != (good, bad) or counted != (good, bad) or file.rows + file.blank_lines != LINES:
        raise RuntimeError(f"{file.good} good and {file.bad} bad, not {good} and {bad}; rows {counted}")
    took = [after - before for before, after in pairwise(steps)]
    print(*took, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


def _write(path: Path) -> dict[str, int]:
    """Write the file in stretches, and give how many lines of it are good, bad, noted and blank."""
    from tests.make.imports import customers

    counts: dict[str, int] = {}
    with path.open("wb") as out:
        for at in range(0, LINES, SIZE_OF_A_RUN):
            content, some = customers(min(SIZE_OF_A_RUN, LINES - at), seed=at + 1, broken=BROKEN)
            out.write(content if at == 0 else content[content.index(b"\n") + 1 :])
            counts = {key: counts.get(key, 0) + some[key] for key in some}
    return counts
