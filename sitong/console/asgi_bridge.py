"""From ASGI to Django's WSGI handler: the body is read on the event loop, the request runs whole in one thread.

Measured against Django's own ASGI handler and a2wsgi in docs/decisions/0003.
"""

from __future__ import annotations

import asyncio
import contextvars
import sys
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from tempfile import SpooledTemporaryFile
from typing import IO, Any

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

IN_MEMORY_BYTES_MAX = 1_000_000


class TooMuch(Exception):
    """The body is larger than allowed."""


async def read_body(receive: Receive, headers: dict[bytes, bytes], bytes_max: int) -> bytes | None:
    """Give the whole body, None when it is larger than allowed: by its stated length, or as it comes."""
    stated = headers.get(b"content-length", b"0")
    if not stated.isdigit() or int(stated) > bytes_max:
        return None
    message = await receive()
    body: bytes = message.get("body", b"")
    if not message.get("more_body"):
        return body if len(body) <= bytes_max else None
    parts, length = [body], len(body)
    while message.get("more_body"):
        message = await receive()
        parts.append(message.get("body", b""))
        length += len(parts[-1])
        if length > bytes_max:
            return None
    return b"".join(parts)


async def _spool_body(receive: Receive, headers: dict[bytes, bytes], bytes_max: int) -> tuple[IO[bytes], int]:
    """Give the body as a file, in memory while it is small. Raises TooMuch."""
    stated = headers.get(b"content-length", b"0")
    if not stated.isdigit() or int(stated) > bytes_max:
        raise TooMuch
    message = await receive()
    if not message.get("more_body"):
        body = message.get("body", b"")
        return BytesIO(body), len(body)
    spool: IO[bytes] = SpooledTemporaryFile(IN_MEMORY_BYTES_MAX)  # noqa: SIM115 - closed when the request is done
    length = 0
    while True:
        part = message.get("body", b"")
        length += len(part)
        if length > bytes_max:
            spool.close()
            raise TooMuch
        spool.write(part)
        if not message.get("more_body"):
            break
        message = await receive()
    spool.seek(0)
    return spool, length


class WsgiBridge:
    """Runs a WSGI application in a pool of threads. Each thread keeps its database connection."""

    def __init__(self, application: Callable[..., Iterable[bytes]], *, threads: int, body_bytes_max: int) -> None:
        self.application = application
        self.body_bytes_max = body_bytes_max
        self.pool = ThreadPoolExecutor(threads, thread_name_prefix="web")

    async def __call__(self, scope: Scope, receive: Receive, send: Send, headers: dict[bytes, bytes]) -> None:
        """Answer one HTTP request. Raises TooMuch before anything is sent when the body is too large."""
        started = await self.run(scope, receive, headers)
        await self.send(started, send)

    async def run(self, scope: Scope, receive: Receive, headers: dict[bytes, bytes]) -> Answer:
        """Run the request; its body is complete unless it streams."""
        body, length = await _spool_body(receive, headers, self.body_bytes_max)
        answer = Answer(environ_of(scope, body, length))
        context = contextvars.copy_context()
        await asyncio.get_running_loop().run_in_executor(self.pool, context.run, answer.run, self.application)
        return answer

    async def send(self, answer: Answer, send: Send) -> None:
        """Send what the application answered; a streaming answer is drawn piece by piece in a thread."""
        loop = asyncio.get_running_loop()
        await send({"type": "http.response.start", "status": answer.status, "headers": answer.headers})
        if answer.body is not None:
            await send({"type": "http.response.body", "body": answer.body})
            return
        try:
            while (piece := await loop.run_in_executor(self.pool, answer.next_piece)) is not None:
                await send({"type": "http.response.body", "body": piece, "more_body": True})
            await send({"type": "http.response.body", "body": b""})
        finally:
            await loop.run_in_executor(self.pool, answer.close)

    def close(self) -> None:
        """Finish what runs; take nothing new."""
        self.pool.shutdown(wait=True)


class Answer:
    """One request in a thread: its environ, then status, headers and body."""

    __slots__ = ("_pieces", "_response", "body", "environ", "headers", "status")

    def __init__(self, environ: dict[str, Any]) -> None:
        self.environ = environ
        self.status = 500
        self.headers: list[tuple[bytes, bytes]] = []
        self.body: bytes | None = None
        self._response: Any = None
        self._pieces: Any = None

    def run(self, application: Callable[..., Iterable[bytes]]) -> None:
        """Call the application, and collect its body unless it streams."""
        response = self._response = application(self.environ, self._start)
        if getattr(response, "streaming", False) or not hasattr(response, "streaming"):
            self._pieces = iter(response)
            return
        try:
            self.body = b"" if self.environ["REQUEST_METHOD"] == "HEAD" else b"".join(response)
        finally:
            self.close()

    def next_piece(self) -> bytes | None:
        """Give the next piece of a streaming body, None at its end."""
        return None if self.environ["REQUEST_METHOD"] == "HEAD" else next(self._pieces, None)

    def close(self) -> None:
        """Tell the application that the request is over."""
        if hasattr(self._response, "close"):
            self._response.close()
        self.environ["wsgi.input"].close()

    def _start(self, status: str, headers: list[tuple[str, str]], _exc_info: Any = None) -> None:
        self.status = int(status[:3])
        self.headers = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers]


def environ_of(scope: Scope, body: IO[bytes], length: int) -> dict[str, Any]:
    """Give the WSGI environ of an ASGI scope whose body has been read."""
    server = scope.get("server") or ("localhost", 80)
    client = scope.get("client") or ("", 0)
    environ: dict[str, Any] = {
        "REQUEST_METHOD": scope["method"],
        "SCRIPT_NAME": "",
        "PATH_INFO": scope["path"].encode().decode("latin-1"),
        "QUERY_STRING": scope["query_string"].decode("latin-1"),
        "SERVER_PROTOCOL": f"HTTP/{scope['http_version']}",
        "SERVER_NAME": server[0],
        "SERVER_PORT": str(server[1] or 0),
        "REMOTE_ADDR": client[0],
        "REMOTE_PORT": str(client[1]),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope.get("scheme", "http"),
        "wsgi.input": body,
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
        "CONTENT_LENGTH": str(length) if length else "",
    }
    for raw_name, raw_value in scope["headers"]:
        name = raw_name.decode("latin-1")
        if name == "content-length" or "_" in name:  # an underscore would pose as a dash
            continue
        key = "CONTENT_TYPE" if name == "content-type" else "HTTP_" + name.upper().replace("-", "_")
        value = raw_value.decode("latin-1")
        if key in environ:
            value = environ[key] + ("; " if key == "HTTP_COOKIE" else ",") + value
        environ[key] = value
    return environ
