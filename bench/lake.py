"""The lake: order lines into Parquet out of PostgreSQL, against a plain COPY of the same lines; changes a second; and how it grows.

LAKE_LINES (2,000,000) are the lines of the first measurement; LAKE_GROWTH ("0.5,1,2") the millions of lines at which the
same is measured again, for a chart.
"""

from __future__ import annotations

import os
import sys
import time
from datetime import timedelta
from uuid import UUID

from bench import Figure, compared, server

LINES = int(os.environ.get("LAKE_LINES", "2000000"))
GROWTH = [float(one) for one in os.environ.get("LAKE_GROWTH", "0.5,1").split(",") if one]
CHANGES = int(os.environ.get("LAKE_CHANGES", "50000"))
PER_ORDER, ORDERS_PER_MEMBER, PRODUCTS, DAYS = 4, 5, 500, 730
AT_ONCE = 1_000

MEMBERS = """
INSERT INTO member_member (id, brand_id, number, name, phone, source, joined_at)
SELECT gen_random_uuid(), %(brand)s, 'M' || n, '', '', 'bench', now() - interval '2 years' FROM generate_series(%(first)s::bigint, %(last)s) AS n
"""
GOODS = (
    """
    INSERT INTO goods_category (id, brand_id, code, name, name_en, picture, rank, sort_key)
    SELECT %(brand)s, %(brand)s, 'all', 'all', '', '', 0, ''
    """,
    """
    INSERT INTO goods_product (id, brand_id, category_id, code, name, name_en, maker, description, description_en, picture, role, rank, created_at)
    SELECT gen_random_uuid(), %(brand)s, %(brand)s, 'P' || n, 'product', '', '', '', '', '', 'regular', 0, now() FROM generate_series(1, %(products)s) AS n
    """,
    """
    INSERT INTO goods_sku (id, brand_id, product_id, code, variant, variant_en, weighed, package)
    SELECT gen_random_uuid(), brand_id, id, code, '', '', false, '' FROM goods_product WHERE brand_id = %(brand)s
    """,
    "CREATE TEMP TABLE bench_skus AS SELECT row_number() OVER (ORDER BY id) - 1 AS n, id FROM goods_sku WHERE brand_id = %(brand)s",
)
ORDERS = """
INSERT INTO scene_order (id, brand_id, store_id, member_id, number, channel, scene, source, state, currency, goods_minor, discount_minor,
                         coupon_minor, points_minor, points_spent, total_minor, pickup_code, placed_at, placed_on)
SELECT gen_random_uuid(), %(brand)s, %(store)s, m.id, m.number || '-' || d.n, 'pos', 'till', 'bench', 'handed_over', 'CNY', 4000, 0, 0, 0, 0, 4000, '',
       %(on)s::timestamptz - make_interval(days => ((m.ordinal * 37 + d.n * 149) %% %(days)s)::int),
       %(on)s::date - ((m.ordinal * 37 + d.n * 149) %% %(days)s)::int
FROM member_member AS m CROSS JOIN generate_series(1, %(each)s) AS d (n)
WHERE m.brand_id = %(brand)s AND NOT EXISTS (SELECT FROM scene_order AS o WHERE o.member_id = m.id)
"""
ORDER_LINES = """
INSERT INTO scene_orderline (order_id, position, brand_id, sku_id, name, weighed, quantity, unit_minor, goods_minor, discount_minor, coupon_minor,
                             points_minor, total_minor, reasons, returned, returned_minor)
SELECT o.id, l.n, %(brand)s, s.id, 'bench', false, 1, 1000, 1000, 0, 0, 0, 1000, '[]', 0, 0
FROM scene_order AS o CROSS JOIN generate_series(1, %(lines)s) AS l (n)
JOIN bench_skus AS s ON s.n = (hashtext(o.id::text)::bigint + l.n * 7919 + 2147483648) %% %(products)s
WHERE o.brand_id = %(brand)s AND NOT EXISTS (SELECT FROM scene_orderline AS x WHERE x.order_id = o.id)
"""


def run() -> list[Figure]:
    """Fill the database, write its lake, compare the two; then change some orders and write those."""
    figures = []
    with server.database():
        brand_id, store_id = _prepare()
        sizes = sorted({*(int(one * 1_000_000) for one in GROWTH if one * 1_000_000 <= LINES), LINES})
        for lines in sizes:
            _fill(brand_id, store_id, lines)
            figures += _bulk(brand_id, lines, last=lines == LINES)
        figures += _changes(brand_id)
        _must_agree(brand_id)
    return figures


def _prepare() -> tuple[UUID, UUID]:
    from django.db import connections

    from sitong.org.brands.actions import found_brand
    from sitong.shared.clock import now as clock_now
    from sitong.shared.ids import new_id

    brand = found_brand(code="bench", name="bench", name_en="", zone="Asia/Shanghai", by=None, now=clock_now())
    with connections["owner"].cursor() as cursor:
        for statement in GOODS:
            cursor.execute(statement, {"brand": brand.id, "products": PRODUCTS})
    return brand.id, new_id()


