"""The second wall: which brands' rows PostgreSQL shows to this connection (row-level security)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from uuid import UUID
from weakref import WeakKeyDictionary

from django.db import connection
from psycopg.pq import TransactionStatus

EVERY_BRAND = "*"
_shown: WeakKeyDictionary[object, str] = WeakKeyDictionary()


@contextmanager
def brands_shown(brands: Iterable[UUID | None]) -> Iterator[None]:
    """Show the rows of these brands, and no others, to the queries inside. No brand (None, an operator's): no row."""
    with _scope(",".join(sorted(str(brand) for brand in brands if brand))):
        yield


@contextmanager
def every_brand() -> Iterator[None]:
    """Show the rows of all brands: for commands, the worker and the lanes, never for a person's request."""
    with _scope(EVERY_BRAND):
        yield


@contextmanager
def shown_as(scope: str) -> Iterator[None]:
    """Show what another connection shows, as `shown` gave it: for threads that help with one piece of work."""
    with _scope(scope):
        yield


def show_only(brands: Iterable[UUID]) -> None:
    """Set the scope until it is set again: for the middleware, which sets it for each request."""
    _set(",".join(sorted(str(brand) for brand in brands)))


def show_every_brand() -> None:
    """Show all brands until the scope is set again: for threads that serve no single person, such as a lane's."""
    _set(EVERY_BRAND)


def shown() -> str:
    """Give the scope of this connection, '' when none was set: brand ids with commas, or `*`."""
    raw = connection.connection
    return _shown.get(raw, "") if raw is not None else ""


@contextmanager
def _scope(wanted: str) -> Iterator[None]:
    before = shown()
    _set(wanted)
    try:
        yield
    finally:
        _set(before)


def _set(wanted: str) -> None:
    connection.ensure_connection()
    raw = connection.connection
    if _shown.get(raw, "") == wanted:
        return
    if raw.info.transaction_status != TransactionStatus.INERROR:  # else the rollback takes the setting back
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('sitong.brands', %s, false)", [wanted])
    _shown[raw] = wanted
