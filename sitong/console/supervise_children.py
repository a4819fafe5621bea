"""The processes under `sitong up`: started, watched, started again, stopped; and those that a killed `up` left behind."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

FAMILY = "SITONG_CHILD_OF"
PARENT = "SITONG_PARENT"
PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER = 1, 36
PAUSE_S = (0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0)
"""How long to wait before the first, second … start after deaths in a row."""
STEADY_S = 30.0
"""A process that has lived so long starts counting its deaths anew."""


@dataclass
class Child:
    """One process that is to run as long as the platform runs."""

    name: str
    command: list[str]
    environ: Mapping[str, str] = field(default_factory=dict)
    stop_within_s: float = 35.0
    process: subprocess.Popen[bytes] | None = None
    deaths: int = 0
    started: float = 0.0
    not_before: float = 0.0

    def start(self, var: Path) -> None:
        """Start it in a session of its own: Ctrl-C at the terminal reaches us alone, and we stop it in our order."""
        self.started = time.monotonic()
        self.process = subprocess.Popen(
            self.command,
            env={**os.environ, **self.environ, **marks(var)},
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )

    def watch(self, var: Path) -> int | None:
        """Start it (again) when it does not run and its pause is over. Gives the exit code of one that has just died."""
        if self.process is not None:
            if (code := self.process.poll()) is None:
                return None
            if time.monotonic() - self.started > STEADY_S:
                self.deaths = 0
            self.not_before = time.monotonic() + PAUSE_S[min(self.deaths, len(PAUSE_S) - 1)]
            self.deaths += 1
            kill_group(self.process.pid)  # what it may have left: workers of a web process that was killed
            self.process = None
            return code
        if time.monotonic() >= self.not_before:
            self.start(var)
        return None

    def stop(self) -> None:
        """Ask it to finish what it has accepted; after `stop_within_s` end it."""
        if self.process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            self.process.terminate()
        try:
            self.process.wait(self.stop_within_s)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        kill_group(self.process.pid)
        self.process = None


def marks(var: Path) -> dict[str, str]:
    """Give the environment by which a child is known as one of this var folder, and knows its parent."""
    return {FAMILY: str(var), PARENT: str(os.getpid())}


def kill_group(group: int) -> None:
    """End what is left of a child's process group."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, signal.SIGKILL)


def end_with_parent() -> None:
    """In a child: be told to stop when the parent dies, however it dies. Linux only; elsewhere `end_orphans` finds us."""
    wanted = os.environ.get(PARENT)
    if wanted is None or not sys.platform.startswith("linux"):
        return
    _prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() == 1 != int(wanted):  # it died before we could ask to be told
        sys.exit(0)


def adopt_orphans() -> None:
    """Become the parent of every process below us whose own parent dies, so that no dead one stays unwaited for.

    In a container nobody else may do that: a killed PostgreSQL would stay as a zombie and look alive.
    """
    if sys.platform.startswith("linux"):
        _prctl(PR_SET_CHILD_SUBREAPER, 1)


def bury(known: set[int]) -> None:
    """Wait for dead processes that we adopted; those in `known` have a Popen that waits for them itself."""
    while True:
        try:
            dead = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        except ChildProcessError:
            return
        if dead is None or dead.si_pid in known:
            return
        with contextlib.suppress(ChildProcessError):
            os.waitpid(dead.si_pid, os.WNOHANG)


def end_orphans(var: Path, *, patience_s: float = 10.0) -> list[int]:
    """End the children of an earlier `up` of this var folder that was killed. Gives their process ids."""
    found = orphans(var)
    for pid in found:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGTERM)
    until = time.monotonic() + patience_s
    while (left := orphans(var)) and time.monotonic() < until:
        time.sleep(0.1)
    for pid in left:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    return found


def orphans(var: Path) -> list[int]:
    """Give the processes with this var folder's mark in their environment, but for ourselves and our descendants."""
    mark = f"{FAMILY}={var}".encode()
    ours = f"{PARENT}={os.getpid()}".encode()
    found = []
    for file in Path("/proc").glob("[0-9]*/environ"):
        with contextlib.suppress(OSError):
            lines = file.read_bytes().split(b"\0")
            if mark in lines and ours not in lines and int(file.parent.name) != os.getpid():
                found.append(int(file.parent.name))
    return sorted(found)


def _prctl(option: int, value: int) -> None:
    ctypes.CDLL(None, use_errno=True).prctl(option, value, 0, 0, 0)
