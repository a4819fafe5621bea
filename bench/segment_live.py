"""Live segments: one member's check, and how many events a second are looked at for 200 segments that are live.

Members buy: each event is one paid order of a random member, with its lines, after which some enter and some leave. The
reference asks the same members for the same rules, each member and each rule by itself.
"""

from __future__ import annotations

import os
import random
import statistics
import time
from datetime import timedelta
from uuid import UUID

from bench import Figure, compared, server

MEMBERS = int(os.environ.get("MEMBERS", "20000"))
EVENTS = int(os.environ.get("EVENTS", "20000"))
SEGMENTS = 200
CHECKS = 300
PRODUCTS, STORES = 300, 20
SEED = 5

PAST = """
INSERT INTO scene_order (id, brand_id, store_id, member_id, number, channel, scene, source, state, currency, goods_minor, discount_minor,
                         total_minor, pickup_code, placed_at, placed_on)
SELECT gen_random_uuid(), %(brand)s, md5('store' || (random() * %(stores)s)::int)::uuid, m.id, %(prefix)s || row_number() OVER (), 'mini_shop',
       'store', '', %(state)s, 'CNY', t.total, 0, t.total, '', t.at, (t.at AT TIME ZONE 'Asia/Shanghai')::date
FROM (SELECT id, row_number() OVER (ORDER BY id) AS place FROM member_member WHERE brand_id = %(brand)s) AS m
CROSS JOIN LATERAL (
    SELECT (500 + random() * 20000)::int AS total, %(now)s - random() * %(days)s * interval '1 day' AS at
    FROM generate_series(1, CASE WHEN %(each)s > 0 THEN (m.place %% (%(each)s * 2 + 1))::int ELSE 1 END)
) AS t WHERE %(each)s > 0 OR m.place <= %(events)s
"""
LINES = """
INSERT INTO scene_orderline (order_id, position, brand_id, sku_id, name, weighed, quantity, unit_minor, goods_minor, discount_minor,
                             coupon_minor, total_minor, reasons)
SELECT o.id, p.position, %s, md5('sku' || (random() * %s)::int)::uuid, 'x', false, 1, o.total_minor / 2, o.total_minor / 2, 0, 0,
       o.total_minor / 2, '[]'
FROM scene_order AS o CROSS JOIN generate_series(1, 2) AS p(position) WHERE o.brand_id = %s
AND NOT EXISTS (SELECT FROM scene_orderline AS l WHERE l.order_id = o.id)
"""
TOLD = """
SELECT coalesce(sum(jsonb_array_length(facts->'member_ids')), 0) FROM shared_event
WHERE name IN ('member.segment_entered', 'member.segment_left')
"""


def run() -> list[Figure]:
    """Measure one member's check, the reference, and the live rate."""
    with server.database():
        brand_id = seed()
        rules = rules_of(brand_id)
        one = check_of_one(brand_id, rules)
        apart = one_by_one(brand_id, rules)
        make_live(brand_id, rules)
        rate, moved = live(brand_id)
    return [
        Figure("segment-check", one[int(len(one) * 0.99)] * 1000, "ms p99",
               extras={"p50_ms": statistics.median(one) * 1000, "rules": 1}),
        compared("segment-live", rate, "events/s", apart, segments=SEGMENTS, moved=moved, events=EVENTS, members=MEMBERS),
    ]  # fmt: skip


def seed() -> UUID:
    """Make a brand with members who have bought for two years."""
    from django.db import connection

    from sitong.member.identity.actions import MemberWanted, join_members
    from sitong.org.brands.actions import found_brand
    from sitong.shared.clock import now as clock_now
    from sitong.shared.ids import new_id

    now = clock_now()
    brand = found_brand(
        code="bench", name="四通百货", name_en="Bench", currency="CNY", zone="Asia/Shanghai", by=None, now=now
    )
    sources = ["till", "mini-shop", "poster", "friend"]
    for first in range(0, MEMBERS, 5_000):
        join_members([
            MemberWanted(new_id(), brand.id, "", "", sources[one % 4]) for one in range(first, min(first + 5_000, MEMBERS))
        ], now=now - timedelta(days=400))  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute("SELECT setseed(0.5)")
        said = {"brand": brand.id, "stores": STORES, "now": now, "events": EVENTS}
        cursor.execute(PAST, {**said, "prefix": "p", "state": "handed_over", "days": 730, "each": 10})
        cursor.execute(LINES, [brand.id, PRODUCTS, brand.id])
        connection.commit()
        cursor.execute("ANALYZE")
    return brand.id