def _fill(brand_id: UUID, store_id: UUID, lines: int) -> None:
    """Add members with orders until there are so many lines."""
    from django.db import connections

    from sitong.shared.clock import business_date
    from sitong.shared.clock import now as clock_now

    members = lines // PER_ORDER // ORDERS_PER_MEMBER
    with connections["owner"].cursor() as cursor:
        cursor.execute("SELECT count(*) FROM member_member WHERE brand_id = %s", [brand_id])
        (there,) = cursor.fetchone()
        facts = {
            "brand": brand_id, "store": store_id, "first": there + 1, "last": members, "each": ORDERS_PER_MEMBER, "days": DAYS,
            "lines": PER_ORDER, "products": PRODUCTS, "on": business_date(clock_now(), "Asia/Shanghai") - timedelta(days=1),
        }  # fmt: skip
        for statement in (MEMBERS, ORDERS, ORDER_LINES):
            cursor.execute(statement, facts)
        for table in ("member_member", "scene_order", "scene_orderline"):
            cursor.execute(f"VACUUM ANALYZE {table}")


def _bulk(brand_id: UUID, lines: int, *, last: bool) -> list[Figure]:
    """Write the table of lines, then all tables; the reference is a plain COPY of the lines' table."""
    from sitong.insight.lake.actions import rebuild_lake
    from sitong.insight.lake.actions.rebuilding import _replace_table
    from sitong.insight.lake.queries import lake_seen
    from sitong.insight.lake.schema import TABLES
    from sitong.shared.clock import now as clock_now

    plain = lines / _plain_copy()
    began = time.perf_counter()
    written = _replace_table(brand_id, TABLES["lines"], now=clock_now(), told=lambda table, rows: None)
    rate = written / (time.perf_counter() - began)
    if written != lines:
        raise AssertionError(f"{written} lines in the lake, {lines} in the database")
    began = time.perf_counter()
    rows = rebuild_lake(brand_id, now=clock_now())
    whole_s = time.perf_counter() - began
    size = {one.name: one.bytes for one in lake_seen(brand_id).tables}["lines"]
    extras = {"bytes_a_line": size / lines, "whole_lake_s": whole_s, "whole_lake_rows": rows}
    name = "lake" if last else f"lake, {lines / 1_000_000:g} million lines"
    return [compared(name, rate, "lines/s", plain, lines=lines, **extras)]


def _plain_copy() -> float:
    """Read the lines' table as it is, by COPY, and throw it away; give the seconds."""
    from django.db import connection

    began = time.perf_counter()
    with connection.cursor() as cursor, cursor.copy("COPY scene_orderline TO STDOUT") as copy:
        for _ in copy:
            pass
    return time.perf_counter() - began


def _changes(brand_id: UUID) -> list[Figure]:
    """Announce that orders were paid, mark what that changes, and write it: events a second, all in all."""
    from django.db import connection, transaction

    from sitong.insight.lake.actions import compact_lake, write_lake
    from sitong.insight.lake.handlers import SUBSCRIBERS
    from sitong.scene.orders.events import OrderPaid
    from sitong.shared.clock import now as clock_now
    from sitong.shared.events.actions import announce
    from sitong.shared.events.reader import drain

    drain(*SUBSCRIBERS)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id, store_id, member_id, total_minor, placed_on FROM scene_order WHERE brand_id = %s ORDER BY placed_on DESC, id LIMIT %s",
            [brand_id, CHANGES],
        )
        rows = cursor.fetchall()
    for first in range(0, len(rows), AT_ONCE):
        with transaction.atomic():
            announce(
                [
                    OrderPaid(brand_id, order_id, store_id, member_id, "pos", "till", total, on)
                    for order_id, store_id, member_id, total, on in rows[first : first + AT_ONCE]
                ],
                at=clock_now(),
            )
    began = time.perf_counter()
    drain(*SUBSCRIBERS)
    marked_s = time.perf_counter() - began
    marks = write_lake(brand_id, now=clock_now())
    seconds = time.perf_counter() - began
    began = time.perf_counter()
    parts = compact_lake(brand_id, pieces_min=1, now=clock_now())
    compacted_s = time.perf_counter() - began
    print(f"{len(rows)} events marked in {marked_s:.1f} s, {marks} marks written", file=sys.stderr)
    return [
        Figure("lake, changes", len(rows) / seconds, "events/s", extras={"marked_s": marked_s, "marks": marks}),
        Figure("lake, compacting", compacted_s, "s (less is better)", extras={"partitions": parts}),
    ]


def _must_agree(brand_id: UUID) -> None:
    from sitong.insight.lake.checking import compared as compared_tables
    from sitong.shared.clock import now as clock_now

    wrong = [one for one in compared_tables(brand_id, now=clock_now()) or () if not one.agrees]
    if wrong:
        raise AssertionError(wrong)
