"""`python -m bench [NAME …]`: runs benchmarks and prints their figures. JSON=1: JSON lines on standard output, nothing else."""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import sys
import traceback
from pathlib import Path

FRAME = {"__init__", "__main__", "chart", "load", "server", "pgbench", "population"}


def names() -> list[str]:
    """Name the benchmarks that exist, sorted; `hot_sku` is also known as `hot-sku`."""
    return sorted(file.stem for file in Path(__file__).parent.glob("*.py") if file.stem not in FRAME)


def main(wanted: list[str]) -> int:
    """Run what is wanted, or all. Gives the number of benchmarks that failed."""
    wanted = [name.replace("-", "_") for name in wanted] or names()
    if unknown := set(wanted) - set(names()):
        print(f"no such benchmark: {', '.join(sorted(unknown))}; there are {', '.join(names())}", file=sys.stderr)
        return 2
    from bench import Figure, server

    server.set_up()
    as_json = os.environ.get("JSON") == "1"
    figures: list[Figure] = []
    failed = 0
    for name in wanted:
        try:
            with contextlib.redirect_stdout(sys.stderr):  # whatever a benchmark says on its way is no figure
                measured = importlib.import_module(f"bench.{name}").run()
        except Exception:
            traceback.print_exc()
            failed += 1
            continue
        figures += measured
        if as_json:
            for figure in measured:
                print(json.dumps(figure.as_json(), ensure_ascii=False), flush=True)
    if not as_json:
        _print_table(figures)
    return failed


def _print_table(figures: list) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table("name", "value", "unit", "reference", "ratio", "also")
    for figure in figures:
        stated = figure.as_json()
        cells = [stated.pop(key) for key in ("name", "value", "unit", "reference", "ratio")]
        also = ", ".join(f"{key} {value}" for key, value in stated.items())
        table.add_row(
            *("" if cell is None else f"{cell:,}" if isinstance(cell, int | float) else str(cell) for cell in cells),
            also,
        )
    Console(width=None if sys.stdout.isatty() else 160).print(table)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
