"""Is it alive, is it ready, how is it: /healthz, /readyz, /metrics."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.db import Error, connection
from django.db.migrations.loader import MigrationLoader
from django.http import HttpRequest, HttpResponse, JsonResponse

from sitong.shared.access.scope import every_brand
from sitong.shared.clock import now
from sitong.shared.errors import NotFound
from sitong.shared.events.metrics import BehindCollector
from sitong.shared.events.queries import lag
from sitong.shared.observe.metrics import exposition


def alive(_request: HttpRequest) -> HttpResponse:
    """Answer as long as the process runs. The ASGI front answers before this, also when every thread is busy."""
    return JsonResponse({"alive": True})


def ready(_request: HttpRequest) -> HttpResponse:
    """Answer 200 when the database answers, every migration is applied, and the subscribers are not far behind; else 503."""
    checks = {name: _try(check) for name, check in CHECKS.items()}
    fine = all(said == "ok" for said in checks.values())
    return JsonResponse({"ready": fine, "checks": checks}, status=200 if fine else 503)


def metrics(request: HttpRequest) -> HttpResponse:
    """Give Prometheus the numbers of all web processes of this `sitong up`. Open to this machine, or with the token.

    A request that came through a proxy is not this machine's, whatever address it shows.
    """
    if not _may_see_metrics(request):
        raise NotFound()
    return HttpResponse(exposition(BehindCollector()), content_type="text/plain; version=0.0.4; charset=utf-8")


def _may_see_metrics(request: HttpRequest) -> bool:
    token = settings.METRICS_TOKEN
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if token and secrets.compare_digest(given.encode(), token.encode()):
        return True
    forwarded = any(name in request.headers for name in ("X-Forwarded-For", "Forwarded", "X-Real-IP", "Via"))
    return request.META.get("REMOTE_ADDR") in {"127.0.0.1", "::1"} and not forwarded


def _database() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return "ok"


def _migrations() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT app, name FROM django_migrations")
        applied = set(cursor.fetchall())
    missing = sorted(_migrations_on_disk() - applied)
    return "ok" if not missing else f"{len(missing)} to apply, first {'.'.join(missing[0])}"


@lru_cache(maxsize=1)
def _migrations_on_disk() -> frozenset[tuple[str, str]]:
    loader = MigrationLoader(None, load=False)
    loader.load_disk()
    found = loader.disk_migrations or {}
    return frozenset(name for name, migration in found.items() if not migration.replaces)


def _subscribers() -> str:
    with every_brand():
        behind = [one for one in lag() if one.known and one.oldest_at is not None]
    late = [one for one in behind if one.oldest_at and (now() - one.oldest_at).total_seconds() > settings.READY_LAG_S]
    return "ok" if not late else f"{late[0].subscriber} is {late[0].events} events behind"


CHECKS: dict[str, Callable[[], str]] = {"database": _database, "migrations": _migrations, "subscribers": _subscribers}


def _try(check: Callable[[], Any]) -> str:
    try:
        return str(check())
    except Error as wrong:
        return type(wrong).__name__
