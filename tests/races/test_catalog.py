"""Two desks at once: the same product added twice, two prices for one SKU. Each with its control: without the lock it breaks."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

from django.db import connection
from django.db.utils import IntegrityError

from sitong.goods.catalog.actions import ProductWanted, SkuWanted, add_products, products
from sitong.goods.models import Price, Product, Sku
from sitong.goods.pricing import actions as pricing
from sitong.goods.pricing.actions import PriceWanted, set_prices
from sitong.goods.pricing.books import overlapping_prices
from sitong.shared.access.scope import every_brand
from tests.make.goods import a_product, priced
from tests.make.org import a_brand

HANDS = 4


def at_once(deed) -> list[Any]:
    """Run `deed(number)` in threads that start together; give what came of each."""
    outcomes: list[Any] = [None] * HANDS
    start = threading.Barrier(HANDS)

    def run(number: int) -> None:
        try:
            start.wait(10)
            with every_brand():
                outcomes[number] = deed(number)
        except Exception as failed:
            outcomes[number] = failed
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=[number]) for number in range(HANDS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    return outcomes


def add_milk(brand_id, now):
    def deed(_number: int) -> Any:
        return add_products(
            [ProductWanted(brand_id, "MILK", "纯牛奶", skus=(SkuWanted("MILK-1L"),))], by=None, now=now
        )[0]

    return deed


def slowed(function, barrier):
    """Let every hand look before any writes."""

    def slow(*arguments: Any, **options: Any) -> Any:
        found = function(*arguments, **options)
        barrier.wait(10)
        return found

    return slow


def test_the_same_product_added_at_once_is_one_product(committed_db, now):
    brand = a_brand()
    outcomes = at_once(add_milk(brand.id, now))
    assert len({one.id for one in outcomes}) == 1
    assert (Product.objects.count(), Sku.objects.count()) == (1, 1)


def test_control_without_the_lock_adding_at_once_breaks(committed_db, now, monkeypatch):
    brand = a_brand()
    monkeypatch.setattr(products, "lock_catalog", lambda brands: None)
    monkeypatch.setattr(products, "_taken", slowed(products._taken, threading.Barrier(HANDS)))
    outcomes = at_once(add_milk(brand.id, now))
    assert sum(isinstance(one, IntegrityError) for one in outcomes) == HANDS - 1


def price_it(sku_id, now):
    def deed(number: int) -> Any:
        return set_prices(
            [PriceWanted(sku_id, 1000 + number, starts_at=now + timedelta(hours=number + 1))], by=None, now=now
        )[0]

    return deed


def test_prices_set_at_once_follow_each_other(committed_db, now):
    sku = Sku.objects.get(product=a_product(a_brand().id))
    priced(sku.id, 900, now=now)
    at_once(price_it(sku.id, now))
    assert [one.amount_minor for one in Price.objects.order_by("starts_at")] == [900, 1000, 1001, 1002, 1003]
    assert overlapping_prices() == []
    assert Price.objects.filter(ends_at=None).count() == 1


def test_control_without_the_lock_prices_set_at_once_break(committed_db, now, monkeypatch):
    sku = Sku.objects.get(product=a_product(a_brand().id))
    priced(sku.id, 900, now=now)
    monkeypatch.setattr(pricing, "LOCK_SKUS", pricing.LOCK_SKUS.replace(" FOR NO KEY UPDATE", ""))
    monkeypatch.setattr(pricing, "_standing", slowed(pricing._standing, threading.Barrier(HANDS)))
    outcomes = at_once(price_it(sku.id, now))
    assert sum(isinstance(one, IntegrityError) for one in outcomes) == HANDS - 1
