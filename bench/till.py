"""Sales at tills over HTTP: ten lines, a member, a coupon and points; beside two-line orders placed in the same run."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import Any
from uuid import UUID

import orjson

from bench import Figure, compared, load, orders, server

STORES = orders.STORES
REGISTERS = 4
SKUS = 2_000
STOCK = 1_000_000
SALES = 3_000
WARM_UP = 300
ORDERS = 12_000
LINES = 10
COUPON_MINOR = 500
POINTS = 100
CALLERS = STORES * REGISTERS
"""Each caller is a register: it sends its next sale when the last one is answered."""


def run() -> list[Figure]:
    """Measure orders first, then sales, on the same database and process."""
    with server.database():
        shop = orders.seed(STORES, SKUS, STOCK)
        placed = orders.order_requests(shop, ORDERS + WARM_UP, seed=1, skus=(0, SKUS))
        sales = sale_requests(shop, SALES + WARM_UP)
        with server.web(workers=1) as port:
            reference = load.fire(port, placed, callers=128, warm_up=WARM_UP).only(201)
            sold = load.fire(port, sales, callers=CALLERS, warm_up=WARM_UP).only(201)
            again = load.fire(port, sales[-WARM_UP:], callers=CALLERS).only(201)
        orders.books()
    lines = {"lines_s": sold.rate * LINES, "orders_lines_s": reference.rate * 2}
    return [
        compared("till", sold.rate, "sales/s", reference.rate, p50_ms=sold.p50_ms, p99_ms=sold.p99_ms, callers=CALLERS, **lines),
        Figure("till (sent again)", again.rate, "sales/s", extras={"p50_ms": again.p50_ms, "p99_ms": again.p99_ms}),
    ]  # fmt: skip


def sale_requests(shop: orders.Shop, count: int) -> list[bytes]:
    """Give sales of ten lines paid in cash: each member has one coupon and enough points; prices are those of the seed."""
    from sitong.shared.access.tokens import issue
    from sitong.shared.access.viewer import Place, Viewer
    from sitong.shared.clock import now as clock_now
    from sitong.shared.ids import new_id

    chance, registers = random.Random(7), _registers(shop)
    members = _members(shop, count)
    total = LINES * orders.PRICE_MINOR - COUPON_MINOR - POINTS
    tokens = {
        store: issue(Viewer(new_id(), "store", shop.brand_id, (Place("store", store, "clerk"),)), ttl_s=3600, now=clock_now())
        for store in {orders.store_id(at) for at in range(STORES)}
    }  # fmt: skip
    requests = []
    for at in range(count):
        store, register = registers[at % len(registers)]
        member, claim = members[at]
        requests.append(load.post("/api/v1/till/sales", orjson.dumps({
            "id": new_id(), "store_id": store, "register_id": register, "member_id": member, "coupon_claim_ids": [claim], "points": POINTS,
            "expected_total_minor": total, "tenders": [{"kind": "cash", "amount_minor": total, "given_minor": 10_000}],
            "lines": [{"sku_id": orders.sku_id(one), "quantity": 1} for one in chance.sample(range(SKUS), LINES)],
        }), tokens[store]))  # fmt: skip
    return requests


def _registers(shop: orders.Shop) -> list[tuple[UUID, UUID]]:
    """Set up registers with open shifts, and give (store, register) store by store."""
    from sitong.scene.till.actions.registers import RegisterWanted, set_up_registers
    from sitong.scene.till.actions.shifts import ShiftWanted, open_shift
    from sitong.shared.clock import now as clock_now
    from sitong.shared.ids import new_id

    made: list[tuple[UUID, UUID]] = []
    for number in range(REGISTERS):
        for at in range(STORES):
            wanted = RegisterWanted(new_id(), shop.brand_id, orders.store_id(at), f"{number}")
            set_up_registers([wanted], by=None, now=clock_now())
            open_shift(ShiftWanted(new_id(), wanted.id, {"10000": 2}), now=clock_now())
            made.append((wanted.store_id, wanted.id))
    return made


def _members(shop: orders.Shop, count: int) -> list[tuple[UUID, UUID]]:
    """Join members, give each ready points and one coupon of 5 yuan. Gives (member, claim)."""
    from sitong.marketing.coupons.actions import (
        ClaimWanted,
        CouponWanted,
        claim_coupons,
        define_coupons,
        publish_coupon,
    )
    from sitong.marketing.coupons.rules import Terms
    from sitong.member.identity.actions import MemberWanted, join_members
    from sitong.member.points.actions import PointsGift, give_points, publish_points_plan
    from sitong.member.points.rules import PointsPlan
    from sitong.shared.clock import now as clock_now
    from sitong.shared.ids import new_id

    now = clock_now() - timedelta(hours=1)
    publish_points_plan(PointsPlan(shop.brand_id, 0, 1, 1), by=None, now=now)
    coupon = CouponWanted(
        id=new_id(), brand_id=shop.brand_id, name="五元券", name_en="Five off", kind="cash", value_minor=COUPON_MINOR,
        valid_until=now + timedelta(days=30), terms=Terms(),
    )  # fmt: skip
    define_coupons([coupon], by=None, now=now)
    publish_coupon(coupon.id, by=None, now=now)
    found: list[tuple[UUID, UUID]] = []
    for start in range(0, count, 500):
        ids = [new_id() for _ in range(min(500, count - start))]
        joined = [
            MemberWanted(one, shop.brand_id, f"+86138{start + at:08}", "会员", "bench") for at, one in enumerate(ids)
        ]
        _all(join_members(joined, now=now))
        _all(give_points([PointsGift(new_id(), shop.brand_id, one, POINTS * 5) for one in ids], now=now))
        claims = [ClaimWanted(new_id(), shop.brand_id, one, coupon.id) for one in ids]
        _all(claim_coupons(claims, now=now))
        found += [(one, claim.id) for one, claim in zip(ids, claims, strict=True)]
    orders.analyze()
    return found


def _all(outcomes: list[Any]) -> None:
    from sitong.shared.errors import Refused

    if refused := [one for one in outcomes if isinstance(one, Refused)]:
        raise RuntimeError(f"{len(refused)} refused: {refused[0]}")
