"""A cart of ten lines for a member who holds 20 coupons while 1,000 campaigns are live: the best combination, tier and points.

Over HTTP by one caller and by four, and in-process; the reference is the same cart quoted in the same run for a stranger,
without tier, coupons and points. `alone` is the search for the best combination by itself.
"""

from __future__ import annotations

import http.client
import random
import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

import orjson

from bench import Figure, load, server
from bench.orders import analyze, seed, sku_id, store_id

STORES = 2
SKUS = 1_000
CAMPAIGNS = 1_000
HELD = 20
MEMBERS = 50
LINES = 10
TIMES = 1_000
WARM_UP = 100
TARGET_P95_MS = 20.0


class Buyer(NamedTuple):
    """A member, and the token that it shows."""

    id: UUID
    token: str


def run() -> list[Figure]:
    """Measure quotes of members against quotes of strangers."""
    with server.database():
        shop = seed(STORES, SKUS, 1_000)
        buyers = members_with_coupons(shop.brand_id)
        analyze()
        carts = [cart(random.Random(number)) for number in range(200)]
        with server.web() as port:
            plain = asked(port, requests(carts, buyers, benefits=False))
            best = asked(port, requests(carts, buyers, benefits=True))
            crowd = load.fire(port, requests(carts, buyers, benefits=True), callers=4, warm_up=WARM_UP).only(200)
        own_plain = timed([quoting(shop.brand_id, None, lines) for lines in carts])
        own_best = timed([quoting(shop.brand_id, buyers[at % MEMBERS].id, lines) for at, lines in enumerate(carts)])
        alone, applied, exact = searched(buyers, carts)
    more: dict[str, Any] = {
        "p95_ms": at_most(best, 95),
        "stranger_p95_ms": at_most(plain, 95),
        "target_p95_ms": TARGET_P95_MS,
    }
    four: dict[str, Any] = {"p90_ms": crowd.p90_ms, "p99_ms": crowd.p99_ms}
    return [
        _ratio("quote", at_most(best, 50), at_most(plain, 50), **more),
        _ratio("quote (4 callers)", crowd.p50_ms, at_most(plain, 50), rate=crowd.rate, **four),
        _ratio("quote (in-process)", at_most(own_best, 50), at_most(own_plain, 50), p95_ms=at_most(own_best, 95)),
        _ratio("quote (search alone)", at_most(alone, 50), at_most(own_plain, 50), p95_ms=at_most(alone, 95), max_ms=max(alone) * 1000,
               coupons_used=applied, proven=exact),
    ]  # fmt: skip


