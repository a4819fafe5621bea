"""What a board is about: a period, perhaps the stores of one place, perhaps members of one source."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from sitong.insight.lake.engines import DUCKDB

if TYPE_CHECKING:
    import ibis

    from sitong.insight.lake.reading import Lake


@dataclass(frozen=True, slots=True)
class Asked:
    """Both days are included. `stores` None: the whole brand; else ids of stores (32 hexadecimal digits), sorted. `source` '': all."""

    first: date
    last: date
    stores: tuple[str, ...] | None = None
    source: str = ""


def at_stores(table: ibis.Table, asked: Asked) -> ibis.Table:
    """Keep the rows of the stores that are asked about."""
    return table if asked.stores is None else table.filter(table.store_id.isin(asked.stores or ("-",)))


def of_source(table: ibis.Table, members: ibis.Table, asked: Asked) -> ibis.Table:
    """Keep the rows of members who came by the source that is asked about."""
    if not asked.source:
        return table
    came = members.filter(members.source == asked.source).select("ordinal")
    return table.semi_join(came, "ordinal")


def reckoned_once(lake: Lake, expression: ibis.Table) -> ibis.Table:
    """Give the expression's rows as a temporary table of this connection, so that several questions read it once reckoned.

    Spark reckons it for each question, since what it keeps would outlive the lake.
    """
    if lake.connection.name != DUCKDB:
        return expression
    return lake.connection.create_table(f"reckoned_{uuid4().hex}", expression, temp=True)


def rows_of(expression: Any) -> list[dict[str, Any]]:
    """Run an expression and give its rows."""
    rows: list[dict[str, Any]] = expression.to_pyarrow().to_pylist()
    return rows
