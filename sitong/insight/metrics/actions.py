"""Keep the totals."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol
from uuid import UUID

from django.db import connection, transaction

from sitong.insight import sources
from sitong.insight.metrics import rules
from sitong.insight.metrics.queries import unread_returns, unread_signs
from sitong.shared.statements import days, integers, run, texts, uuids

PIECE = 10_000
TABLES = ("insight_salestotal", "insight_departmenttotal", "insight_customerseen", "insight_customertotal")

WAIT_FOR_HANDLERS = "LOCK TABLE insight_salestotal IN SHARE ROW EXCLUSIVE MODE"
"""The first statement of a rebuild: its snapshot is taken only after the handlers at work have committed, and others wait."""

SALES = """
SELECT * FROM unnest(%s::uuid[], %s::uuid[], %s::text[], %s::date[], %s::text[], %s::text[],
                     %s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[])
"""
ADD_SALES = """
INSERT INTO insight_salestotal AS t (brand_id, place_id, grain, start_on, channel, scene, revenue_minor, discount_minor, orders, items, member_orders)
SELECT * FROM ({change}) AS change
ON CONFLICT (place_id, grain, start_on, channel, scene) DO UPDATE
SET revenue_minor = t.revenue_minor + EXCLUDED.revenue_minor, discount_minor = t.discount_minor + EXCLUDED.discount_minor,
    orders = t.orders + EXCLUDED.orders, items = t.items + EXCLUDED.items, member_orders = t.member_orders + EXCLUDED.member_orders
"""

DEPARTMENTS = "SELECT * FROM unnest(%s::uuid[], %s::uuid[], %s::text[], %s::date[], %s::uuid[], %s::text[], %s::bigint[], %s::bigint[], %s::bigint[])"
ADD_DEPARTMENTS = """
INSERT INTO insight_departmenttotal AS t (brand_id, place_id, grain, start_on, department_id, scene, revenue_minor, orders, items)
SELECT * FROM ({change}) AS change
ON CONFLICT (place_id, grain, start_on, department_id, scene) DO UPDATE
SET revenue_minor = t.revenue_minor + EXCLUDED.revenue_minor, orders = t.orders + EXCLUDED.orders, items = t.items + EXCLUDED.items
"""

RETURNED = "SELECT * FROM unnest(%s::uuid[], %s::uuid[], %s::text[], %s::date[], %s::text[], %s::text[], %s::bigint[], %s::bigint[], %s::bigint[])"
ADD_RETURNED = f"""
INSERT INTO insight_salestotal AS t (revenue_minor, discount_minor, orders, items, member_orders, brand_id, place_id, grain, start_on, channel,
                                     scene, returned_minor, returns, returned_items)
SELECT 0, 0, 0, 0, 0, change.* FROM ({RETURNED}) AS change
ON CONFLICT (place_id, grain, start_on, channel, scene) DO UPDATE
SET returned_minor = t.returned_minor + EXCLUDED.returned_minor, returns = t.returns + EXCLUDED.returns,
    returned_items = t.returned_items + EXCLUDED.returned_items
"""  # noqa: S608 constants of this file

RETURNED_DEPARTMENTS = "SELECT * FROM unnest(%s::uuid[], %s::uuid[], %s::text[], %s::date[], %s::uuid[], %s::text[], %s::bigint[], %s::bigint[])"
ADD_RETURNED_DEPARTMENTS = f"""
INSERT INTO insight_departmenttotal AS t (revenue_minor, orders, items, brand_id, place_id, grain, start_on, department_id, scene,
                                          returned_minor, returned_items)
SELECT 0, 0, 0, change.* FROM ({RETURNED_DEPARTMENTS}) AS change
ON CONFLICT (place_id, grain, start_on, department_id, scene) DO UPDATE
SET returned_minor = t.returned_minor + EXCLUDED.returned_minor, returned_items = t.returned_items + EXCLUDED.returned_items
"""  # noqa: S608 constants of this file

CUSTOMERS = """
SELECT * FROM unnest(%s::uuid[], %s::uuid[], %s::text[], %s::date[], %s::text[], %s::uuid[], %s::bigint[])
              AS c (brand_id, place_id, grain, start_on, scene, member_id, by)
