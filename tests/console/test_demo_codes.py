"""The demo's coded goods: made, packed, shipped to two dealers and on to their stores, once."""

from __future__ import annotations

from datetime import timedelta

from sitong.console.demo.codes import ITEMS, ship_coded_goods
from sitong.goods.codes.models import CodeBatch, CodeMove
from sitong.goods.codes.queries import standings_now
from sitong.shared.ledger.books import check_books
from tests.make.goods import a_product
from tests.make.org import NOW, a_brand, a_dealer, a_store


def test_the_demo_ships_coded_goods_once(db):
    brand = a_brand()
    dealers, stores = [a_dealer(brand).id for _ in range(2)], [a_store(brand).id for _ in range(2)]
    sku_id = a_product(brand.id).skus.get().id
    ship_coded_goods(brand.id, sku_id, dealers, stores, now=NOW)
    ship_coded_goods(brand.id, sku_id, dealers, stores, now=NOW + timedelta(hours=1))
    assert (CodeBatch.objects.count(), CodeMove.objects.count()) == (3, 2 * (2 + 6 + 5))
    items = CodeBatch.objects.get(level="item")
    found = standings_now([(items.id, serial) for serial in (1, 61, 73, ITEMS)])
    assert {serial: (one.state, one.place.kind) for (_, serial), one in found.items()} == {
        1: ("here", "store"), 61: ("way", "store"), 73: ("here", "dealer"),
    }  # fmt: skip
    assert check_books() == []
