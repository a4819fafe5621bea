"""Shelves over HTTP: 92,000 products in one store, lists and searches of 20 with live price and stock, and the home page.

Reference: pgbench's built-in test (scale 10, 16 clients, prepared) on the same server in the same run, because other
platforms were measured against that one. `transactions_per_request` counts what PostgreSQL executed; reads that come together
share their statements. `first_round` is the rate of the first time that each address was asked.
"""

from __future__ import annotations

import random
import time
from datetime import UTC, datetime, timedelta
from urllib.parse import quote
from uuid import UUID

from bench import Figure, compared, server
from bench.load import Fired, fire, get
from bench.pgbench import tpcb

PRODUCTS = 92_000
SECONDS = 8
CALLERS = 64
DEPARTMENTS = ("GROCERY", "DRUG GM", "PRODUCE", "MEAT", "DELI", "PASTRY", "NUTRITION", "COSMETICS", "FLORAL", "SEAFOOD")
KINDS = (
    ("milk", "牛奶"), ("yogurt", "酸奶"), ("cheese", "奶酪"), ("bread", "面包"), ("cookies", "饼干"), ("coffee", "咖啡"), ("tea", "茶"),
    ("juice", "果汁"), ("water", "矿泉水"), ("soup", "汤"), ("noodles", "面条"), ("rice", "大米"), ("sauce", "酱"), ("beef", "牛肉"), ("pork", "猪肉"),
    ("chicken", "鸡肉"), ("shrimp", "虾"), ("salmon", "三文鱼"), ("apples", "苹果"), ("bananas", "香蕉"), ("tomatoes", "番茄"), ("onions", "洋葱"),
    ("shampoo", "洗发水"), ("soap", "香皂"), ("toothpaste", "牙膏"), ("batteries", "电池"), ("candles", "蜡烛"), ("roses", "玫瑰"), ("vitamins", "维生素"),
    ("crackers", "苏打饼"),
)  # fmt: skip
SORTS = (
    ("organic", "有机"), ("whole", "全"), ("light", "低脂"), ("frozen", "冷冻"), ("fresh", "鲜"), ("classic", "经典"), ("premium", "特级"),
    ("family", "家庭装"),
    ("mini", "迷你"), ("spicy", "辣味"), ("sweet", "甜味"), ("roasted", "烘焙"), ("smoked", "烟熏"), ("natural", "天然"), ("green", "绿色"), ("golden", "金色"),
    ("vanilla", "香草"), ("chocolate", "巧克力"), ("lemon", "柠檬"), ("garlic", "蒜香"),
)  # fmt: skip
MAKERS = (
    "Summer Hill",
    "Blue River",
    "Old Town",
    "Golden Bridge",
    "Green Valley",
    "North Star",
    "East Lake",
    "White Cloud",
)


def run() -> list[Figure]:
    """Fill a store, then measure list, search, search in Chinese with a misspelling, and the mini shop's home page."""
    with server.database():
        started = time.perf_counter()
        store, categories = fill()
        filled_s = time.perf_counter() - started
        reference = tpcb()
        chance = random.Random(5)
        base = f"/api/v1/stores/{store.id}/products"
        pages = [f"{base}?after={chance.randrange(1000)}.{'f' * 32}" for _ in range(400)]
        pages += [f"{base}?category_id={chance.choice(categories)}" for _ in range(100)]
        words = [quote(" ".join(chance.choice(column)[language] for column in (SORTS, KINDS)[2 - count :]))
                 for language in (0, 1) for count in (1, 2) for _ in range(150)]  # fmt: skip
        figures = []
        with server.web() as port:
            for name, paths in (
                ("pages.list", pages),
                ("pages.search", [f"{base}?q={text}" for text in words]),
                ("pages.home", [f"/s/bench/one/?lang={language}" for language in ("zh-hans", "en")]),
            ):
                figures.append(_measure(name, port, paths, reference, products=PRODUCTS, filled_s=filled_s))
    return figures