def members_with_coupons(brand_id: UUID) -> list[Buyer]:
    """Make 1,000 campaigns with a coupon each, and members who hold 20 of them, with a tier and points."""
    from sitong.marketing.coupons.actions import (
        CampaignWanted,
        ClaimWanted,
        claim_coupons,
        define_campaigns,
        define_coupons,
        publish_coupon,
    )
    from sitong.member.identity.actions import MemberWanted, join_members
    from sitong.member.points.actions import PointsGift, give_points, publish_points_plan
    from sitong.member.points.rules import PointsPlan
    from sitong.member.tiers.actions import Purchase, count_purchases, publish_tier_plan
    from sitong.member.tiers.rules import Level, Plan
    from sitong.shared.access.tokens import issue
    from sitong.shared.access.viewer import Viewer
    from sitong.shared.clock import now as clock_now
    from sitong.shared.ids import new_id

    now, chance = clock_now() - timedelta(hours=1), random.Random(7)
    publish_points_plan(PointsPlan(brand_id, 0, 1, 1), by=None, now=now)
    levels = (Level(1, "basic", "普通会员", "Member", 0), Level(2, "gold", "金卡", "Gold", 10_000, 500))
    publish_tier_plan(Plan(brand_id, 0, "spending", "rolling", 6, "month", 14, levels), by=None, now=now)
    campaigns = [
        CampaignWanted(new_id(), brand_id, f"活动{at}", now.date(), now.date() + timedelta(days=90))
        for at in range(CAMPAIGNS)
    ]
    define_campaigns(campaigns, by=None, now=now)
    products = _products(brand_id)
    coupons = define_coupons(
        [_coupon(campaign.id, brand_id, at, products, chance, now) for at, campaign in enumerate(campaigns)],
        by=None,
        now=now,
    )
    for coupon in coupons:
        publish_coupon(coupon.id, by=None, now=now)
    joined = join_members(
        [
            MemberWanted(new_id(), brand_id, f"+86{13_500_000_000 + at}", f"会员{at}", "bench", None, new_id())
            for at in range(MEMBERS)
        ],
        now=now,
    )
    count_purchases([Purchase(new_id(), brand_id, one.id, now.date(), (50_000,), 1) for one in joined], now=now)
    give_points([PointsGift(new_id(), brand_id, one.id, 5_000) for one in joined], now=now)
    held = [
        ClaimWanted(new_id(), brand_id, one.id, coupon.id) for one in joined for coupon in chance.sample(coupons, HELD)
    ]
    refused = [one for one in claim_coupons(held, now=now) if isinstance(one, Exception)]
    if refused:
        raise RuntimeError(f"coupons were refused: {refused[:3]}")
    return [
        Buyer(one.id, issue(Viewer(one.account_id, "consumer", brand_id, (), one.id), ttl_s=3600, now=clock_now()))
        for one in joined
    ]


def _coupon(
    campaign_id: UUID, brand_id: UUID, at: int, products: Sequence[UUID], chance: random.Random, now: datetime
) -> Any:
    """Of ten coupons one is exclusive, six are in one of four groups, three are free; a third names goods."""
    from sitong.marketing.coupons.actions import CouponWanted
    from sitong.shared.ids import new_id

    kind = chance.choice(["cash", "cash", "percent", "exchange"])
    stacking = chance.choice(["exclusive", *["group"] * 6, *["free"] * 3])
    some = tuple(chance.sample(products, 300)) if kind == "exchange" or chance.random() < 0.3 else None
    return CouponWanted(
        new_id(), brand_id, f"券{at}", kind, campaign_id=campaign_id, goods=some,
        value_minor=chance.choice([300, 500, 1000, 2000]) if kind == "cash" else 0,
        percent_bp=chance.choice([500, 1000, 1500, 2000]) if kind == "percent" else 0,
        cap_minor=chance.choice([None, 1500]) if kind == "percent" else None,
        threshold_minor=chance.choice([0, 0, 5_000, 10_000, 60_000]), stacking=stacking,
        stack_group=chance.choice(["", "brand", "bank", "fresh"]) if stacking == "group" else "", ways=("claim",),
        valid_until=now + timedelta(days=chance.randrange(2, 60)),
    )  # fmt: skip


def _products(brand_id: UUID) -> list[UUID]:
    from sitong.goods.catalog.queries import sku_facts

    return [facts.product_id for facts in sku_facts([sku_id(at) for at in range(SKUS)]).values()]


def cart(chance: random.Random) -> list[tuple[UUID, int]]:
    """Give ten lines of one to three pieces."""
    return [(sku_id(at), chance.randint(1, 3)) for at in chance.sample(range(SKUS), LINES)]


def requests(carts: Sequence[list[tuple[UUID, int]]], buyers: Sequence[Buyer], *, benefits: bool) -> list[bytes]:
    """Give quotes of all carts in turn, each by another member; without benefits no coupon and no point is asked for."""
    wishes = {"best_coupons": True, "points": "max"} if benefits else {}
    bodies = [
        orjson.dumps({"store_id": store_id(at % STORES), "lines": [{"sku_id": sku, "quantity": count} for sku, count in lines], **wishes})
        for at, lines in enumerate(carts)
    ]  # fmt: skip
    chosen = [(bodies[at % len(bodies)], buyers[at % len(buyers)].token) for at in range(TIMES + WARM_UP)]
    return [load.post("/api/v1/quotes", body, token) for body, token in chosen]


