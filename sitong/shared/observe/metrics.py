"""What the platform counts about itself, for Prometheus. One register for the whole process.

Several web processes share their numbers through files when `PROMETHEUS_MULTIPROC_DIR` is set before this module is
imported (sitong/console/asgi.py does); a lone process keeps them in memory.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from prometheus_client.registry import Collector

FOLDER = "PROMETHEUS_MULTIPROC_DIR"


def share_between_processes(folder: Path) -> None:
    """Let this process write its numbers to `folder/<parent's id>`, shared with the processes of the same parent.

    Folders of parents that no longer live are removed. To be called before anything imports prometheus_client.
    """
    if FOLDER in os.environ:
        return
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.iterdir():
        if old.name.isdigit() and not _lives(int(old.name)):
            shutil.rmtree(old, ignore_errors=True)
    own = folder / str(os.getppid())
    own.mkdir(exist_ok=True)
    for file in own.glob("gauge_live*_*.db"):  # what a process that died has left of what was going on in it
        if not _lives(int(file.stem.rpartition("_")[2])):
            file.unlink(missing_ok=True)
    os.environ.setdefault(FOLDER, str(own))


def exposition(*more: Collector) -> bytes:
    """Give all numbers in Prometheus' text format: of every process that shares the folder, else of this one.

    `more` are collectors that read their numbers when they are asked.
    """
    from prometheus_client import REGISTRY, CollectorRegistry, generate_latest
    from prometheus_client.multiprocess import MultiProcessCollector

    asked = CollectorRegistry()
    for collector in more:
        asked.register(collector)
    if FOLDER not in os.environ:
        return generate_latest(REGISTRY) + generate_latest(asked)
    MultiProcessCollector(asked)  # type: ignore[no-untyped-call]
    return generate_latest(asked)


def _lives(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
