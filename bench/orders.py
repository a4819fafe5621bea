"""Two-line orders placed over HTTP by 128 callers, beside pgbench running the same statements one order a transaction."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import NamedTuple
from uuid import UUID

import orjson

from bench import Figure, compared, load, pgbench, server

STORES = 20
SKUS = 10_000
STOCK = 1_000_000
PRICE_MINOR = 990
MEMBERS = 2_000
CALLERS = 128
ORDERS = 60_000
WARM_UP = 2_000
TARGET = 2.0


class Shop(NamedTuple):
    """What the load and the reference order from."""

    brand_id: UUID
    entity_id: UUID


def run() -> list[Figure]:
    """Measure one process and two against the same statements by pgbench."""
    figures = []
    with server.database():
        shop = seed(STORES, SKUS, STOCK)
        reference = pgbench.custom(script(shop), variables={"order": 0})
        tpcb = pgbench.tpcb()
        for workers in (1, 2):
            requests = order_requests(shop, ORDERS + WARM_UP, seed=workers)
            with server.web(workers=workers) as port:
                fired = load.fire(port, requests, callers=CALLERS, warm_up=WARM_UP).only(201)
            name = "orders" if workers == 1 else "orders (2 processes)"
            figures.append(compared(name, fired.rate, "orders/s", reference, tpcb_ratio=fired.rate / tpcb, p50_ms=fired.p50_ms,
                                    p99_ms=fired.p99_ms, target=TARGET))  # fmt: skip
        books()
    return figures


def seed(stores: int, skus: int, stock: int) -> Shop:
    """Make a brand whose stores all sell all SKUs, through the actions; ids are counted, so that pgbench can name them."""
    from sitong.goods.catalog.actions import (
        OfferPlace,
        ProductWanted,
        SkuWanted,
        add_products,
        adopt_products,
        offer_products,
        shelve_products,
    )
    from sitong.goods.inventory.actions import LocationWanted, ReceiptLine, ReceiptWanted, open_locations, receive_stock
    from sitong.goods.pricing.actions import PriceWanted, set_prices
    from sitong.org.brands.actions import EntityWanted, found_brand, register_entities
    from sitong.org.stores.actions import StoreWanted, open_stores
    from sitong.shared.clock import now as clock_now
    from sitong.shared.ids import new_id

    now = clock_now() - timedelta(days=1)
    brand = found_brand(
        code="bench", name="四通百货", name_en="Bench", currency="CNY", zone="Asia/Shanghai", by=None, now=now
    )
    (entity,) = register_entities([EntityWanted(new_id(), brand.id, "四通商贸有限公司")], by=None, now=now)
    open_stores(
        [StoreWanted(store_id(at), brand.id, entity.id, "direct", f"s{at}", f"店{at}") for at in range(stores)],
        by=None,
        now=now,
    )
    open_locations([LocationWanted(store_id(at), brand.id, "store", store_id(at), f"店{at}") for at in range(stores)])
    products = add_products([
        ProductWanted(brand.id, f"p{at}", f"商品{at}", f"Product {at}", skus=(SkuWanted(f"p{at}", id=sku_id(at)),)) for at in range(skus)
    ], by=None, now=now)  # fmt: skip
    ids = [product.id for product in products]
    set_prices([PriceWanted(sku_id(at), PRICE_MINOR) for at in range(skus)], by=None, now=now)
    offer_products(ids, [OfferPlace("brand", brand.id)], by=None, now=now)
    for at in range(stores):
        adopt_products(store_id(at), ids, by=None, now=now)
        shelve_products(store_id(at), ids, by=None, now=now)
        receive_stock(
            [ReceiptWanted(new_id(), store_id(at), tuple(ReceiptLine(sku_id(of), stock) for of in range(skus)))],
            by=None,
            now=now,
        )
    analyze()
    return Shop(brand.id, entity.id)


def analyze() -> None:
    """Let the planner know the tables, as autovacuum would after a while."""
    from django.db import connections

    with connections["owner"].cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def store_id(at: int) -> UUID:
    return UUID(int=0x00000000_0000_7000_A000_000000000000 + at)


def sku_id(at: int) -> UUID:
    return UUID(int=0x00000000_0000_7000_B000_000000000000 + at)


def tokens(shop: Shop, count: int) -> list[str]:
    """Give tokens of so many consumers, good for an hour."""
    from sitong.shared.access.tokens import issue
    from sitong.shared.access.viewer import Viewer
    from sitong.shared.clock import now as clock_now
    from sitong.shared.ids import new_id

    return [
        issue(Viewer(new_id(), "consumer", shop.brand_id, (), new_id()), ttl_s=3600, now=clock_now())
        for _ in range(count)
    ]


def order_requests(shop: Shop, count: int, *, seed: int, skus: tuple[int, int] = (0, SKUS)) -> list[bytes]:
    """Give orders of two lines, each from a random member in a random store, of the SKUs from one number up to another."""
    from sitong.shared.ids import new_id

    first, last = skus
    middle = (first + last) // 2
    chance, bearers = random.Random(seed), tokens(shop, MEMBERS)
    return [
        load.post("/api/v1/orders", orjson.dumps({
            "id": new_id(), "store_id": store_id(chance.randrange(STORES)), "scene": "store", "expected_total_minor": 3 * PRICE_MINOR,
            "lines": [{"sku_id": sku_id(chance.randrange(first, middle)), "quantity": 1},
                      {"sku_id": sku_id(chance.randrange(middle, last)), "quantity": 2}],
        }), chance.choice(bearers))
        for _ in range(count)
    ]  # fmt: skip


def books() -> None:
    """Raise when the books do not agree after the load."""
    from sitong.shared.ledger.books import check_books

    if wrong := check_books():
        raise RuntimeError("the books do not agree: " + "; ".join(wrong[:5]))


STORE = "('00000000-0000-7000-a000-' || lpad(to_hex(:store::int), 12, '0'))::uuid"
FIRST = "('00000000-0000-7000-b000-' || lpad(to_hex(:first::int), 12, '0'))::uuid"
SECOND = "('00000000-0000-7000-b000-' || lpad(to_hex(:second::int), 12, '0'))::uuid"
ORDER = (
    "('01a20000-' || lpad(to_hex(:order::int >> 16), 4, '0') || '-7000-8000-' "
    "|| lpad(to_hex(:order::int & 65535), 4, '0') || '0000' || lpad(to_hex(:client_id::int), 4, '0'))::uuid"
)
FACTS = (
    '{"brand_id": "01a204f7-f381-7049-b455-3af68c730000", "order_id": "01a204f7-f3d3-7161-a646-92af81ef6561", "store_id": '
    '"00000000-0000-7000-a000-000000000001", "member_id": "01a204f7-f3d3-7161-a646-92af81ef6562", "channel": "mini_shop", "scene": "store", '
    '"total_minor": 2970, "placed_on": "2026-03-03", "number": "260303-ABCDE-FGHJK"}'
)


def script(shop: Shop, sold: int = SKUS) -> str:
    """Give the placing of one two-line order as a pgbench script: the very statements of the actions, with arrays of one order."""
    from sitong.goods.catalog.queries.sale import ON_SALE
    from sitong.goods.inventory.actions.holds import WRITE_HOLDS
    from sitong.goods.inventory.actions.levels import CHANGE_LEVELS, LOCK
    from sitong.goods.pricing.queries import CANDIDATES
    from sitong.scene.orders.actions.place import EARLIER, WRITE_LINES, WRITE_ORDERS, WRITE_STEPS
    from sitong.shared.events.actions.outbox import ANNOUNCE

    now, later, brand = "now()", "(now() + interval '15 minutes')", f"'{shop.brand_id}'::uuid"
    one, two = f"ARRAY[{ORDER}]", f"ARRAY[{ORDER}, {ORDER}]"
    stores, skus, brands = f"ARRAY[{STORE}, {STORE}]", f"ARRAY[{FIRST}, {SECOND}]", f"ARRAY[{brand}, {brand}]"
    reasons = '[{"code": "list_price", "unit_minor": 990}]'
    number = "ARRAY['B' || to_hex(:order::int) || '-' || to_hex(:client_id::int)]"
    steps = [
        (LOCK, [stores, skus]),
        (EARLIER, [one]),
        (CANDIDATES, [skus, now, now]),
        (ON_SALE, [stores, skus]),
        (WRITE_ORDERS, [now, later, one, f"ARRAY[{brand}]", f"ARRAY[{STORE}]", f"ARRAY['{shop.entity_id}'::uuid]", one, number, "'{mini_shop}'",
                        "'{store}'", "'{CNY}'", "'{2970}'", "'{0}'", "'{2970}'", f"ARRAY[sha256('{shop.brand_id}')]", "'{2026-03-03}'",
                        "'{0}'", "'{0}'", "'{0}'", "'{0}'"]),
        (WRITE_LINES, [two, "'{1,2}'", brands, skus, "'{商品1,商品2}'", "'{0,0}'", "'{1,2}'", "'{990,990}'", "'{990,1980}'", "'{0,0}'",
                       "'{0,0}'", "'{0,0}'", "'{0,0}'", f"ARRAY[{_json(reasons)}, {_json(reasons)}]"]),
        (WRITE_HOLDS, [two, skus, stores, brands, "'{1,2}'", "'{NULL,NULL}'"]),
        (CHANGE_LEVELS, [stores, skus, "'{0,0}'", "'{-1,-2}'"]),
        (WRITE_STEPS, [now, one, f"ARRAY[{brand}]", one]),
        (ANNOUNCE, [now, one, f"ARRAY[{brand}]", "'{scene.order_placed}'", f"ARRAY[{_json(FACTS)}]"]),
    ]  # fmt: skip
    head = [
        f"\\set store random(0, {STORES - 1})", f"\\set first random(0, {sold // 2 - 1})", f"\\set second random({sold // 2}, {sold - 1})",
        "\\set order :order + 1", "BEGIN;",
    ]  # fmt: skip
    return "\n".join([*head, *(_filled(statement, values) for statement, values in steps), "COMMIT;", ""])


def _json(text: str) -> str:
    """Write JSON for pgbench, which takes a colon before a letter for one of its variables: none stands so here."""
    return f"'{text}'::jsonb"


def _filled(statement: str, values: list[str]) -> str:
    parts = statement.strip().split("%s")
    if len(parts) != len(values) + 1:
        raise ValueError(f"{len(parts) - 1} parameters, {len(values)} values: {statement}")
    return " ".join("".join(part + value for part, value in zip(parts, [*values, ""], strict=True)).split()) + ";"
