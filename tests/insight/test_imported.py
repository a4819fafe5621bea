"""Imported pieces are added up inside the database; orders one by one outside of it. Both give the same."""

from __future__ import annotations

from datetime import timedelta

from django.db import connection

from sitong.insight.metrics.actions import TABLES, rebuild_totals
from sitong.insight.metrics.queries import IMPORTED_SUBSCRIBER
from sitong.scene.orders.actions import ImportedLine, ImportedOrder, record_imported_orders
from sitong.shared.events.reader import drain
from sitong.shared.ids import new_id
from tests.make.goods import a_shelved_product
from tests.make.org import a_brand, a_dealer, a_store


def everything() -> list[list[tuple]]:
    tables = []
    with connection.cursor() as cursor:
        for table in TABLES:
            cursor.execute(f"SELECT * FROM {table} ORDER BY {table}")
            tables.append(cursor.fetchall())
    return tables


def test_pieces_added_up_in_the_database_are_what_orders_added_up_one_by_one_are(committed_db, now):
    brand = a_brand()
    dealer = a_dealer(brand)
    stores = [a_store(brand), a_store(brand, dealer=dealer, kind="franchise")]
    skus = [a_shelved_product(store, price_minor=500, stock=10).sku_id for store in stores]
    members = [new_id(), new_id(), None]
    orders = [
        ImportedOrder(
            str(number), stores[number % 2].id, members[number % 3], now - timedelta(days=400 - number * 3, hours=number),
            [ImportedLine(skus[at % 2] if at else new_id(), "x", at + number % 4, 100 * number + at, number % 3) for at in range(1 + number % 4)],
            scene=("till", "group")[number % 5 == 0],
        )
        for number in range(1, 60)
    ]  # fmt: skip
    assert record_imported_orders(orders[:30], brand_id=brand.id, source="old till", now=now) == 30
    drain(IMPORTED_SUBSCRIBER)
    assert record_imported_orders(orders[30:], brand_id=brand.id, source="old till", now=now) == 29
    drain(IMPORTED_SUBSCRIBER)
    at_once = everything()
    assert [len(rows) > 10 for rows in at_once] == [True] * 4
    rebuild_totals(brand.id)
    assert everything() == at_once
