"""What figures are made of: orders and returns, added up or one by one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import NamedTuple
from uuid import UUID

from django.db import connection

from sitong.insight.facts import Back, Part, Sale
from sitong.shared.statements import run, uuids

SALES = """
SELECT o.id, replace(o.brand_id::text, '-', ''),
       replace(o.brand_id::text, '-', '') || '/' || coalesce(d.path, '') || replace(o.store_id::text, '-', ''),
       replace(o.member_id::text, '-', ''), o.placed_on, o.channel, o.scene, o.total_minor, o.discount_minor
FROM unnest(%s::uuid[]) AS wanted (id)
JOIN scene_order AS o USING (id)
JOIN org_store AS s ON s.id = o.store_id
LEFT JOIN org_dealer AS d ON d.id = s.dealer_id
"""

PARTS = """
SELECT l.order_id, replace(coalesce(c.parent_id, c.id, '00000000-0000-0000-0000-000000000000'::uuid)::text, '-', ''),
       sum(l.total_minor)::bigint, sum(CASE WHEN l.weighed THEN 1 ELSE l.quantity END)::bigint
FROM unnest(%s::uuid[]) AS wanted (id)
JOIN scene_orderline AS l ON l.order_id = wanted.id
LEFT JOIN goods_sku AS k ON k.id = l.sku_id
LEFT JOIN goods_product AS p ON p.id = k.product_id
LEFT JOIN goods_category AS c ON c.id = p.category_id
GROUP BY 1, 2
"""

BACKS = """
SELECT r.id, replace(r.brand_id::text, '-', ''),
       replace(r.brand_id::text, '-', '') || '/' || coalesce(d.path, '') || replace(r.sold_store_id::text, '-', ''),
       r.returned_on, o.channel, o.scene, r.refund_minor
FROM unnest(%s::uuid[]) AS wanted (id)
JOIN scene_return AS r USING (id)
JOIN scene_order AS o ON o.id = r.order_id
JOIN org_store AS s ON s.id = r.sold_store_id
LEFT JOIN org_dealer AS d ON d.id = s.dealer_id
"""

BACK_PARTS = """
SELECT l.return_id, replace(coalesce(c.parent_id, c.id, '00000000-0000-0000-0000-000000000000'::uuid)::text, '-', ''),
       sum(l.refund_minor)::bigint, sum(CASE WHEN o.weighed THEN 1 ELSE l.quantity END)::bigint
FROM unnest(%s::uuid[]) AS wanted (id)
JOIN scene_returnline AS l ON l.return_id = wanted.id
JOIN scene_orderline AS o ON o.order_id = l.order_id AND o.position = l.position
LEFT JOIN goods_sku AS k ON k.id = l.sku_id
LEFT JOIN goods_product AS p ON p.id = k.product_id
LEFT JOIN goods_category AS c ON c.id = p.category_id
GROUP BY 1, 2
"""

IN_PIECES = """
orders AS MATERIALIZED (
    SELECT o.id, o.brand_id, o.store_id, o.member_id, o.placed_on, o.channel, o.scene, o.total_minor, o.discount_minor,
           string_to_array(s.brand_id || '/' || coalesce(d.path, '') || s.id, '/') AS places
    FROM unnest(%s::uuid[], %s::text[], %s::uuid[], %s::uuid[]) AS piece (brand_id, source, first_id, last_id)
    JOIN scene_order AS o ON o.id BETWEEN piece.first_id AND piece.last_id AND o.brand_id = piece.brand_id AND o.source = piece.source
    JOIN org_store AS s ON s.id = o.store_id LEFT JOIN org_dealer AS d ON d.id = s.dealer_id
)
"""
"""Imported pieces (brand, source, first and last order): their orders, each with the places to which it counts.

Nothing is joined with `orders` but by an index: what a CTE holds, the planner cannot guess.
"""

STRETCHES = """
CROSS JOIN LATERAL unnest(places) AS place (id)
CROSS JOIN LATERAL (VALUES ('D', placed_on), ('M', date_trunc('month', placed_on::timestamp)::date)) AS stretch (grain, start_on)
GROUP BY 1, 2, 3, 4, 5, 6 ORDER BY 1, 2, 3, 4, 5, 6
"""

SALES_IN_PIECES = f"""
WITH {IN_PIECES}, by_store AS (
    SELECT o.brand_id, o.store_id, o.placed_on, o.channel, o.scene, any_value(o.places) AS places, sum(o.total_minor) AS revenue,
           sum(o.discount_minor) AS discount, count(*) AS orders, sum(l.items) AS items, count(o.member_id) AS of_members
    FROM orders AS o CROSS JOIN LATERAL (
        SELECT coalesce(sum(CASE WHEN weighed THEN 1 ELSE quantity END), 0) AS items FROM scene_orderline WHERE order_id = o.id
    ) AS l GROUP BY 1, 2, 3, 4, 5
)
SELECT brand_id, place.id::uuid, grain, start_on, channel, scene, sum(revenue)::bigint, sum(discount)::bigint, sum(orders)::bigint,
       sum(items)::bigint, sum(of_members)::bigint
