"""Stock on the clerk's phone and on the desks of dealer and brand."""

import re

import pytest
from django.test import Client

from sitong.goods.inventory.actions import TransferLine, TransferWanted, transfer_stock
from sitong.goods.inventory.handlers import give_each_place_its_stock
from sitong.goods.inventory.models import Move
from sitong.goods.inventory.queries import levels_now, on_the_way_to
from sitong.org.brands.events import BrandFounded
from sitong.org.stores.events import StoreOpened
from sitong.shared.ids import new_id
from tests.make.access import a_staff, open_session
from tests.make.goods import a_product
from tests.make.goods_stock import received
from tests.make.org import a_brand, a_store


@pytest.fixture
def brand(db):
    return a_brand()


@pytest.fixture
def store(brand):
    store = a_store(brand)
    give_each_place_its_stock(
        [BrandFounded(brand.id, code=brand.code), StoreOpened(brand.id, store.id, None, store.kind)]
    )
    return store


@pytest.fixture
def sku_id(brand):
    return a_product(brand.id, name="纯牛奶", name_en="Whole milk").skus.get().id


def browser(system, place, role=None):
    client = Client()
    open_session(client, a_staff(system, place, role))
    return client


def shown(client, path, status=200):
    answer = client.get(path)
    assert answer.status_code == status, answer.content.decode()[:2000]
    return answer.content.decode()


@pytest.fixture
def do(sku_id):
    def deed(client, home, place, verb, **said):
        answer = client.post(f"{home}{place.id}/{sku_id}/{verb}/", {"id": str(new_id()), **said}, follow=True)
        assert answer.status_code == 200
        return answer.content.decode()

    return deed


def test_a_clerk_receives_counts_writes_off_and_keeps_a_reserve(store, sku_id, do):
    clerk = browser("store", store)
    assert "纯牛奶" in shown(clerk, "/store/stock/?q=牛奶")
    assert "已保存" in do(clerk, "/store/stock/", store, "receive", quantity="12", lot="L1", expires_on="2099-01-01")
    page = do(clerk, "/store/stock/", store, "count", quantity="10")
    assert "L1" in page
    do(clerk, "/store/stock/", store, "write-off", quantity="1", note="碎了")
    do(clerk, "/store/stock/", store, "safety", quantity="4")
    level = levels_now([(store.id, sku_id)])[store.id, sku_id]
    assert (level.on_hand, level.safety, level.free) == (9, 4, 5)
    assert "纯牛奶" in shown(clerk, "/store/stock/")
    problem = do(clerk, "/store/stock/", store, "write-off", quantity="50")
    assert "50" in problem
    assert levels_now([(store.id, sku_id)])[store.id, sku_id].on_hand == 9
    assert sorted(Move.objects.values_list("quantity", flat=True)) == [-2, -1, 12]


def test_a_second_tap_on_the_same_form_changes_nothing(store, sku_id, do):
    clerk = browser("store", store)
    page = shown(clerk, f"/store/stock/{store.id}/{sku_id}/")
    request_id = re.search(r'name="id" value="([^"]+)"', page)[1]
    for _ in range(2):
        do(clerk, "/store/stock/", store, "receive", quantity="5", id=request_id)
    assert levels_now([(store.id, sku_id)])[store.id, sku_id].on_hand == 5


def test_headquarters_sends_and_the_store_takes_in(brand, store, sku_id, do, now):
    received(brand.id, [(sku_id, 20)], now=now)
    desk = browser("brand", brand)
    assert str(sku_id) in shown(desk, f"/brand/stock/?place={brand.id}")
    do(desk, "/brand/stock/", brand, "transfer", quantity="8", to=str(store.id))
    (coming,) = on_the_way_to([store.id])
    assert coming.quantity == 8
    clerk = browser("store", store)
    page = shown(clerk, "/store/stock/")
    assert f"/arrive/{coming.shipment_id}/" in page
    answer = clerk.post(f"/store/stock/{store.id}/arrive/{coming.shipment_id}/", {"id": str(new_id())}, follow=True)
    assert "已保存" in answer.content.decode()
    assert levels_now([(store.id, sku_id)])[store.id, sku_id].on_hand == 8
    assert on_the_way_to([store.id]) == []


def test_stock_of_another_store_is_neither_seen_nor_changed(brand, store, sku_id, now):
    received(store.id, [(sku_id, 20)], now=now)
    other = a_store(brand)
    give_each_place_its_stock([StoreOpened(brand.id, other.id, None, other.kind)])
    stranger = browser("store", other)
    shown(stranger, f"/store/stock/{store.id}/{sku_id}/", 404)
    shown(stranger, f"/store/stock/?place={store.id}", 404)
    assert (
        stranger.post(f"/store/stock/{store.id}/{sku_id}/count/", {"id": str(new_id()), "quantity": "0"}).status_code
        == 404
    )
    transfer_stock([TransferWanted(new_id(), store.id, brand.id, (TransferLine(sku_id, 1),))], by=None, now=now)
    assert levels_now([(store.id, sku_id)])[store.id, sku_id].on_hand == 19


def test_who_may_only_see_gets_no_forms(brand, store, sku_id, now):
    received(store.id, [(sku_id, 20)], now=now)
    finance = browser("brand", brand, "finance")
    page = shown(finance, f"/brand/stock/{store.id}/{sku_id}/")
    assert "/count/" not in page
    assert (
        finance.post(f"/brand/stock/{store.id}/{sku_id}/count/", {"id": str(new_id()), "quantity": "0"}).status_code
        == 403
    )
    assert levels_now([(store.id, sku_id)])[store.id, sku_id].on_hand == 20
