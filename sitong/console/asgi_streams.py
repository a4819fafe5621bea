"""The hub of server-sent events: one LISTEN connection a process, any number of listening pages."""

from __future__ import annotations

import asyncio
import contextlib
from collections import defaultdict
from typing import Any

import orjson
import psycopg
import structlog
from django.db import connections
from prometheus_client import Counter, Gauge

from sitong.console.asgi_bridge import Receive, Send
from sitong.shared.batch.streams import CHANNEL

WAITING_MAX = 100
QUIET_S = 15.0
AGAIN_AFTER_S = 900.0
"""A stream ends after so long; the page comes back by itself, and is asked again who it is."""

OPENING = b"retry: 2000\n\nevent: open\ndata: \n\n"
AGAIN = b"event: again\ndata: \n\n"
HEADERS = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),
]

log = structlog.get_logger("sitong.streams")
_open = Gauge("sitong_streams_open", "Pages that listen.", multiprocess_mode="livesum")
_heard = Counter("sitong_streams_heard", "News from the database.", ["stream"])


class Listener:
    """One listening page: what it has still to be sent."""

    def __init__(self) -> None:
        self.waiting: asyncio.Queue[bytes | None] = asyncio.Queue(WAITING_MAX)

    def give(self, piece: bytes | None) -> None:
        """Queue a piece; None ends the stream. A page that does not keep up is told to look again instead."""
        if self.waiting.full():
            while not self.waiting.empty():
                self.waiting.get_nowait()
            self.waiting.put_nowait(AGAIN)
        self.waiting.put_nowait(piece)


class Hub:
    """Hears the news of all streams and passes each to the pages that listen to its key."""

    def __init__(self) -> None:
        self._listeners: defaultdict[tuple[str, str], set[Listener]] = defaultdict(set)
        self._task: asyncio.Task[None] | None = None
        self.closing = False
        self.connected = asyncio.Event()

    def start(self) -> None:
        """Begin to listen, in the running loop."""
        self.closing = False
        self._task = asyncio.get_running_loop().create_task(self._listen_on())

    def end_all(self) -> None:
        """End every stream; take no new ones."""
        self.closing = True
        self._for_all(None)

    async def stop(self) -> None:
        """End every stream and the connection."""
        self.end_all()
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def serve(
        self, key: tuple[str, str], headers: list[tuple[bytes, bytes]], receive: Receive, send: Send
    ) -> None:
        """Send the news of one key until the page leaves, the hub stops, or `AGAIN_AFTER_S` is over."""
        listener = Listener()
        self._listeners[key].add(listener)
        _open.inc()
        left = asyncio.ensure_future(_until_it_leaves(receive))
        left.add_done_callback(lambda _: listener.give(None))
        over = asyncio.get_running_loop().call_later(AGAIN_AFTER_S, listener.give, None)
        try:
            await send({"type": "http.response.start", "status": 200, "headers": headers + HEADERS})
            piece: bytes | None = OPENING
            while piece is not None and not self.closing:
                await send({"type": "http.response.body", "body": piece, "more_body": True})
                try:
                    piece = await asyncio.wait_for(listener.waiting.get(), QUIET_S)
                except TimeoutError:
                    piece = b": still here\n\n"
            await send({"type": "http.response.body", "body": b""})
        finally:
            over.cancel()
            left.cancel()
            _open.dec()
            self._listeners[key].discard(listener)
            if not self._listeners[key]:
                del self._listeners[key]

    def hear(self, packed: str) -> None:
        """Pass on one notification."""
        name, key, what = orjson.loads(packed)
        _heard.labels(name).inc()
        piece = b"event: news\ndata: " + orjson.dumps(what) + b"\n\n"
        for listener in self._listeners.get((name, key), ()):
            listener.give(piece)

    def _for_all(self, piece: bytes | None) -> None:
        for listeners in list(self._listeners.values()):
            for listener in listeners:
                listener.give(piece)

    async def _listen_on(self) -> None:
        """Listen; connect again when the connection breaks, and then let every page look again."""
        pause_s, first = 0.1, True
        while not self.closing:
            try:
                async with await psycopg.AsyncConnection.connect(**_address(), autocommit=True) as heard:
                    await heard.execute(f"LISTEN {CHANNEL}")
                    if not first:
                        self._for_all(AGAIN)
                    pause_s, first = 0.1, False
                    self.connected.set()
                    async for notification in heard.notifies():
                        try:
                            self.hear(notification.payload)
                        except Exception:
                            log.exception("streams.not_understood")
            except (psycopg.Error, OSError) as broken:
                log.warning("streams.connection_broken", error=str(broken).strip()[:200])
            self.connected.clear()
            await asyncio.sleep(pause_s)
            pause_s = min(pause_s * 2, 5.0)


def _address() -> dict[str, Any]:
    """Give the database's address as psycopg takes it."""
    entry = connections["default"].settings_dict
    named = {
        "dbname": entry["NAME"],
        "user": entry["USER"],
        "password": entry["PASSWORD"],
        "host": entry["HOST"],
        "port": entry["PORT"],
    }
    return {key: value for key, value in named.items() if value} | {"application_name": "sitong streams"}


async def _until_it_leaves(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