FROM by_store {STRETCHES}
"""  # noqa: S608 constants of this file

DEPARTMENTS_IN_PIECES = f"""
WITH {IN_PIECES}, parts AS (
    SELECT o.brand_id, o.store_id, o.placed_on, o.scene, l.department_id, o.id, any_value(o.places) AS places, sum(l.total_minor) AS revenue,
           sum(l.items) AS items
    FROM orders AS o CROSS JOIN LATERAL (
        SELECT coalesce(c.parent_id, c.id, '00000000-0000-0000-0000-000000000000'::uuid) AS department_id, l.total_minor,
               CASE WHEN l.weighed THEN 1 ELSE l.quantity END AS items
        FROM scene_orderline AS l LEFT JOIN goods_sku AS k ON k.id = l.sku_id LEFT JOIN goods_product AS p ON p.id = k.product_id
        LEFT JOIN goods_category AS c ON c.id = p.category_id WHERE l.order_id = o.id OFFSET 0
    ) AS l GROUP BY 1, 2, 3, 4, 5, 6
), by_store AS (
    SELECT brand_id, store_id, placed_on, scene, department_id, any_value(places) AS places, sum(revenue) AS revenue, count(*) AS orders,
           sum(items) AS items
    FROM parts GROUP BY 1, 2, 3, 4, 5
)
SELECT brand_id, place.id::uuid, grain, start_on, department_id, scene, sum(revenue)::bigint, sum(orders)::bigint, sum(items)::bigint
FROM by_store {STRETCHES}
"""  # noqa: S608 constants of this file

CUSTOMERS_IN_PIECES = f"""
WITH {IN_PIECES}, by_store AS (
    SELECT brand_id, store_id, placed_on, scene, member_id, any_value(places) AS places, count(*) AS orders
    FROM orders WHERE member_id IS NOT NULL GROUP BY 1, 2, 3, 4, 5
)
SELECT brand_id, place.id::uuid AS place_id, grain, start_on, scene, member_id, sum(orders)::bigint AS by
FROM by_store CROSS JOIN LATERAL unnest(places) AS place (id)
CROSS JOIN LATERAL (VALUES
    ('D', placed_on), ('W', date_trunc('week', placed_on::timestamp)::date),
    ('M', date_trunc('month', placed_on::timestamp)::date), ('Y', date_trunc('year', placed_on::timestamp)::date)
) AS stretch (grain, start_on)
GROUP BY 1, 2, 3, 4, 5, 6 ORDER BY 1, 2, 3, 4, 5, 6
"""  # noqa: S608 constants of this file

CUSTOMERS_OF_MEMBERS = """
WITH by_store AS (
    SELECT o.brand_id, o.store_id, o.placed_on, o.scene, o.member_id, count(*) AS orders,
           any_value(string_to_array(s.brand_id || '/' || coalesce(d.path, '') || s.id, '/')) AS places
    FROM scene_order AS o JOIN org_store AS s ON s.id = o.store_id LEFT JOIN org_dealer AS d ON d.id = s.dealer_id
    WHERE o.member_id = ANY(%s::uuid[])
      AND (o.state IN ('paid', 'handed_over') AND o.id <> ALL(%s::uuid[]) OR o.id = ANY(%s::uuid[]))
    GROUP BY 1, 2, 3, 4, 5
)
SELECT brand_id, place.id::uuid AS place_id, grain, start_on, scene, member_id, sum(orders)::bigint AS orders
FROM by_store CROSS JOIN LATERAL unnest(places) AS place (id)
CROSS JOIN LATERAL (VALUES
    ('D', placed_on), ('W', date_trunc('week', placed_on::timestamp)::date),
    ('M', date_trunc('month', placed_on::timestamp)::date), ('Y', date_trunc('year', placed_on::timestamp)::date)
) AS stretch (grain, start_on)
GROUP BY 1, 2, 3, 4, 5, 6
"""
"""Members, orders to leave out, orders to count though they are canceled: where and when these members bought, and how often."""

IMPORTED = "SELECT id FROM scene_order WHERE id BETWEEN %s AND %s AND brand_id = %s AND source = %s"

PAID = """
SELECT id FROM scene_order WHERE state IN ('paid', 'handed_over') AND brand_id = %s AND id > %s
ORDER BY id LIMIT %s
"""

RETURNED = "SELECT id FROM scene_return WHERE brand_id = %s AND id > %s ORDER BY id LIMIT %s"

RETURNED_BY_DAY = """
SELECT sold_store_id, returned_on, sum(refund_minor)::bigint, count(*) FROM scene_return WHERE brand_id = %s GROUP BY 1, 2
"""

SOLD_BY_DAY = """
SELECT o.store_id, o.placed_on, sum(o.total_minor)::bigint, count(*), count(o.member_id)
FROM scene_order AS o WHERE o.state IN ('paid', 'handed_over') AND o.brand_id = %s GROUP BY 1, 2
"""

CUSTOMERS_BY_MONTH = """
SELECT date_trunc('month', placed_on)::date, count(DISTINCT member_id) FROM scene_order
WHERE state IN ('paid', 'handed_over') AND brand_id = %s AND member_id IS NOT NULL GROUP BY 1
"""

DEPARTMENTS = (
    "SELECT id, name, name_en FROM goods_category WHERE brand_id = %s AND parent_id IS NULL ORDER BY rank, code"
)

NO_DEPARTMENT = UUID(int=0)


class Department(NamedTuple):
    id: UUID
    name: str
    name_en: str


def sales_of(order_ids: Sequence[UUID]) -> list[Sale]:
    """Give what the figures need of these orders, whatever their state."""
    return [Sale(row[0], row[1], tuple(row[2].split("/")), *row[3:]) for row in run(SALES, [uuids(order_ids)])]


def parts_of(order_ids: Sequence[UUID]) -> dict[UUID, list[Part]]:
    """Give by order what each department has of it."""
    parts: dict[UUID, list[Part]] = {}
    for row in run(PARTS, [uuids(order_ids)]):
        parts.setdefault(row[0], []).append(Part(*row))
    return parts


def backs_of(return_ids: Sequence[UUID]) -> list[Back]:
    """Give what the figures need of these returns."""
    return [Back(row[0], row[1], tuple(row[2].split("/")), *row[3:]) for row in run(BACKS, [uuids(return_ids)])]


def back_parts_of(return_ids: Sequence[UUID]) -> dict[UUID, list[Part]]:
    """Give by return what each department has of it."""
    parts: dict[UUID, list[Part]] = {}
    for row in run(BACK_PARTS, [uuids(return_ids)]):
        parts.setdefault(row[0], []).append(Part(*row))
    return parts


def imported_orders(brand_id: UUID, source: str, first_id: UUID, last_id: UUID) -> list[UUID]:
    """Give the ids of one imported piece."""
    return [order_id for (order_id,) in run(IMPORTED, [first_id, last_id, brand_id, source])]


def paid_orders(brand_id: UUID, *, piece: int) -> Iterator[list[UUID]]:
    """Give the ids of all orders of a brand that are paid now, in pieces."""
    after = UUID(int=0)
    while found := [order_id for (order_id,) in run(PAID, [brand_id, after, piece])]:
        yield found
        after = found[-1]


def all_returns(brand_id: UUID, *, piece: int) -> Iterator[list[UUID]]:
    """Give the ids of all returns of a brand, in pieces."""
    after = UUID(int=0)
    while found := [return_id for (return_id,) in run(RETURNED, [brand_id, after, piece])]:
        yield found
        after = found[-1]


def returned_by_day(brand_id: UUID) -> dict[tuple[UUID, date], tuple[int, int]]:
    """Add up by store that sold and day of return what came back: its cost, and how many returns. Reads every return: for checks."""
    return {(row[0], row[1]): (row[2], row[3]) for row in run(RETURNED_BY_DAY, [brand_id])}


def sold_by_day(brand_id: UUID) -> dict[tuple[UUID, date], tuple[int, int, int]]:
    """Add up by store and day what orders say: revenue, orders, orders of known members. Reads every order: for checks."""
    with connection.cursor() as cursor:
        cursor.execute(SOLD_BY_DAY, [brand_id])
        return {(row[0], row[1]): (row[2], row[3], row[4]) for row in cursor.fetchall()}


def customers_by_month(brand_id: UUID) -> dict[date, int]:
    """Count by month the different members who bought. Reads every order: for checks."""
    with connection.cursor() as cursor:
        cursor.execute(CUSTOMERS_BY_MONTH, [brand_id])
        return dict(cursor.fetchall())


def departments_of(brand_id: UUID) -> list[Department]:
    """Give a brand's departments in their order."""
    return [Department(*row) for row in run(DEPARTMENTS, [brand_id])]
