"""A light HTTP load generator, run as a process of its own: prepared request bytes, kept connections, raw protocol.

    fired = fire(port, [post("/api/v1/orders", body, token), …], callers=128)

Each caller sends a request, waits for the whole answer, and takes the next one. `python -m bench.load` is the process.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import struct
import subprocess
import sys
import tempfile
import time
from array import array
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Fired:
    """What a load gave. Latencies in milliseconds; `statuses` counts answers by HTTP status, `codes` refusals by code."""

    answers: int
    seconds: float
    rate: float
    p50_ms: float
    p90_ms: float
    p99_ms: float
    max_ms: float
    broken: int
    statuses: dict[str, int]
    codes: dict[str, int] = field(default_factory=dict)

    def only(self, *statuses: int) -> Fired:
        """Give itself; raises when an answer had another status or a connection broke."""
        if self.broken or set(self.statuses) - {str(status) for status in statuses}:
            raise RuntimeError(f"unexpected answers: {self.statuses}, {self.codes}, {self.broken} broken")
        return self


def post(path: str, body: bytes, token: str = "", *, kind: str = "application/json") -> bytes:
    """Give the bytes of a POST request."""
    return b"".join(
        [_head("POST", path, token), f"Content-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n".encode(), body]
    )


def get(path: str, token: str = "", **headers: str) -> bytes:
    """Give the bytes of a GET request; `Accept_Language="en"` becomes a header."""
    more = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
    return _head("GET", path, token) + more.encode() + b"\r\n"


def _head(method: str, path: str, token: str) -> bytes:
    bearer = f"Authorization: Bearer {token}\r\n" if token else ""
    return f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n{bearer}".encode()


def fire(
    port: int, requests: Sequence[bytes], *, callers: int = 128, seconds: float | None = None, warm_up: int = 0
) -> Fired:
    """Send every request once, or the same ones again and again for `seconds`; the first `warm_up` answers don't count."""
    with tempfile.NamedTemporaryFile(suffix=".requests") as file:
        for request in requests:
            file.write(struct.pack("<I", len(request)))
            file.write(request)
        file.flush()
        command = [
            sys.executable,
            "-m",
            "bench.load",
            file.name,
            "--port",
            str(port),
            "--callers",
            str(callers),
            "--warm-up",
            str(warm_up),
        ]
        if seconds is not None:
            command += ["--seconds", str(seconds)]
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            check=False,
            cwd=Path(__file__).parents[1],
            env={**os.environ, "PYTHONPATH": "."},
        )
    if done.returncode:
        raise RuntimeError(f"the load generator failed:\n{done.stderr[-2000:]}")
    return Fired(**json.loads(done.stdout))


class Run:
    """What all callers of one load share."""

    def __init__(self, requests: list[bytes], seconds: float | None, warm_up: int) -> None:
        self.requests = requests
        self.again = seconds is not None
        self.seconds = seconds
        self.position = 0
        self.warm_up = warm_up
        self.answers = 0
        self.broken = 0
        self.started_s = 0.0
        self.ended_s = 0.0
        self.latencies_s = array("d")
        self.statuses: Counter[bytes] = Counter()
        self.codes: Counter[bytes] = Counter()

    def next(self) -> bytes | None:
        """Give the next request, None when it is enough."""
        if self.again:
            if time.perf_counter() - self.started_s >= self.seconds:  # type: ignore[operator]
                return None
            self.position = (self.position + 1) % len(self.requests)
            return self.requests[self.position - 1]
        if self.position == len(self.requests):
            return None
        self.position += 1
        return self.requests[self.position - 1]

    def answered(self, sent_s: float, status: bytes, body: bytes) -> None:
        """Count one answer."""
        self.ended_s = time.perf_counter()
        self.answers += 1
        if self.answers <= self.warm_up:
            self.started_s = self.ended_s
            return
        self.latencies_s.append(self.ended_s - sent_s)
        self.statuses[status] += 1
        if status >= b"400":
            at = body.find(b'"code":"')
            self.codes[body[at + 8 : body.find(b'"', at + 8)] if at >= 0 else b"?"] += 1

    def figures(self) -> Fired:
        """Give what was counted."""
        ordered = sorted(self.latencies_s) or [0.0]
        seconds = max(self.ended_s - self.started_s, 1e-9)

        def at(part: float) -> float:
            return round(ordered[min(int(part * len(ordered)), len(ordered) - 1)] * 1000, 3)

        counted = len(self.latencies_s)
        return Fired(
            counted, round(seconds, 3), round(counted / seconds, 1), at(0.5), at(0.9), at(0.99), at(1), self.broken,
            {key.decode(): count for key, count in self.statuses.items()}, {key.decode(): count for key, count in self.codes.items()},
        )  # fmt: skip