def _measure(name: str, port: int, paths: list[str], reference: float, **extras: float) -> Figure:
    requests = [get(path) for path in paths]
    cold: Fired = fire(port, requests, callers=CALLERS).only(200)  # each once: nothing is remembered yet
    before = _statements()
    fired: Fired = fire(port, requests, callers=CALLERS, seconds=SECONDS).only(200)
    transactions = (_statements() - before) / max(fired.answers, 1)
    return compared(
        name, fired.rate, "1/s", reference, tpcb_ratio=fired.rate / reference, p50_ms=fired.p50_ms, p99_ms=fired.p99_ms,
        transactions_per_request=transactions, first_round=cold.rate, first_round_p99_ms=cold.p99_ms, **extras,
    )  # fmt: skip


def _statements() -> int:
    """Count the transactions of this database so far; outside of a transaction each statement is one."""
    from django.db import connection

    time.sleep(1.1)  # backends report their counts at most once a second
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_clear_snapshot()")
        cursor.execute("SELECT xact_commit FROM pg_stat_database WHERE datname = current_database()")
        return int(cursor.fetchone()[0])


def fill(products: int = PRODUCTS):
    """Make a brand with one store that sells all products, through the actions; give the store and its categories' ids."""
    from django.db import connections

    from sitong.goods.catalog.actions import (
        CategoryWanted,
        OfferPlace,
        ProductWanted,
        SkuWanted,
        add_categories,
        add_products,
        adopt_products,
        offer_products,
        shelve_products,
    )  # fmt: skip
    from sitong.goods.inventory.actions import LocationWanted, ReceiptLine, ReceiptWanted, open_locations, receive_stock
    from sitong.goods.pricing.actions import PriceWanted, set_prices
    from sitong.shared.ids import new_id
    from tests.make.org import a_brand, a_store

    now = datetime.now(UTC) - timedelta(days=30)
    chance = random.Random(3)
    brand = a_brand(code="bench", now=now)
    store = a_store(brand, code="one", now=now)
    departments = [CategoryWanted(brand.id, code, code.title(), code.title()) for code in DEPARTMENTS]
    categories = add_categories(
        [*departments, *(CategoryWanted(brand.id, en, zh, en, chance.choice(DEPARTMENTS)) for en, zh in KINDS)],
        by=None,
        now=now,
    )
    below = categories[len(DEPARTMENTS) :]
    wanted, skus, prices = [], [], []
    for number in range(products):
        kind, sort = number % len(KINDS), chance.randrange(len(SORTS))
        code, maker = f"{1_000_000 + number}", chance.choice(MAKERS)
        sku = SkuWanted(code, package="500 g")
        name, name_en = f"{SORTS[sort][1]}{KINDS[kind][1]}", f"{maker} {SORTS[sort][0]} {KINDS[kind][0]}"
        wanted.append(
            ProductWanted(
                brand.id, code, name, name_en, below[kind].id, maker, rank=chance.randrange(1_000), skus=(sku,)
            )
        )
        skus.append(sku.id)
        prices.append(PriceWanted(sku.id, chance.randrange(100, 9_999)))
        if number % 10 == 0:
            prices.append(
                PriceWanted(
                    sku.id, 99, "promotion", starts_at=now + timedelta(days=20), ends_at=now + timedelta(days=60)
                )
            )
    ids: list[UUID] = [one.id for one in wanted]
    for step in (
        lambda: add_products(wanted, by=None, now=now),
        lambda: set_prices(prices, by=None, now=now),
        lambda: offer_products(ids, [OfferPlace("brand", brand.id)], by=None, now=now),
        lambda: adopt_products(store.id, ids, by=None, now=now),
        lambda: shelve_products(store.id, ids, by=None, now=now),
    ):
        started = time.perf_counter()
        refused = [one for one in step() if isinstance(one, Exception)]
        assert not refused, refused[:3]
        print(f"{time.perf_counter() - started:6.1f} s")
    open_locations([LocationWanted(store.id, brand.id, "store", store.id, store.name)])
    for start in range(0, products, 1_000):
        lines = tuple(ReceiptLine(sku_id, chance.randrange(1, 200)) for sku_id in skus[start : start + 1_000])
        receive_stock([ReceiptWanted(new_id(), store.id, lines)], by=None, now=now)
    connections["owner"].cursor().execute("VACUUM ANALYZE")
    return store, [one.id for one in categories]
