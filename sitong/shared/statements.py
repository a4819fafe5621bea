"""Statements of the hot actions: prepared once a connection, their arrays written as text.

Django binds parameters in the client, so the server parses and plans each statement anew, and psycopg dumps a list
element by element. For a batch of hundreds of rows both cost more than the rows themselves.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from typing import Any
from uuid import UUID
from weakref import WeakKeyDictionary

from django.db import DEFAULT_DB_ALIAS, connection, connections, transaction
from psycopg import Connection, Cursor

JSONB = 3802
"""PostgreSQL's number for the type."""

_cursors: WeakKeyDictionary[Connection[Any], Cursor[Any]] = WeakKeyDictionary()


def run(statement: str, parameters: Sequence[Any] | Mapping[str, Any] = ()) -> list[tuple[Any, ...]]:
    """Run one statement on Django's connection, in its transaction, and give its rows (none for a plain INSERT).

    The server keeps its plan. Where queries are counted (tests, DEBUG) it goes through Django's own cursor.
    """
    here = connections[DEFAULT_DB_ALIAS]
    if here.queries_logged:
        with here.cursor() as counted:
            counted.execute(statement, parameters)
            return _with_json_read(counted.fetchall(), counted.description) if counted.description else []
    here.ensure_connection()
    cursor = _kept_cursor(here.connection)
    with here.wrap_database_errors:
        cursor.execute(statement, parameters, prepare=True, binary=True)
        return cursor.fetchall() if cursor.description or here.connection.pgconn.pipeline_status else []


def write(statement: str, parameters: Sequence[Any] = ()) -> None:
    """Run one statement that gives no rows. Inside of `pipelined` it is sent and not waited for."""
    here = connections[DEFAULT_DB_ALIAS]
    if here.queries_logged:
        with here.cursor() as counted:
            counted.execute(statement, parameters)
        return
    here.ensure_connection()
    raw = here.connection
    cursor = (
        Cursor(raw) if raw.pgconn.pipeline_status else _kept_cursor(raw)
    )  # in a pipeline each waits for its own answer
    with here.wrap_database_errors:
        cursor.execute(statement, parameters, prepare=True)


@contextmanager
def pipelined() -> Iterator[None]:
    """Send what `write` writes inside without waiting for each: the server works while the next statement is prepared.

    An error of one of them is raised by a later one or at the end. Inside, only `write` and `run` may be used, and `run`
    only for what gives rows.
    """
    here = connections[DEFAULT_DB_ALIAS]
    if here.queries_logged:
        yield
        return
    here.ensure_connection()
    with here.wrap_database_errors, here.connection.pipeline():
        yield


def _with_json_read(rows: list[tuple[Any, ...]], columns: Sequence[Any]) -> list[tuple[Any, ...]]:
    """Read JSON columns, which Django's own cursor gives as text and a plain one as what they hold."""
    places = {at for at, column in enumerate(columns) if column.type_code == JSONB}
    if not places:
        return rows
    return [
        tuple(json.loads(value) if at in places and isinstance(value, str) else value for at, value in enumerate(row))
        for row in rows
    ]


def _kept_cursor(raw: Connection[Any]) -> Cursor[Any]:
    """Give the connection's own cursor: making one costs more than a short statement."""
    cursor = _cursors.get(raw)
    if cursor is None:
        cursor = _cursors[raw] = Cursor(raw)
    return cursor


def uuids(values: Iterable[UUID | None]) -> str:
    """Write ids as the text of a PostgreSQL array; cast it with ::uuid[]."""
    return "{" + ",".join(["NULL" if value is None else value.hex for value in values]) + "}"


def integers(values: Iterable[int]) -> str:
    """Write integers as the text of a PostgreSQL array; cast it with ::bigint[]."""
    return "{" + ",".join(map(str, values)) + "}"


def texts(values: Iterable[str | None]) -> str:
    """Write texts as the text of a PostgreSQL array; cast it with ::text[] (or ::jsonb[] for JSON)."""
    quoted = [
        "NULL" if value is None else '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"' for value in values
    ]
    return "{" + ",".join(quoted) + "}"


def days(values: Iterable[date | None]) -> str:
    """Write dates or instants as the text of a PostgreSQL array; cast it with ::date[] or ::timestamptz[]."""
    return "{" + ",".join(["NULL" if value is None else value.isoformat() for value in values]) + "}"


def bytes_of(values: Iterable[bytes]) -> str:
    """Write byte strings as the text of a PostgreSQL array; cast it with ::bytea[]."""
    return "{" + ",".join([f'"\\\\x{value.hex()}"' for value in values]) + "}"


@contextmanager
def one_snapshot() -> Iterator[None]:
    """Let all statements inside see the same state, so that what happens meanwhile is no disagreement. Inside of a transaction: as it sees."""
    if connection.in_atomic_block:
        yield
        return
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        yield