def rules_of(brand_id: UUID):
    """Make rules of the kinds that marketers make, no two alike."""
    from sitong.member.segments.parsing import rule_of

    chance = random.Random(SEED)
    kinds = [
        lambda: {"did": "orders", "last_days": chance.choice([7, 30, 90, 365]), "value": chance.randint(1, 5)},
        lambda: {"not": {"did": "orders", "last_days": chance.choice([30, 60, 90, 180])}},
        lambda: {"did": "orders", "last_days": 365, "measure": "sum:total_minor", "value": chance.randint(10, 200) * 1000},
        lambda: {"did": "orders", "where": [["store_id", "=", _md5("store", chance.randint(0, STORES))]], "last_days": 90},
        lambda: {"did": "lines", "where": [["sku_id", "in", [_md5("sku", chance.randint(0, PRODUCTS)) for _ in range(5)]]]},
        lambda: {"did": "orders", "measure": "recency_days", "op": "<=", "value": chance.randint(3, 60)},
        lambda: {"did": "lines", "measure": "avg:total_minor", "last_days": 180, "value": chance.randint(1, 9) * 1000},
        lambda: {"then": [{"did": "lines", "where": [["sku_id", "in", [_md5("sku", chance.randint(0, PRODUCTS)) for _ in range(9)]]]},
                          {"not": {"did": "orders"}}], "within_days": 30},
        lambda: {"is": "joined_days", "op": ">=", "value": chance.randint(10, 900)},
        lambda: {"is": "source", "op": "=", "value": chance.choice(["till", "poster"])},
    ]  # fmt: skip
    return [rule_of({"all": [chance.choice(kinds)() for _ in range(chance.randint(1, 3))]}) for _ in range(SEGMENTS)]


def check_of_one(brand_id: UUID, rules) -> list[float]:
    """Ask one member for one rule, with all its facts read; give the seconds of each, sorted."""
    from sitong.member.segments.queries import holding
    from sitong.shared.clock import now as clock_now

    members = _members(brand_id, CHECKS)
    taken = []
    for place, member in enumerate(members):
        begun = time.perf_counter()
        holding(brand_id, rules[place % len(rules)], [member], at=clock_now())
        taken.append(time.perf_counter() - begun)
    return sorted(taken[20:])


def one_by_one(brand_id: UUID, rules) -> float:
    """Ask members for all rules, each by itself; give members a second."""
    from sitong.member.segments.check import holds
    from sitong.member.segments.facts import asked_by, brand_day, facts_of
    from sitong.shared.clock import now as clock_now

    members, begun = _members(brand_id, 100), time.perf_counter()
    for member in members:
        now = clock_now()
        for rule in rules:
            facts = facts_of(brand_id, [member], asked=asked_by([rule]), at=now)[member]
            holds(rule, facts, on=brand_day(brand_id, now))
    return len(members) / (time.perf_counter() - begun)


def make_live(brand_id: UUID, rules) -> None:
    """Let all rules be live segments, filled."""
    from sitong.member.segments.actions import SegmentWanted, fill_segments, make_segment
    from sitong.member.segments.language import kept
    from sitong.shared.clock import now as clock_now
    from sitong.shared.ids import new_id

    for place, rule in enumerate(rules):
        make_segment(SegmentWanted(new_id(), brand_id, f"人群{place}", kept(rule), live=True), by=None, now=clock_now())
    begun = time.perf_counter()
    looked = fill_segments(now=clock_now(), pieces=1_000_000)
    print(f"filled {SEGMENTS} segments: {looked / (time.perf_counter() - begun):,.0f} members/s")


def live(brand_id: UUID) -> tuple[float, int]:
    """Let orders be paid, and look at them as the worker does; give events a second and how often somebody entered or left."""
    from django.db import connection, transaction

    from sitong.scene.orders.events import OrderPaid
    from sitong.shared.clock import now as clock_now
    from sitong.shared.events.actions import announce, begin_reading
    from sitong.shared.events.reader import drain
    from sitong.shared.events.registry import SUBSCRIPTIONS

    now = clock_now()
    drain("member.segments")
    begin_reading([SUBSCRIPTIONS["member.segments"]])
    with connection.cursor() as cursor:
        said = {"brand": brand_id, "stores": STORES, "now": now, "events": EVENTS, "prefix": "n"}
        cursor.execute(PAST, {**said, "state": "paid", "days": 0, "each": 0})
        cursor.execute(LINES, [brand_id, PRODUCTS, brand_id])
        cursor.execute(
            "SELECT id, store_id, member_id, total_minor, placed_on FROM scene_order WHERE number LIKE 'n%%' AND brand_id = %s ORDER BY md5(id::text)",
            [brand_id],
        )
        orders = cursor.fetchall()
    for first in range(0, len(orders), 500):
        with transaction.atomic():
            announce([
                OrderPaid(brand_id, id, store, member, "mini_shop", "store", total, on)
                for id, store, member, total, on in orders[first : first + 500]
            ], at=now)  # fmt: skip
    before = _told()
    begun, worked = time.perf_counter(), time.process_time()
    drain("member.segments")
    print(f"processor time: {len(orders) / (time.process_time() - worked):,.0f} events/s")
    return len(orders) / (time.perf_counter() - begun), _told() - before


def _told() -> int:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(TOLD)
        return int(cursor.fetchone()[0])


def _members(brand_id: UUID, count: int) -> list[UUID]:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id FROM member_member WHERE brand_id = %s ORDER BY md5(id::text) LIMIT %s", [brand_id, count]
        )
        return [row[0] for row in cursor.fetchall()]


def _md5(kind: str, number: int) -> str:
    import hashlib

    return hashlib.md5(f"{kind}{number}".encode(), usedforsecurity=False).hexdigest()
