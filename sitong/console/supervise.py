"""`sitong up`: the embedded PostgreSQL, the web process and the worker, kept running until told to stop."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

from sitong.console.supervise_children import Child, adopt_orphans, bury, end_orphans, kill_group, marks
from sitong.console.supervise_locks import only_one_up, server_in_use
from sitong.shared.postgres import Cluster, ServerFailed

TICK_S = 0.2
READY_WITHIN_S = 60.0

Tell = Callable[..., None]


class CannotStart(Exception):
    """The platform cannot start; the text says why and what to do."""


class Stopped(Exception):
    """We were told to stop while still starting."""


class Supervisor:
    """Keeps PostgreSQL and the children running; stops them in the order web, worker, PostgreSQL."""

    def __init__(
        self, *, var: Path, listen: tuple[str, int], cluster: Cluster | None, children: list[Child], tell: Tell
    ) -> None:
        self.var, self.listen, self.cluster, self.children, self._tell = var, listen, cluster, children, tell
        self.stopping = False
        self.reloading = False

    def run(self, prepare: list[list[str]], ready: Callable[[], None]) -> None:
        """Start everything, call `ready` when the first page can be had, and stay until SIGINT or SIGTERM.

        `prepare` are commands that run one after the other before the children start (migrations, files, demo data).
        """
        hung_up = (
            self._stop if sys.stdin is not None and sys.stdin.isatty() else self._reload
        )  # the terminal was closed
        reactions = {
            signal.SIGINT: self._stop,
            signal.SIGTERM: self._stop,
            signal.SIGHUP: hung_up,
            signal.SIGUSR1: self._reload,
        }
        for number, react in reactions.items():
            signal.signal(number, react)
        adopt_orphans()
        with only_one_up(self.var):
            if left := end_orphans(self.var):
                self.tell("Ended {count} processes that a killed run had left behind.", count=len(left))
            self._refuse_taken_port()
            with contextlib.suppress(Stopped), self._server():
                try:
                    for command in prepare:
                        self._prepare(command)
                    self._watch_until_stopped(ready)
                finally:
                    self._stop_children()
                    if self.cluster:
                        self.tell("Stopping the database …")
        self.tell("Everything has stopped.")

    def tell(self, text: str, **facts: object) -> None:
        """Say something, if anybody still listens: the terminal may have been closed."""
        with contextlib.suppress(OSError):
            self._tell(text, **facts)

    def _server(self) -> contextlib.AbstractContextManager[None]:
        if self.cluster is None:
            return contextlib.nullcontext()
        self.tell("Starting the database …")
        return server_in_use(self.cluster)

    def _prepare(self, command: list[str]) -> None:
        process = subprocess.Popen(command, env={**os.environ, **marks(self.var)}, start_new_session=True)
        while process.poll() is None:
            if self.stopping:
                process.terminate()
                process.wait()
                raise Stopped
            time.sleep(0.05)
        if process.returncode:
            raise CannotStart(" ".join(command[2:]))

    def _watch_until_stopped(self, ready: Callable[[], None]) -> None:
        until = time.monotonic() + READY_WITHIN_S
        announced = False
        while not self.stopping:
            if self.reloading:
                self.reloading = False
                self._stop_children()
            self._watch_server()
            for child in self.children:
                if (code := child.watch(self.var)) is not None:
                    self.tell("{name} ended with code {code}; it is started again.", name=child.name, code=code)
            bury({child.process.pid for child in self.children if child.process})
            if not announced and (answers(self.listen) or time.monotonic() > until):
                announced = True
                if time.monotonic() > until:
                    self.tell("The web process does not answer yet; its messages stand above.")
                else:
                    with contextlib.suppress(OSError):  # the terminal may be closed in the middle of the word
                        ready()
            time.sleep(TICK_S)

    def _watch_server(self) -> None:
        """Start PostgreSQL again when it died; it recovers what was committed from its log by itself."""
        if self.cluster is None or self.cluster.runs():
            return
        self.tell("The database has died; it is started again.")
        bury({child.process.pid for child in self.children if child.process})
        try:
            self.cluster.start()
        except ServerFailed as failed:
            self.tell("The database does not start: {why}", why=str(failed).strip()[-500:])
            time.sleep(1)

    def _stop_children(self) -> None:
        for child in self.children:
            if child.process is not None:
                self.tell("Stopping {name} …", name=child.name)
            child.stop()
            child.deaths, child.not_before = 0, 0.0

    def _refuse_taken_port(self) -> None:
        family = socket.AF_INET6 if ":" in self.listen[0] else socket.AF_INET
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(self.listen)
            except OSError as taken:
                raise CannotStart(f"{self.listen[0]}:{self.listen[1]}: {taken.strerror}") from taken

    def _stop(self, *_: object) -> None:
        if self.stopping:  # asked twice: do not wait for what is being finished
            for child in self.children:
                if child.process is not None:
                    kill_group(child.process.pid)
        self.stopping = True

    def _reload(self, *_: object) -> None:
        self.reloading = True


def answers(listen: tuple[str, int]) -> bool:
    """Tell whether the web process answers a request, whatever it answers."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(listen[0], listen[0])  # noqa: S104 - compared, not bound
    host = f"[{host}]" if ":" in host else host
    try:
        with urllib.request.urlopen(f"http://{host}:{listen[1]}/healthz", timeout=2):
            return True
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False


def platform_children(
    *,
    demo_provider: list[str] | None = None,
    demo_wechat: list[str] | None = None,
    demo_carriers: list[str] | None = None,
    python: str = sys.executable,
) -> list[Child]:
    """Give the web process and the worker, in the order in which they are stopped; in the demo its provider and WeChat too."""
    children = [
        Child("web", [python, "-m", "sitong", "web"], stop_within_s=35.0),
        Child("worker", [python, "-m", "sitong", "worker"], stop_within_s=35.0),
    ]
    if demo_provider:
        children.append(
            Child("provider", [python, "-m", "sitong.scene.payments.demo", *demo_provider], stop_within_s=5.0)
        )
    if demo_wechat:
        children.append(Child("wechat", [python, "-m", "sitong.org.staff.demo", *demo_wechat], stop_within_s=5.0))
    if demo_carriers:
        children.append(
            Child("carriers", [python, "-m", "sitong.marketing.messages.demo", *demo_carriers], stop_within_s=5.0)
        )
    return children
