"""A member's points and tier after each of 1,000 orders a second: how many a second, how late, and whether they stay exact.

Orders are written and announced at a steady pace; the reader of `scene.rewards`, a process of its own as the worker is, lets
them count. Then what stands is compared with what a recount gives.
"""

from __future__ import annotations

import contextlib
import os
import random
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import date
from uuid import UUID

from bench import Figure, compared, pgbench, server

MEMBERS = 10_000
PACE_PER_S, PACED_S = 1_000, float(os.environ.get("BENCH_SECONDS", "10"))
RUSH = int(os.environ.get("STANDING_RUSH", "10000"))
AT_ONCE = 50
DAYS_BACK, DAYS_EACH = 180, 40
LINES = (3_000, 1_990, 12_000)

ORDERS = """
INSERT INTO scene_order (id, brand_id, store_id, member_id, number, channel, scene, source, state, currency, goods_minor, discount_minor,
                         coupon_minor, points_minor, points_spent, total_minor, pickup_code, placed_at, placed_on)
SELECT id, %(brand)s, %(store)s, member_id, right(replace(id::text, '-', ''), 24), 'pos', 'till', '', 'handed_over', 'CNY', %(total)s, 0, 0, 0, 0,
       %(total)s, '', now(), %(on)s FROM unnest(%(ids)s::uuid[], %(members)s::uuid[]) AS o(id, member_id)
"""
ORDER_LINES = """
INSERT INTO scene_orderline (order_id, position, brand_id, sku_id, name, weighed, quantity, unit_minor, goods_minor, discount_minor, coupon_minor,
                             points_minor, total_minor, reasons, returned, returned_minor)
SELECT o.id, l.position, %(brand)s, %(store)s, 'bench', false, 1, l.paid, l.paid, 0, 0, 0, l.paid, '[]', 0, 0
FROM unnest(%(ids)s::uuid[]) AS o(id) CROSS JOIN unnest(%(lines)s::bigint[]) WITH ORDINALITY AS l(paid, position)
"""
ORDER_STEPS = """
INSERT INTO scene_orderstep (order_id, step, brand_id, at, reason) SELECT id, 'paid', %(brand)s, now(), '' FROM unnest(%(ids)s::uuid[]) AS o(id)
"""
HISTORY = """
INSERT INTO member_tierday (member_id, "on", brand_id, amount_minor, points)
SELECT m.id, %(on)s::date - (d.n * %(every)s), %(brand)s, 500 + (d.n * 37) %% 2000, 5 FROM member_member AS m, generate_series(1, %(days)s) AS d(n)
WHERE m.brand_id = %(brand)s
"""
SINGLE = """
\\set m random(0, :members - 1)
BEGIN;
SELECT member_id FROM bench_members WHERE n = :m \\gset
SELECT level FROM member_standing WHERE member_id = :member_id ::uuid FOR NO KEY UPDATE;
SELECT sum(amount_minor) FROM member_tierday WHERE member_id = :member_id ::uuid AND "on" > current_date - 180;
INSERT INTO member_tierday (member_id, "on", brand_id, amount_minor, points) VALUES (:member_id ::uuid, current_date, :brand ::uuid, 16990, 169)
  ON CONFLICT (member_id, "on") DO UPDATE SET amount_minor = member_tierday.amount_minor + 16990, points = member_tierday.points + 169;
UPDATE member_standing SET settled_on = current_date WHERE member_id = :member_id ::uuid;
UPDATE shared_ledgeraccount SET credits_posted = credits_posted + 169 WHERE owner_id = :member_id ::uuid AND kind = 'points.pending';
INSERT INTO shared_transfer (id, brand_id, debit_account_id, credit_account_id, amount, phase, reason, at)
  VALUES (gen_random_uuid(), :brand ::uuid, :member_id ::uuid, :brand ::uuid, 169, 'single', 'bench', now());
INSERT INTO member_pointsearning (id, brand_id, member_id, document_id, position, paid_minor, rate, factor_bp, points, taken_back, earned_at, matures_at)
  SELECT gen_random_uuid(), :brand ::uuid, :member_id ::uuid, gen_random_uuid(), n, 5000, 1, 10000, 50, 0, now(), now() FROM generate_series(1, 3) AS n;
INSERT INTO member_pointsentry (id, brand_id, member_id, kind, points, pending_change, ready_change, owed_change, reason, at)
  VALUES (gen_random_uuid(), :brand ::uuid, :member_id ::uuid, 'bench', 169, 169, 0, 0, '', now());
COMMIT;
"""
"""The same rows for one order a transaction. Measured last, since the books do not agree after it."""