"""
ADD_CUSTOMERS = """
WITH change AS MATERIALIZED ({change}), seen AS (
    INSERT INTO insight_customerseen AS t (brand_id, place_id, grain, start_on, scene, member_id, orders) SELECT * FROM change
    ON CONFLICT (place_id, grain, start_on, member_id, scene) DO UPDATE SET orders = t.orders + EXCLUDED.orders
    RETURNING brand_id, place_id, grain, start_on, scene, member_id, orders
), turned AS (
    SELECT s.brand_id, s.place_id, s.grain, s.start_on, s.scene, s.member_id, s.orders > 0 AS after, s.orders - c.by > 0 AS before
    FROM seen AS s JOIN change AS c USING (place_id, grain, start_on, scene, member_id)
), members AS (
    SELECT brand_id, place_id, grain, start_on, member_id, bool_or(after) AS after, bool_or(before) AS before, array_agg(scene) AS scenes
    FROM turned GROUP BY 1, 2, 3, 4, 5
), anywhere AS (
    SELECT m.* FROM members AS m LEFT JOIN LATERAL (
        SELECT true AS too FROM insight_customerseen AS o WHERE o.place_id = m.place_id AND o.grain = m.grain AND o.start_on = m.start_on
        AND o.member_id = m.member_id AND o.orders > 0 AND o.scene <> ALL (m.scenes) LIMIT 1
    ) AS elsewhere ON true WHERE m.after <> m.before AND elsewhere.too IS NULL
), by_scene AS (
    SELECT brand_id, place_id, grain, start_on, scene, after::int - before::int AS by FROM turned
    UNION ALL SELECT brand_id, place_id, grain, start_on, '', after::int - before::int FROM anywhere
)
INSERT INTO insight_customertotal AS t (brand_id, place_id, grain, start_on, scene, customers)
SELECT brand_id, place_id, grain, start_on, scene, sum(by) FROM by_scene GROUP BY 1, 2, 3, 4, 5 HAVING sum(by) <> 0 ORDER BY 2, 3, 4, 5
ON CONFLICT (place_id, grain, start_on, scene) DO UPDATE SET customers = t.customers + EXCLUDED.customers
"""
"""A member who had bought there through another scene already is no new customer of the place: `elsewhere` looks among the rows that stay."""

DIFFERENCE = """
SELECT brand_id, place_id, grain, start_on, scene, member_id, sum(orders)::bigint AS by FROM (
    SELECT * FROM bought UNION ALL
    SELECT s.brand_id, s.place_id, s.grain, s.start_on, s.scene, s.member_id, -s.orders
    FROM (SELECT DISTINCT place_id, grain, start_on FROM bought) AS there CROSS JOIN unnest(%s::uuid[]) AS m (id)
    JOIN insight_customerseen AS s
      ON (s.place_id, s.grain, s.start_on, s.member_id) = (there.place_id, there.grain, there.start_on, m.id)
) AS difference GROUP BY 1, 2, 3, 4, 5, 6 HAVING sum(orders) <> 0 ORDER BY 2, 3, 4, 6, 5
"""
CUSTOMERS_ANEW = f"WITH bought AS MATERIALIZED ({sources.CUSTOMERS_OF_MEMBERS}) {DIFFERENCE}"
"""What members bought less what was counted of them: looked up at just the places and stretches where they bought."""


class Piece(Protocol):
    """Orders of one source that were brought in together: those whose ids lie from the first to the last."""

    @property
    def brand_id(self) -> UUID: ...
    @property
    def source(self) -> str: ...
    @property
    def first_id(self) -> UUID: ...
    @property
    def last_id(self) -> UUID: ...


def count_orders(signs: Mapping[UUID, int]) -> None:
    """Add these orders to the totals (+1) or take them out again (-1); 0 is left out. In the caller's transaction.

    Two queries and three statements for up to `PIECE` orders, rows locked in the order of their keys.
    """
    wanted = [order_id for order_id, sign in signs.items() if sign]
    for start in range(0, len(wanted), PIECE):
        piece = wanted[start : start + PIECE]
        _add(rules.add_up(sources.sales_of(piece), sources.parts_of(piece), signs))


def count_returns(return_ids: Sequence[UUID], *, sign: int = 1) -> None:
    """Add these returns to the totals, or take them out again, in the caller's transaction. Orders and customers stay as they are.

    Two queries and two statements for up to `PIECE` returns.
    """
    for start in range(0, len(return_ids), PIECE):
        piece = return_ids[start : start + PIECE]
        change = rules.add_up_returns(sources.backs_of(piece), sources.back_parts_of(piece), sign=sign)
        if sales := sorted(change.returned.items()):
            run(
                ADD_RETURNED,
                [*_columns([key for key, _ in sales], "iitdtt"), *_columns([by for _, by in sales], "nnn")],
            )
        if departments := sorted(change.returned_departments.items()):
            keys, sums = [key for key, _ in departments], [by for _, by in departments]
            run(ADD_RETURNED_DEPARTMENTS, [*_columns(keys, "iitdit"), *_columns(sums, "nn")])


def count_imported_orders(pieces: Sequence[Piece]) -> None:
    """Add whole imported pieces to the totals, in the caller's transaction: three statements that read the orders themselves.

    Gives what `count_orders` of the same orders gives; a year of orders would only travel there and back.
    """
    if not pieces:
        return
    asked = [
        uuids(one.brand_id for one in pieces),
        texts(one.source for one in pieces),
        uuids(one.first_id for one in pieces),
        uuids(one.last_id for one in pieces),
    ]
    run(ADD_SALES.format(change=sources.SALES_IN_PIECES), asked)
    run(ADD_DEPARTMENTS.format(change=sources.DEPARTMENTS_IN_PIECES), asked)
    run("SET LOCAL enable_nestloop = off")  # the planner takes what the statement has just written for a few rows
    run(ADD_CUSTOMERS.format(change=sources.CUSTOMERS_IN_PIECES), asked)
    run("SET LOCAL enable_nestloop = on")


def count_customers_anew(brand_id: UUID, member_ids: Sequence[UUID]) -> None:
    """Count again where and when these members bought, after orders have gone from one of them to another: a join, or its undoing.

    In the caller's transaction; the handlers of orders wait meanwhile, and what they have yet to read is left for them.
    """
    run(WAIT_FOR_HANDLERS)
    signs = unread_signs(brand_id)
    coming = uuids(order_id for order_id, sign in signs.items() if sign > 0)
    going = uuids(order_id for order_id, sign in signs.items() if sign < 0)
    members = uuids(member_ids)
    run(ADD_CUSTOMERS.format(change=CUSTOMERS_ANEW), [members, coming, going, members])


def rebuild_totals(brand_id: UUID) -> int:
    """Make a brand's totals again from its orders and returns and give how many orders were counted, in one transaction.

    Handlers wait meanwhile. What they have yet to read of is left for them, so nothing counts twice.
    """
    counted = 0
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            cursor.execute(WAIT_FOR_HANDLERS)
            for table in TABLES:
                cursor.execute(f"DELETE FROM {table} WHERE brand_id = %s", [brand_id])  # noqa: S608 a name from above
        unread = unread_signs(brand_id)
        for piece in sources.paid_orders(brand_id, piece=PIECE):
            count_orders({order_id: 1 - unread.pop(order_id, 0) for order_id in piece})
            counted += len(piece)
        count_orders({order_id: -sign for order_id, sign in unread.items()})
        coming = unread_returns(brand_id)
        for piece in sources.all_returns(brand_id, piece=PIECE):
            count_returns([return_id for return_id in piece if return_id not in coming])
    return counted


def _add(change: rules.Change) -> None:
    sales = sorted(change.sales.items())
    if sales:
        run(
            ADD_SALES.format(change=SALES),
            [*_columns([key for key, _ in sales], "iitdtt"), *_columns([by for _, by in sales], "nnnnn")],
        )
    departments = sorted(change.departments.items())
    if departments:
        run(
            ADD_DEPARTMENTS.format(change=DEPARTMENTS),
            [*_columns([key for key, _ in departments], "iitdit"), *_columns([by for _, by in departments], "nnn")],
        )
    customers = sorted((key, by) for key, by in change.customers.items() if by)
    if customers:
        run(
            ADD_CUSTOMERS.format(change=CUSTOMERS),
            [*_columns([key for key, _ in customers], "iitdti"), integers(by for _, by in customers)],
        )


def _ids(values: Iterable[str]) -> str:
    return "{" + ",".join(values) + "}"


WRITERS: Mapping[str, Any] = {"i": _ids, "t": texts, "d": days, "n": integers}


def _columns(rows: Iterable[Sequence[Any]], kinds: str) -> list[str]:
    """Turn rows into the arrays of their columns, written as text."""
    return [WRITERS[kind](column) for kind, column in zip(kinds, zip(*rows, strict=True), strict=True)]
