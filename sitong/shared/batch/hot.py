"""Hot routes: addresses that the ASGI front answers through a Lane before Django is asked.

    HOT = [HotRoute("POST", "/api/v1/orders", lane=PLACING, parse=read_order, render=show_order, status=201)]

in a topic's `api.py`. The same route stands in the topic's ninja router, for the OpenAPI document and for callers with a
session instead of a token: only requests with a bearer token (or to a route that is open to all) come here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, Generic, TypeVar
from urllib.parse import parse_qsl, unquote

import orjson
import structlog
from prometheus_client import Counter
from pydantic import ValidationError

from sitong.shared.access.tokens import verify
from sitong.shared.access.viewer import Viewer
from sitong.shared.batch.answers import (
    Broken,
    Malformed,
    TooLarge,
    body_in,
    headers_of,
    language_of,
    status_of,
    where_wrong,
)
from sitong.shared.batch.lane import Lane
from sitong.shared.batch.lanes import Lanes
from sitong.shared.clock import now as clock_now
from sitong.shared.errors import NotSignedIn, Refused

Item = TypeVar("Item")
Outcome = TypeVar("Outcome")
log = structlog.get_logger("sitong.batch")

_answers = Counter("sitong_hot_answers", "Answers of the hot routes.", ["method", "path", "status"])


@dataclass(frozen=True, slots=True)
class HotCall:
    """One request to a hot route. `viewer` is None only where the route is open to all."""

    body: bytes
    viewer: Viewer | None
    query: Mapping[str, str]
    parameter: str
    language: str
    now: datetime


@dataclass(frozen=True)
class HotRoute(Generic[Item, Outcome]):
    """One method and address ("/api/v1/orders", or with one parameter "/api/v1/stores/{store_id}/shelf").

    `parse` makes the lane's item of a HotCall; it may raise a Refused (a permission: `viewer.require`) and pydantic's
    ValidationError (422). `render` makes what is sent as JSON of an outcome that is no refusal, or gives bytes that are
    JSON already; it may raise a Refused too. Both run on the event loop: no query, no waiting.
    """

    method: str
    path: str
    lane: Lane[Item, Outcome] | Lanes[Item, Outcome]
    parse: Callable[[HotCall], Item]
    render: Callable[[Outcome], Any]
    status: int = 200
    body_bytes_max: int = 64_000
    open_to_all: bool = False

    async def answer(self, call: HotCall) -> tuple[int, dict[str, str], bytes]:
        """Give status, headers and body for a call."""
        try:
            outcome = await self.lane.submit(self.parse(call))
            if not isinstance(outcome, Refused):
                shown = self.render(outcome)
                return self.status, {}, shown if isinstance(shown, bytes) else orjson.dumps(shown, default=str)
            refused: Refused = outcome
        except Refused as raised:
            refused = raised
        except ValidationError as wrong:
            refused = Malformed(
                errors=where_wrong(wrong.errors(include_url=False, include_input=False, include_context=False))
            )
        return answer_refused(refused, call.language)


def answer_refused(refused: Refused, language: str) -> tuple[int, dict[str, str], bytes]:
    """Give status, headers and body for a refusal."""
    return status_of(refused), headers_of(refused), body_in(language, refused)


class HotTable:
    """The hot routes of all topics, found by method and path."""

    def __init__(self, routes: Iterable[HotRoute[Any, Any]]) -> None:
        self.routes = tuple(routes)
        self._exact: dict[tuple[str, str], HotRoute[Any, Any]] = {}
        self._with_parameter: dict[str, list[tuple[str, str, HotRoute[Any, Any]]]] = {}
        for route in self.routes:
            before, brace, rest = route.path.partition("{")
            if not brace:
                if (route.method, route.path) in self._exact:
                    raise ValueError(f"two hot routes are {route.method} {route.path}")
                self._exact[route.method, route.path] = route
                continue
            after = rest.partition("}")[2]
            if "{" in after:
                raise ValueError(f"{route.path}: a hot route has one parameter at most")
            self._with_parameter.setdefault(route.method, []).append((before, after, route))

    def find(self, method: str, path: str) -> tuple[HotRoute[Any, Any], str] | None:
        """Give the route and its parameter ('' when it has none)."""
        if (route := self._exact.get((method, path))) is not None:
            return route, ""
        for before, after, route in self._with_parameter.get(method, ()):
            if path.startswith(before) and path.endswith(after) and len(path) > len(before) + len(after):
                parameter = path[len(before) : len(path) - len(after)]
                if "/" not in parameter:
                    return route, parameter
        return None

    @property
    def lanes(self) -> list[Lane[Any, Any] | Lanes[Any, Any]]:
        """The lanes behind the routes, each once."""
        return list({id(route.lane): route.lane for route in self.routes}.values())


async def answer_hot(
    route: HotRoute[Any, Any],
    parameter: str,
    *,
    query: bytes,
    headers: Mapping[bytes, bytes],
    body: bytes | None,
    request_id: str,
) -> tuple[int, dict[str, str], bytes]:
    """Answer one request to a hot route: who asks, then the route's own answer. A body of None was too large.

    A bug is logged once under the request's id and answered with 500 and that id.
    """
    accepts = headers.get(b"accept-language")
    language = language_of(accepts.decode("latin-1") if accepts else "")
    try:
        now = clock_now()
        viewer = viewer_of(headers, now)
        if viewer is None and not route.open_to_all:
            raise NotSignedIn()
        if body is None:
            raise TooLarge(bytes_max=route.body_bytes_max)
        named = dict(parse_qsl(query.decode("latin-1"), keep_blank_values=True)) if query else {}
        parameter = unquote(parameter) if "%" in parameter else parameter
        answer = await route.answer(HotCall(body, viewer, named, parameter, language, now))
    except Refused as refused:
        answer = answer_refused(refused, language)
    except Exception:
        log.exception("request.failed", request_id=request_id, method=route.method, path=route.path)
        answer = answer_refused(Broken(request_id=request_id), language)
    _count(route.method, route.path, answer[0]).inc()
    return answer


@lru_cache(maxsize=1000)
def _count(method: str, path: str, status: int) -> Counter:
    return _answers.labels(method, path, status)


def viewer_of(headers: Mapping[bytes, bytes], now: datetime) -> Viewer | None:
    """Give the viewer of the bearer token; None without one. Refused: a token that is forged or has run out."""
    given = headers.get(b"authorization", b"")
    if given[:7].lower() != b"bearer ":
        return None
    return verify(given[7:].strip().decode("latin-1"), now=now)