def asked(port: int, prepared: Sequence[bytes]) -> list[float]:
    """Send requests one after the other over one connection and give the seconds of each."""
    connection = http.client.HTTPConnection("127.0.0.1", port)
    taken = []
    for at, request in enumerate(prepared):
        head, body = request.split(b"\r\n\r\n", 1)
        token = next(line for line in head.split(b"\r\n") if line.startswith(b"Authorization")).split(b": ")[1].decode()
        begun = time.perf_counter()
        connection.request("POST", "/api/v1/quotes", body, {"Authorization": token, "Content-Type": "application/json"})
        answer = connection.getresponse()
        answer.read()
        if at >= WARM_UP:
            taken.append(time.perf_counter() - begun)
        if answer.status != 200:
            raise RuntimeError(f"a quote was answered {answer.status}")
    return taken


def quoting(brand_id: UUID, member_id: UUID | None, lines: Sequence[tuple[UUID, int]]) -> Callable[[], object]:
    """Give a function that quotes a cart for a member with everything, or for a stranger."""
    from sitong.scene.cart.queries import Wishes, quote_of
    from sitong.scene.cart.rules import LineWanted
    from sitong.shared.clock import now as clock_now

    wanted = [LineWanted(sku, count) for sku, count in lines]
    wishes = Wishes(member_id, best_coupons=True, points=None) if member_id else Wishes()
    return lambda: quote_of(wanted, brand_id=brand_id, store_id=store_id(0), at=clock_now(), wishes=wishes)


def timed(calls: Sequence[Callable[[], object]]) -> list[float]:
    """Call each a few times and give the seconds of each call."""
    taken = []
    for turn in range(1 + TIMES // len(calls)):
        for call in calls:
            begun = time.perf_counter()
            call()
            if turn:
                taken.append(time.perf_counter() - begun)
    return taken


def searched(buyers: Sequence[Buyer], carts: Sequence[list[tuple[UUID, int]]]) -> tuple[list[float], float, int]:
    """Time the search by itself: give the seconds, how many coupons are used on average, and whether all were proven best."""
    from sitong.marketing.coupons.queries import claims_ready
    from sitong.marketing.coupons.stacking import best_combination
    from sitong.scene.cart.benefits import goods_of
    from sitong.scene.cart.discounts import situation_of, stack_lines
    from sitong.scene.channels.queries import shops
    from sitong.shared.clock import now as clock_now

    at, taken, used, proven = clock_now(), [], 0, True
    shop = shops([store_id(0)])[store_id(0)]
    for number, lines in enumerate(carts):
        goods = goods_of([sku for sku, _ in lines])
        quote = quoting(shop.brand_id, None, lines)()
        member_id = buyers[number % len(buyers)].id
        claims = claims_ready([member_id], at=at, product_ids={one.product_id for one in goods.values()})[member_id]
        stacked, situation = stack_lines(quote, goods), situation_of(shop, "mini_shop", at=at, tier=None)  # type: ignore[arg-type]
        begun = time.perf_counter()
        found = best_combination(stacked, claims, situation)
        taken.append(time.perf_counter() - begun)
        used, proven = used + len(found.applied), proven and found.exact
    return taken, used / len(carts), int(proven)


def at_most(seconds: Sequence[float], percent: int) -> float:
    """Give the milliseconds within which so many percent of them lie."""
    ordered = sorted(seconds)
    return ordered[min(len(ordered) - 1, len(ordered) * percent // 100)] * 1000


def _ratio(name: str, value_ms: float, reference_ms: float, **extras: float) -> Figure:
    return Figure(name, value_ms, "ms (p50)", reference_ms, value_ms / reference_ms, extras)
