"""What every request passes: an id, a log line, counts, strict headers; then who asks, and refusals made readable."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable

import structlog
from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from prometheus_client import Histogram

from sitong.console.faults import answer_fault, as_json_fault, is_api
from sitong.shared.access.gates import viewer_of
from sitong.shared.batch.answers import TooLarge
from sitong.shared.errors import Busy, Refused
from sitong.shared.observe.logs import sane_request_id
from sitong.shared.observe.tracing import span

Next = Callable[[HttpRequest], HttpResponse]

log = structlog.get_logger("sitong.request")
_seconds = Histogram(
    "sitong_request_seconds", "Requests that Django answered.", ["method", "route", "status"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)  # fmt: skip
PROBES = {"/healthz", "/readyz", "/metrics"}
METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}

PAGE_POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; "
    "media-src 'self' blob:; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
API_POLICY = "default-src 'none'; frame-ancestors 'none'"
HEADERS = {
    "Permissions-Policy": "camera=(self), geolocation=(self), microphone=(), payment=(), usb=(), interest-cohort=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}


class RequestMiddleware:
    """Outermost. Gives the request its id (the caller's X-Request-ID when sane), logs and counts it, adds the headers."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        started_s = time.perf_counter()
        request.id = sane_request_id(request.headers.get("X-Request-ID", "")) or secrets.token_hex(8)  # type: ignore[attr-defined]
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=request.id)  # type: ignore[attr-defined]
        with span("request", request.headers, method=str(request.method), path=request.path):
            response = self.get_response(request)
        if response.status_code >= 400 and is_api(request):
            response = as_json_fault(request, response)
        _add_headers(request, response)
        _note(request, response, time.perf_counter() - started_s)
        return response


class ViewerMiddleware:
    """Says who asks (`request.viewer`) and narrows the brand wall to that one; turns refusals of pages into pages."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path in PROBES:  # these answer also without a database, and open the wall themselves
            request.viewer = None  # type: ignore[attr-defined]
            return self.get_response(request)
        try:
            request.viewer = viewer_of(request)  # type: ignore[attr-defined]
        except (OperationalError, InterfaceError) as away:
            request.viewer = None  # type: ignore[attr-defined]
            return _database_away(request, away)
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Answer what is no bug; None for a bug, which becomes a 500 and is logged once."""
        if isinstance(exception, Refused):
            return answer_fault(request, exception)
        if isinstance(exception, RequestDataTooBig):
            return answer_fault(request, TooLarge(bytes_max=settings.DATA_UPLOAD_MAX_MEMORY_SIZE))
        if isinstance(exception, OperationalError | InterfaceError):
            return _database_away(request, exception)
        return None


def _database_away(request: HttpRequest, trouble: Exception) -> HttpResponse:
    """Answer 503: the connection broke, or the database stopped what took too long. The next request connects anew."""
    log.error("request.database_away", error=str(trouble).strip()[:300], path=request.path)
    return answer_fault(request, Busy(retry_after_s=2))


def _add_headers(request: HttpRequest, response: HttpResponse) -> None:
    kind = response.get("Content-Type", "")
    response["X-Request-ID"] = request.id  # type: ignore[attr-defined]
    response.headers.setdefault(
        "Content-Security-Policy", API_POLICY if kind.startswith("application/json") else PAGE_POLICY
    )
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    if not response.has_header("Cache-Control"):
        response["Cache-Control"] = "no-store" if kind.startswith("application/json") else "private, no-cache"


def _note(request: HttpRequest, response: HttpResponse, seconds: float) -> None:
    match = request.resolver_match
    route = match.route if match else "static" if request.path.startswith(settings.STATIC_URL) else "none"
    method = request.method if request.method in METHODS else "other"
    _seconds.labels(method, route, response.status_code).observe(seconds)
    if route == "static":
        return
    viewer = getattr(request, "viewer", None)
    level = log.warning if response.status_code >= 500 or seconds > 1 else log.info
    level(
        "request.answered", method=method, route=route, status=response.status_code, ms=round(seconds * 1000, 1),
        account=str(viewer.account_id) if viewer else None,
    )  # fmt: skip
