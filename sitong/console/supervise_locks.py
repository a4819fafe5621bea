"""Locks that die with their holder: flock on files in the var folder. A killed run leaves a file, never a lock."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from sitong.shared.postgres import Cluster


class AlreadyUp(Exception):
    """Another `sitong up` holds this var folder."""

    def __init__(self, pid: int | None) -> None:
        super().__init__(pid)
        self.pid = pid


@contextlib.contextmanager
def only_one_up(var: Path) -> Iterator[IO[str]]:
    """Hold var/up.lock with our process id in it. Raises AlreadyUp when a living process holds it."""
    with open_lock(var / "up.lock") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise AlreadyUp(holder_of(var)) from None
        file.truncate(0)
        json.dump({"pid": os.getpid()}, file)
        file.flush()
        yield file
        file.truncate(0)


def up_runs(var: Path) -> bool:
    """Tell whether a living `sitong up` holds this var folder."""
    if not (var / "up.lock").exists():
        return False
    with open_lock(var / "up.lock") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except OSError:
            return True
        return False


def holder_of(var: Path) -> int | None:
    """Give the process id that the lock file names, None when it names none."""
    try:
        return int(json.loads((var / "up.lock").read_text())["pid"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


@contextlib.contextmanager
def server_in_use(cluster: Cluster) -> Iterator[None]:
    """Have the embedded server running. The last of several users stops it, so a command need not know of the others."""
    cluster.data.parent.mkdir(parents=True, exist_ok=True)
    with (
        open_lock(cluster.data.parent / "postgres.lock") as users,
        open_lock(cluster.data.parent / "start.lock") as door,
    ):
        fcntl.flock(door, fcntl.LOCK_EX)  # one at a time starts or stops it
        fcntl.flock(users, fcntl.LOCK_SH)
        try:
            cluster.start()
        except BaseException:
            fcntl.flock(users, fcntl.LOCK_UN)
            raise
        finally:
            fcntl.flock(door, fcntl.LOCK_UN)
        try:
            yield
        finally:
            fcntl.flock(door, fcntl.LOCK_EX)
            with contextlib.suppress(BlockingIOError):
                fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
                cluster.stop()


def open_lock(path: Path) -> IO[str]:
    """Open a lock file, made when missing; children do not inherit it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    return os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644), "r+")