def run() -> list[Figure]:
    """Measure the steady pace and a rush; then everything is counted anew, and the reference measured."""
    with server.database():
        brand_id, store_id, members = _prepare()
        with _reader():
            late_ms, kept_s = _pace(brand_id, store_id, members)
            p50, p99 = (late_ms[int(part * (len(late_ms) - 1))] for part in (0.5, 0.99))
        _write(brand_id, store_id, members, RUSH)
        began = time.perf_counter()
        _drain()
        rate = RUSH / (time.perf_counter() - began)
        if astray := _recount(brand_id):
            raise AssertionError(astray[:3])
        reference = _reference(brand_id)
    done = int(PACE_PER_S * PACED_S)
    return [
        Figure("standing-late", p99, "ms", extras={"p50_ms": p50, "max_ms": late_ms[-1], "at_a_second": done / kept_s, "orders": done}),
        compared("standing", rate, "orders/s", reference, orders=RUSH, lines=len(LINES), members=MEMBERS, exact="yes"),
    ]  # fmt: skip


def _prepare() -> tuple[UUID, UUID, list[UUID]]:
    from django.conf import settings
    from django.db import connection, connections

    from sitong.member.identity.actions import MemberWanted, join_members
    from sitong.member.points.actions import publish_points_plan
    from sitong.member.points.rules import PointsPlan
    from sitong.member.tiers.actions import publish_tier_plan, rebuild_standings
    from sitong.member.tiers.rules import Level, Plan
    from sitong.org.brands.actions import found_brand
    from sitong.shared.clock import now
    from sitong.shared.ids import new_id, new_ids

    at = now()
    brand = found_brand(code="bench", name="bench", name_en="", zone="Asia/Shanghai", by=None, now=at)
    members = new_ids(MEMBERS)
    for start in range(0, MEMBERS, 1_000):
        join_members([MemberWanted(key, brand.id, source="bench") for key in members[start : start + 1_000]], now=at)
    publish_points_plan(PointsPlan(brand.id, 0, 1, 1), by=None, now=at)
    levels = [Level(number, f"l{number}", f"l{number}", "", from_, points_factor_bp=10_000 + 1_000 * number)
              for number, from_ in enumerate((0, 50_000, 100_000, 200_000, 350_000, 500_000), 1)]  # fmt: skip
    publish_tier_plan(Plan(brand.id, 0, "spending", "rolling", 6, "month", 14, tuple(levels)), by=None, now=at)
    with connection.cursor() as cursor:
        cursor.execute(HISTORY, {"on": _today(), "every": DAYS_BACK // DAYS_EACH, "brand": brand.id, "days": DAYS_EACH})
    rebuild_standings(brand.id, now=at)
    with connections["owner"].cursor() as cursor:
        cursor.execute("CREATE TABLE bench_members (n int PRIMARY KEY, member_id uuid)")
        cursor.execute(
            "INSERT INTO bench_members SELECT row_number() OVER () - 1, id FROM member_member WHERE brand_id = %s",
            [brand.id],
        )
        cursor.execute(f"GRANT SELECT ON bench_members TO {settings.APP_ROLE}")
        cursor.execute("ANALYZE")
    _drain()
    return brand.id, new_id(), members


def _today() -> date:
    from sitong.shared.clock import business_date, now

    return business_date(now(), "Asia/Shanghai")


def _write(brand_id: UUID, store_id: UUID, members: list[UUID], count: int) -> None:
    for _ in range(0, count, AT_ONCE):
        _announce(brand_id, store_id, random.sample(members, AT_ONCE))


def _announce(brand_id: UUID, store_id: UUID, members: list[UUID]) -> None:
    """Write paid orders of these members and announce them, in one transaction."""
    from django.db import connection, transaction

    from sitong.scene.orders.events import OrderPaid
    from sitong.shared.clock import now
    from sitong.shared.events.actions import announce
    from sitong.shared.ids import new_ids

    ids, on, total = new_ids(len(members)), _today(), sum(LINES)
    facts = {
        "brand": brand_id,
        "store": store_id,
        "total": total,
        "on": on,
        "ids": ids,
        "members": members,
        "lines": list(LINES),
    }
    with transaction.atomic():
        with connection.cursor() as cursor:
            for statement in (ORDERS, ORDER_LINES, ORDER_STEPS):
                cursor.execute(statement, facts)
        announce([
            OrderPaid(brand_id, key, store_id, member, "pos", "till", total, on, str(key)) for key, member in zip(ids, members, strict=True)
        ], at=now())  # fmt: skip


def _pace(brand_id: UUID, store_id: UUID, members: list[UUID]) -> tuple[list[float], float]:
    """Announce orders at a steady pace; give, sorted, how late each batch of them had counted, and how long it all took."""
    pending: list[float] = []
    late_ms: list[float] = []
    total = int(PACE_PER_S * PACED_S)
    before, stop = _counted(), threading.Event()

    def watch() -> None:
        from django.db import connection

        from sitong.shared.access.scope import every_brand

        seen = 0
        with every_brand():
            while not stop.is_set() and seen < total:
                counted = (_counted() - before) // AT_ONCE
                while seen < counted * AT_ONCE and pending:
                    late_ms.append((time.perf_counter() - pending.pop(0)) * 1000)
                    seen += AT_ONCE
                time.sleep(0.005)
        connection.close()

    watcher = threading.Thread(target=watch)
    watcher.start()
    began = time.perf_counter()
    for step in range(total // AT_ONCE):
        time.sleep(max(0.0, began + step * AT_ONCE / PACE_PER_S - time.perf_counter()))
        _announce(brand_id, store_id, random.sample(members, AT_ONCE))
        pending.append(time.perf_counter())
    watcher.join(60)
    stop.set()
    return sorted(late_ms), time.perf_counter() - began


def _counted() -> int:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM scene_rewarded")
        return int(cursor.fetchone()[0])


def _reference(brand_id: UUID) -> float:
    return pgbench.custom(SINGLE, seconds=5, variables={"members": MEMBERS, "brand": brand_id})


def _recount(brand_id: UUID) -> list[str]:
    """Compare what stands with the orders, the ledger, and the levels that a recount of all days gives."""
    from sitong.member.points.books import check_points
    from sitong.member.tiers.models import Standing
    from sitong.member.tiers.queries import plan_of
    from sitong.member.tiers.spread import levels_of_all
    from sitong.scene.rewards.books import DIFFERING
    from sitong.shared.ledger.books import check_ledger
    from sitong.shared.statements import run

    plan = plan_of(brand_id)
    assert plan is not None
    levels = levels_of_all(plan, _today())
    wrong = [
        f"standing of {row.member_id}"
        for row in Standing.objects.filter(brand_id=brand_id)
        if levels.get(row.member_id, 1) != row.level
    ]
    wrong += [str(row) for row in run(DIFFERING, [brand_id, [], 20])]
    return wrong + check_points() + check_ledger()


def _drain() -> None:
    from sitong.shared.events.reader import drain

    drain("scene.rewards")


@contextlib.contextmanager
def _reader() -> Iterator[None]:
    process = subprocess.Popen(
        [sys.executable, "-c", "from bench.standing import read; read()"],
        cwd=server.ROOT,
        stdin=subprocess.PIPE,
        stdout=sys.stderr,
    )
    try:
        yield
    finally:
        process.stdin.close()  # type: ignore[union-attr]
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()


def read() -> None:
    """Be the reader's process: `scene.rewards` alone, until standard input closes."""
    server.set_up()
    from sitong.shared.events.reader import run_subscribers
    from sitong.shared.events.registry import SUBSCRIPTIONS

    for name in [name for name in SUBSCRIPTIONS if name != "scene.rewards"]:
        del SUBSCRIPTIONS[name]
    stop = threading.Event()
    threading.Thread(target=lambda: (sys.stdin.read(), stop.set()), daemon=True).start()
    run_subscribers(stop)