class Caller(asyncio.Protocol):
    """One kept connection. Understands answers with a length and chunked ones, and nothing more."""

    def __init__(self, run: Run, gone: asyncio.Future[None]) -> None:
        self.run, self.gone = run, gone
        self.sent_s = 0.0
        self.got = b""
        self.waits = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport: asyncio.Transport = transport  # type: ignore[assignment]

    def ask(self) -> None:
        request = self.run.next()
        if request is None:
            self.transport.close()
            return
        self.waits = True
        self.sent_s = time.perf_counter()
        self.transport.write(request)

    def data_received(self, received: bytes) -> None:
        got = self.got + received if self.got else received
        head = got.find(b"\r\n\r\n")
        if head < 0 or not _is_whole(got, head):
            self.got = got
            return
        self.got = b""
        self.waits = False
        self.run.answered(self.sent_s, got[9:12], got[head + 4 :])
        self.ask()

    def connection_lost(self, exc: Exception | None) -> None:
        if self.waits:
            self.run.broken += 1
        if not self.gone.done():
            self.gone.set_result(None)


def _is_whole(got: bytes, head: int) -> bool:
    """Tell whether the whole answer is here; `head` is where its headers end."""
    at = got.find(b"ontent-", 0, head)
    while at >= 0:
        if got[at + 7 : at + 14].lower() == b"length:":
            return len(got) - head - 4 >= int(got[at + 14 : got.find(b"\r", at, head + 2)])
        at = got.find(b"ontent-", at + 1, head)
    if b"transfer-encoding: chunked" in got[:head].lower():
        return got.endswith(b"0\r\n\r\n")
    return got[9:12] in {b"204", b"304"}


async def _fire(run: Run, port: int, callers: int) -> Fired:
    loop = asyncio.get_running_loop()
    gone = [loop.create_future() for _ in range(callers)]
    made = [
        caller
        for _, caller in await asyncio.gather(
            *(loop.create_connection(lambda one=one: Caller(run, one), "127.0.0.1", port) for one in gone)
        )
    ]
    run.started_s = time.perf_counter()
    for caller in made:
        caller.ask()
    await asyncio.gather(*gone)
    return run.figures()


def _read(file: Path) -> Iterator[bytes]:
    raw = file.read_bytes()
    at = 0
    while at < len(raw):
        (length,) = struct.unpack_from("<I", raw, at)
        yield raw[at + 4 : at + 4 + length]
        at += 4 + length


def main() -> None:
    """Be the load generator's process."""
    import uvloop

    reader = argparse.ArgumentParser()
    reader.add_argument("file", type=Path)
    reader.add_argument("--port", type=int, required=True)
    reader.add_argument("--callers", type=int, required=True)
    reader.add_argument("--seconds", type=float)
    reader.add_argument("--warm-up", type=int, default=0)
    given = reader.parse_args()
    run = Run(list(_read(given.file)), given.seconds, given.warm_up)
    fired = uvloop.run(_fire(run, given.port, given.callers))
    print(json.dumps({name: getattr(fired, name) for name in Fired.__slots__}))


if __name__ == "__main__":
    main()
