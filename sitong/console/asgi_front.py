"""The front: hot routes first, then streams, everything else goes to Django."""

from __future__ import annotations

import asyncio
import gc
import itertools
import secrets
from importlib import import_module
from typing import Any

from django.conf import settings

from sitong.console.asgi_bridge import Receive, Scope, Send, TooMuch, WsgiBridge, read_body
from sitong.console.asgi_signals import call_when_told_to_stop
from sitong.console.asgi_streams import Hub
from sitong.console.wsgi import application as django_application
from sitong.shared.apps import topic_modules
from sitong.shared.batch.answers import TooLarge, body_in, language_of
from sitong.shared.batch.hot import HotTable, answer_hot
from sitong.shared.observe.logs import sane_request_id
from sitong.shared.observe.tracing import span, start_tracing, stop_tracing

STREAM_HEADER = b"x-sitong-stream"
JSON = (b"content-type", b"application/json; charset=utf-8")
FIXED = [JSON, (b"cache-control", b"no-store"), (b"x-content-type-options", b"nosniff")]


class Front:
    """What a request meets first."""

    def __init__(self, hot: HotTable, bridge: WsgiBridge, hub: Hub) -> None:
        self.hot, self.bridge, self.hub = hot, bridge, hub
        self._prefix = secrets.token_hex(5)
        self._numbers = itertools.count(1)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._live(receive, send)
            return
        if scope["type"] != "http":
            return
        path: str = scope["path"]
        headers: dict[bytes, bytes] = dict(scope["headers"])
        found = self.hot.find(scope["method"], path)
        if found is not None and (found[0].open_to_all or b"authorization" in headers):
            await self._answer_hot(found, scope, headers, receive, send)
        elif path == "/healthz":
            await _send(send, 200, [*FIXED], b'{"alive":true}')
        elif path.startswith("/events/"):
            await self._open_stream(scope, headers, receive, send)
        else:
            try:
                await self.bridge(scope, receive, send, headers)
            except TooMuch:
                await _send_too_large(send, self.bridge.body_bytes_max, headers)

    async def _answer_hot(
        self, found: tuple[Any, str], scope: Scope, headers: dict[bytes, bytes], receive: Receive, send: Send
    ) -> None:
        route, parameter = found
        request_id = (
            sane_request_id(headers.get(b"x-request-id", b"").decode("latin-1"))
            or f"{self._prefix}{next(self._numbers):x}"
        )
        body = await read_body(receive, headers, route.body_bytes_max)
        with span("hot " + route.path, request_id=request_id):
            status, more, answered = await answer_hot(
                route, parameter, query=scope["query_string"], headers=headers, body=body, request_id=request_id
            )
        sent = [*FIXED, (b"x-request-id", request_id.encode())]
        if more:
            sent += [(name.lower().encode(), value.encode()) for name, value in more.items()]
        await _send(send, status, sent, answered)

    async def _open_stream(self, scope: Scope, headers: dict[bytes, bytes], receive: Receive, send: Send) -> None:
        """Let Django say who asks and whether that one may hear (sitong/console/streams.py); its header opens the stream."""
        try:
            answer = await self.bridge.run(scope, receive, headers)
        except TooMuch:
            await _send_too_large(send, self.bridge.body_bytes_max, headers)
            return
        opened = dict(answer.headers).get(STREAM_HEADER)
        if opened is None or answer.status != 200:
            await self.bridge.send(answer, send)
            return
        name, _, key = opened.decode().partition("/")
        kept = [
            one
            for one in answer.headers
            if one[0] not in {STREAM_HEADER, b"content-type", b"content-length", b"cache-control"}
        ]
        await self.hub.serve((name, key), kept, receive, send)

    async def _live(self, receive: Receive, send: Send) -> None:
        """Start with the process, stop with it: what lanes accepted is finished before the process ends."""
        await receive()
        start_tracing()
        for lane in self.hot.lanes:
            lane.reopen()
            lane.start()
        self.hub.start()
        gc.collect()
        gc.freeze()  # what is there now stays: the collector need not walk it again and again
        gc.set_threshold(20_000, 20, 50)
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await self.hub.stop()
        loop = asyncio.get_running_loop()
        await asyncio.gather(*(loop.run_in_executor(None, lane.stop) for lane in self.hot.lanes))
        await asyncio.to_thread(self.bridge.close)
        await asyncio.to_thread(stop_tracing)
        await send({"type": "lifespan.shutdown.complete"})


async def _send(send: Send, status: int, headers: list[tuple[bytes, bytes]], body: bytes) -> None:
    headers.append((b"content-length", str(len(body)).encode()))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def _send_too_large(send: Send, bytes_max: int, headers: dict[bytes, bytes]) -> None:
    language = language_of(headers.get(b"accept-language", b"").decode("latin-1"))
    await _send(send, 413, [*FIXED, (b"connection", b"close")], body_in(language, TooLarge(bytes_max=bytes_max)))


def hot_table() -> HotTable:
    """Gather the hot routes that the topics' api.py files declare as HOT."""
    modules = [module for word in settings.WORDS for module in topic_modules(word, "api")]
    return HotTable(route for module in modules for route in getattr(import_module(module), "HOT", ()))


def build() -> Front:
    """Give the front of this process."""
    bridge = WsgiBridge(django_application, threads=settings.WEB_THREADS, body_bytes_max=settings.BODY_BYTES_MAX)
    hub = Hub()
    call_when_told_to_stop(hub.end_all)
    return Front(hot_table(), bridge, hub)
