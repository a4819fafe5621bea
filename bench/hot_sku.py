"""A rush: 20,000 orders for one SKU of which 500 pieces are left. Exactly 500 are placed, the rest is told so."""

from __future__ import annotations

import random

import orjson

from bench import Figure, compared, load, pgbench, server
from bench.orders import CALLERS, MEMBERS, PRICE_MINOR, Shop, books, order_requests, seed, sku_id, store_id, tokens

RUSH = 20_000
PIECES = 500
BESIDE = 20_000
WARM_UP = 1_000
SKUS = 2_000
STORES = 20
TARGET = 0.5


def run() -> list[Figure]:
    """Measure the rush beside ordinary orders on the same server, in one process."""
    with server.database():
        shop = seed(STORES, SKUS, 100_000)
        keep_only(PIECES)
        with server.web() as port:
            ordinary = load.fire(
                port, order_requests(shop, BESIDE + WARM_UP, seed=7, skus=(1, SKUS)), callers=CALLERS, warm_up=WARM_UP
            ).only(201)
            rush = load.fire(port, rush_requests(shop), callers=CALLERS).only(201, 409)
        placed, refused = rush.statuses.get("201", 0), rush.codes.get("goods.out_of_stock", 0)
        if (placed, refused) != (PIECES, RUSH - PIECES):
            raise RuntimeError(f"{placed} placed, {refused} out of stock, {rush.codes}")
        books()
        figure = compared("hot-sku", rush.rate, "answers/s", ordinary.rate, tpcb_ratio=rush.rate / pgbench.tpcb(), placed=placed,
                          refused=refused, p50_ms=rush.p50_ms, p99_ms=rush.p99_ms, target=TARGET)  # fmt: skip
    return [figure]


def keep_only(pieces: int) -> None:
    """Count the hot SKU in the first store: so many are left."""
    from sitong.goods.inventory.actions import CountLine, CountWanted, count_stock
    from sitong.shared.clock import now as clock_now
    from sitong.shared.ids import new_id

    (outcome,) = count_stock(
        [CountWanted(new_id(), store_id(0), (CountLine(sku_id(0), pieces),))], by=None, now=clock_now()
    )
    if isinstance(outcome, Exception):
        raise outcome


def rush_requests(shop: Shop) -> list[bytes]:
    """Give orders of one piece of the hot SKU, each by a random member."""
    from sitong.shared.ids import new_id

    chance, bearers = random.Random(1), tokens(shop, MEMBERS)
    return [
        load.post("/api/v1/orders", orjson.dumps({
            "id": new_id(), "store_id": store_id(0), "scene": "livestream", "expected_total_minor": PRICE_MINOR,
            "lines": [{"sku_id": sku_id(0), "quantity": 1}],
        }), chance.choice(bearers))
        for _ in range(RUSH)
    ]  # fmt: skip
