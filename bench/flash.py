"""A rush on a flash sale: 20,000 orders at the sale's price for one SKU of which the sale has 500. Exactly 500 are sold, the rest hears
the new price. Ordinary orders run on the same server before, without a promotion and then with six of them live."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import Any

import orjson

from bench import Figure, compared, load, pgbench, server
from bench.orders import CALLERS, MEMBERS, Shop, books, order_requests, seed, sku_id, store_id, tokens

RUSH = 20_000
PIECES = 500
BESIDE = 20_000
WARM_UP = 1_000
SKUS = 2_000
STORES = 20
SALE_MINOR = 1
TARGET = 0.5


def run() -> list[Figure]:
    """Measure the rush, and ordinary orders with promotions live, beside ordinary orders without any."""
    with server.database():
        shop = seed(STORES, SKUS, 100_000)
        with server.web() as port:
            plain = _ordinary(port, shop, seed=7)
        publish(shop)
        with server.web() as port:
            promoted = _ordinary(port, shop, seed=8)
            rush = load.fire(port, rush_requests(shop), callers=CALLERS).only(201, 409)
        placed, refused = rush.statuses.get("201", 0), rush.codes.get("scene.price_changed", 0)
        if (placed, refused) != (PIECES, RUSH - PIECES):
            raise RuntimeError(f"{placed} placed, {refused} told the new price, {rush.codes}")
        books()
        return [
            compared("flash", rush.rate, "answers/s", plain.rate, tpcb_ratio=rush.rate / pgbench.tpcb(), placed=placed, refused=refused,
                     p50_ms=rush.p50_ms, p99_ms=rush.p99_ms, target=TARGET),
            compared("flash (orders, six promotions live)", promoted.rate, "orders/s", plain.rate, p50_ms=promoted.p50_ms,
                     p99_ms=promoted.p99_ms),
        ]  # fmt: skip


def _ordinary(port: int, shop: Shop, *, seed: int) -> Any:
    requests = order_requests(shop, BESIDE + WARM_UP, seed=seed, skus=(1, SKUS))
    return load.fire(port, requests, callers=CALLERS, warm_up=WARM_UP).only(201)


def publish(shop: Shop) -> None:
    """Open the flash sale, and five promotions for goods that ordinary orders do not reach, so that their totals stay."""
    from sitong.marketing.coupons.rules import Terms
    from sitong.marketing.promotions.actions import define_promotions, publish_promotion
    from sitong.marketing.promotions.definition import PromotionWanted
    from sitong.marketing.promotions.rules import FlashPrice, Rule, Step
    from sitong.shared.clock import now as clock_now
    from sitong.shared.ids import new_id

    now = clock_now()
    only = Terms(sku_ids=frozenset({sku_id(0)}), channels=frozenset({"pos"}))
    rules = [
        ("flash", Rule(flash=(FlashPrice(sku_id(0), SALE_MINOR, PIECES),)), Terms()),
        ("nth", Rule(count=2, percent_bp=5_000), only),
        ("gift", Rule(count=2, gift_count=1), only),
        ("steps", Rule(steps=(Step(1_000_000_000, off_minor=100),)), Terms()),
        ("steps", Rule(measure="quantity", steps=(Step(100_000, percent_bp=500),)), Terms()),
        ("nth", Rule(count=3, percent_bp=10_000), only),
    ]
    wanted = [
        PromotionWanted(
            new_id(),
            shop.brand_id,
            kind,
            f"促销{at}",
            rule,
            now - timedelta(hours=1),
            now + timedelta(days=1),
            terms=terms,
        )
        for at, (kind, rule, terms) in enumerate(rules)
    ]
    for outcome in define_promotions(wanted, by=None, now=now):
        if isinstance(outcome, Exception):
            raise outcome
        publish_promotion(outcome.id, by=None, now=now)


def rush_requests(shop: Shop) -> list[bytes]:
    """Give orders of one piece at the sale's price, each by a random member in a random store."""
    from sitong.shared.ids import new_id

    chance, bearers = random.Random(1), tokens(shop, MEMBERS)
    return [
        load.post("/api/v1/orders", orjson.dumps({
            "id": new_id(), "store_id": store_id(chance.randrange(STORES)), "scene": "livestream", "expected_total_minor": SALE_MINOR,
            "lines": [{"sku_id": sku_id(0), "quantity": 1}],
        }), chance.choice(bearers))
        for _ in range(RUSH)
    ]  # fmt: skip
