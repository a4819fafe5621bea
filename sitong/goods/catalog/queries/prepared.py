"""Run a statement prepared on the server and read it in binary: for the few queries that every visitor asks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import connection
from psycopg import Cursor
from psycopg.rows import TupleRow


def fetch(statement: str, parameters: Mapping[str, Any]) -> list[TupleRow]:
    """Give all rows. Django's own cursor writes the values into the text, so that PostgreSQL would plan it each time."""
    connection.ensure_connection()
    raw = connection.connection
    with Cursor(raw, row_factory=raw.row_factory) as cursor:
        cursor.execute(statement, parameters, prepare=True, binary=True)
        return cursor.fetchall()
