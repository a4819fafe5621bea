"""A whole platform under `sitong up`, with a folder and a port of its own, and callers who never give up."""

from __future__ import annotations

import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg

from sitong.console.supervise_children import orphans
from sitong.shared.ids import new_id
from sitong.shared.postgres import Cluster

CHECKOUT = Path(__file__).parents[2]
CALLERS = 8
PATIENCE_S = 60.0


@dataclass
class Stack:
    """One `sitong up` and what it started."""

    var: Path
    port: int
    more: dict[str, str] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = None
    command: tuple[str, ...] = (sys.executable,)

    @classmethod
    def make(cls, **environ: str) -> Stack:
        (CHECKOUT / "var").mkdir(exist_ok=True)
        var = Path(tempfile.mkdtemp(dir=CHECKOUT / "var", prefix="crash-"))
        var.chmod(0o711)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            return cls(var, probe.getsockname()[1], environ)

    @property
    def cluster(self) -> Cluster:
        return Cluster(self.var / "postgres")

    @property
    def environ(self) -> dict[str, str]:
        unset = {"DATABASE_URL", "DATABASE_OWNER_URL", "SITONG_DEMO"}
        kept = {name: value for name, value in os.environ.items() if name not in unset}
        return {
            **kept, "SITONG_VAR": str(self.var), "SITONG_LISTEN": f"127.0.0.1:{self.port}", "SITONG_LANG": "en",
            "PYTHONPATH": str(CHECKOUT), "DJANGO_SETTINGS_MODULE": "sitong.console.settings", **self.more,
        }  # fmt: skip

    def up(self) -> None:
        """Start it, whatever the last run left, and wait until it is ready."""
        log = (self.var / "up.log").open("ab")
        self.process = subprocess.Popen(
            [*self.command, "-m", "sitong", "up"],
            env=self.environ,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd=CHECKOUT,
        )
        self.wait_until_ready()

    def wait_until_ready(self) -> None:
        until = time.monotonic() + PATIENCE_S
        while time.monotonic() < until:
            if self.process.poll() is not None:
                break
            try:
                if self.ask("GET", "/readyz")[0] == 200:
                    return
            except OSError:
                pass
            time.sleep(0.1)
        raise AssertionError("not ready:\n" + (self.var / "up.log").read_text()[-4000:])

    def ask(self, method: str, path: str, body: bytes | None = None, token: str = "") -> tuple[int, bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=15)
        try:
            headers = {"Content-Type": "application/json", **({"Authorization": f"Bearer {token}"} if token else {})}
            connection.request(method, path, body=body, headers=headers)
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def sitong(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run another command on the same folder."""
        return self.python("-m", "sitong", *arguments)

    def python(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*self.command, *arguments], env=self.environ, capture_output=True, text=True, check=False, cwd=CHECKOUT
        )

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.cluster.url("sitong")) as server:
            return server.execute(query).fetchall()

    def pids(self, role: str) -> list[int]:
        """Give the processes of one role: up, web (Granian's own), serving (its workers), worker, database."""
        if role == "up":
            return [self.process.pid]
        if role == "database":
            return [self.cluster.pid()]
        family = {pid: _arguments(pid) for pid in orphans(self.var)}
        web = [pid for pid, words in family.items() if words[-1:] == ["web"] and _parent(pid) == self.process.pid]
        if role == "web":
            return web
        if role == "serving":
            return [pid for pid in family if _parent(pid) in web and "resource_tracker" not in " ".join(family[pid])]
        return [pid for pid, words in family.items() if words[-1:] == ["worker"]]

    def kill(self, *roles: str) -> None:
        """Kill -9, all of them at once."""
        doomed = [pid for role in roles for pid in self.pids(role)]
        assert len(doomed) >= len(roles), f"{roles} → {doomed}"
        for pid in doomed:
            os.kill(pid, signal.SIGKILL)
        if "up" in roles:
            self.process.wait()

    def end(self) -> int:
        """Stop it as Ctrl-C does; give its exit code; leave nothing behind."""
        self.process.send_signal(signal.SIGINT)
        try:
            return self.process.wait(60)
        finally:
            self.process.kill()
            for pid in orphans(self.var):
                os.kill(pid, signal.SIGKILL)
            self.cluster.stop("immediate")

    def remove(self) -> None:
        shutil.rmtree(self.var, ignore_errors=True)
        shutil.rmtree(self.cluster.socket_dir, ignore_errors=True)


def _arguments(pid: int) -> list[str]:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text().rstrip("\0").split("\0")
    except OSError:
        return []


def _parent(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    except OSError:
        return 0


@dataclass
class Load:
    """Callers who place orders one after the other, and send the same order again until they get an answer."""

    stack: Stack
    shop: dict[str, Any]
    orders_each: int
    acknowledged: dict[str, str] = field(default_factory=dict)
    sent_again: int = 0
    wrong: list[str] = field(default_factory=list)

    def run(self, disturb: Callable[[], None]) -> None:
        """Run all callers; `disturb` is called when a third of the orders is acknowledged."""
        callers = [threading.Thread(target=self._call) for _ in range(CALLERS)]
        for caller in callers:
            caller.start()
        while len(self.acknowledged) < CALLERS * self.orders_each // 3 and any(caller.is_alive() for caller in callers):
            time.sleep(0.002)
        disturb()
        for caller in callers:
            caller.join()
        assert self.wrong == []

    def _call(self) -> None:
        for _ in range(self.orders_each):
            self._place(str(new_id()))

    def body(self, order_id: str) -> bytes:
        lines = [{"sku_id": sku, "quantity": 1} for sku in self.shop["skus"]]
        return json.dumps({"id": order_id, "store_id": self.shop["store_id"], "lines": lines}).encode()

    def _place(self, order_id: str) -> None:
        until = time.monotonic() + PATIENCE_S
        while time.monotonic() < until:
            try:
                status, answer = self.stack.ask("POST", "/api/v1/orders", self.body(order_id), self.shop["token"])
            except (OSError, http.client.HTTPException):
                status, answer = 0, b""
            if status == 201:
                self.acknowledged[order_id] = json.loads(answer)["number"]
                return
            if status not in {0, 500, 502, 503, 504}:
                self.wrong.append(f"{order_id}: {status} {answer!r}")
                return
            self.sent_again += 1
            time.sleep(0.05)
        self.wrong.append(f"{order_id}: no answer in {PATIENCE_S} s")

    def send_all_again(self) -> dict[str, str]:
        """Send every order once more; give the numbers answered."""
        answered = {}
        for order_id in self.acknowledged:
            status, answer = self.stack.ask("POST", "/api/v1/orders", self.body(order_id), self.shop["token"])
            answered[order_id] = json.loads(answer).get("number", str(status))
        return answered
