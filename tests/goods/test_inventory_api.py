"""Stock over HTTP, as each account system may see and change it."""

import pytest
from django.test import Client

from sitong.goods.inventory.handlers import give_each_place_its_stock
from sitong.goods.inventory.models import Location, Move, StockDocument
from sitong.org.brands.events import BrandFounded
from sitong.org.dealers.events import DealerAppointed
from sitong.org.stores.events import StoreOpened
from sitong.shared.ids import new_id
from tests.make.access import a_viewer, as_viewer
from tests.make.goods_stock import some_skus
from tests.make.org import a_brand, a_dealer, a_store


@pytest.fixture
def brand(db):
    return a_brand()


@pytest.fixture
def dealer(brand):
    return a_dealer(brand)


@pytest.fixture
def store(brand, dealer):
    store = a_store(brand, dealer=dealer)
    give_each_place_its_stock([
        BrandFounded(brand.id, code=brand.code), DealerAppointed(brand.id, dealer.id, None), StoreOpened(brand.id, store.id, dealer.id, store.kind),
    ])  # fmt: skip
    return store


@pytest.fixture
def skus(brand, now):
    return [sku.id for sku in some_skus(3, brand_id=brand.id, now=now)]


def ask(viewer, method, path, said=None):
    answer = getattr(Client(), method)(
        f"/api/v1/stock{path}", said, content_type="application/json", headers=as_viewer(viewer)
    )
    return answer.status_code, answer.json()


def lines(*pairs, **other):
    return [{"sku_id": str(sku), "quantity": quantity, **other} for sku, quantity in pairs]


def test_each_place_gets_its_stock_once(brand, dealer, store):
    assert sorted(Location.objects.exclude(kind="transit").values_list("kind", "id")) == [
        ("brand_warehouse", brand.id), ("dealer_warehouse", dealer.id), ("store", store.id),
    ]  # fmt: skip
    give_each_place_its_stock([StoreOpened(brand.id, store.id, dealer.id, store.kind)])
    assert Location.objects.count() == 6


def test_a_clerk_receives_counts_and_writes_off(store, skus):
    clerk = a_viewer("store", store)
    receipt = {
        "id": str(new_id()),
        "lines": lines((skus[0], 10), lot="L1", expires_on="2099-01-01") + lines((skus[1], 2)),
    }
    assert ask(clerk, "post", f"/{store.id}/receipts", receipt)[1]["kind"] == "receipt"
    assert ask(clerk, "post", f"/{store.id}/receipts", receipt)[0] == 200
    count = {"id": str(new_id()), "lines": [{"sku_id": str(skus[1]), "counted": 5}]}
    assert ask(clerk, "post", f"/{store.id}/counts", count)[0] == 200
    off = {"id": str(new_id()), "lines": lines((skus[0], 1)), "note": "broken"}
    assert ask(clerk, "post", f"/{store.id}/write-offs", off)[1]["note"] == "broken"
    assert ask(clerk, "put", f"/{store.id}/safety", {"lines": [{"sku_id": str(skus[0]), "safety": 4}]})[1] == [
        {"sku_id": str(skus[0]), "safety": 4}
    ]
    status, page = ask(clerk, "get", f"/{store.id}/levels")
    assert status == 200
    found = {
        item["sku_id"]: (item["on_hand"], item["free"], item["next_expiry_on"], item["name"]) for item in page["items"]
    }
    assert found == {str(skus[0]): (9, 5, "2099-01-01", "货"), str(skus[1]): (5, 5, None, "货")}
    _, shown = ask(clerk, "get", f"/{store.id}/skus/{skus[0]}")
    assert (shown["on_hand"], shown["lots"]) == (9, [{"code": "L1", "expires_on": "2099-01-01", "quantity": 9}])
    assert sorted((move["quantity"], move["reason"], move["by"]) for move in shown["moves"]) == [
        (-1, "write_off", str(clerk.account_id)), (10, "receipt", str(clerk.account_id)),
    ]  # fmt: skip
    assert [one["kind"] for one in ask(clerk, "get", f"/{store.id}/documents")[1]][::-1] == [
        "receipt",
        "count",
        "write_off",
    ]


def test_the_brand_ships_and_the_store_takes_in_what_came(brand, store, skus):
    headquarters, clerk = a_viewer("brand", brand), a_viewer("store", store)
    ask(headquarters, "post", f"/{brand.id}/receipts", {"id": str(new_id()), "lines": lines((skus[0], 10))})
    shipment = {"id": str(new_id()), "to_location_id": str(store.id), "lines": lines((skus[0], 6))}
    assert ask(headquarters, "post", f"/{brand.id}/transfers", shipment)[1]["to_location_id"] == str(store.id)
    assert ask(clerk, "get", f"/{store.id}/on-the-way")[1] == [
        {"shipment_id": shipment["id"], "from_location_id": str(brand.id), "sku_id": str(skus[0]), "quantity": 6}
    ]
    above = {"id": str(new_id()), "shipment_id": shipment["id"], "lines": lines((skus[0], 7))}
    status, answer = ask(clerk, "post", f"/{store.id}/arrivals", above)
    assert (status, answer["code"], answer["facts"]["on_the_way"]) == (409, "goods.not_on_the_way", 6)
    assert ask(clerk, "post", f"/{store.id}/arrivals", {**above, "lines": lines((skus[0], 6))})[0] == 200
    assert ask(clerk, "get", f"/{store.id}/levels")[1]["items"][0]["on_hand"] == 6


def test_levels_come_in_pages(store, skus):
    clerk = a_viewer("store", store)
    ask(clerk, "post", f"/{store.id}/receipts", {"id": str(new_id()), "lines": lines(*((sku, 1) for sku in skus))})
    _, first = ask(clerk, "get", f"/{store.id}/levels?limit=2")
    _, second = ask(clerk, "get", f"/{store.id}/levels?limit=2&after={first['after']}")
    assert [item["sku_id"] for item in first["items"] + second["items"]] == sorted(map(str, skus))
    assert second["after"] is None


def test_nobody_sees_or_changes_stock_that_is_not_theirs(brand, dealer, store, skus):
    other_store = a_store(brand)
    give_each_place_its_stock([StoreOpened(brand.id, other_store.id, None, other_store.kind)])
    rival = a_brand()
    strangers = [a_viewer("store", other_store), a_viewer("dealer", a_dealer(brand)), a_viewer("brand", rival)]
    receipt = {"id": str(new_id()), "lines": lines((skus[0], 10))}
    for stranger in strangers:
        for path in ("levels", "documents", "on-the-way", f"skus/{skus[0]}"):
            assert ask(stranger, "get", f"/{store.id}/{path}")[0] == 404
        assert ask(stranger, "post", f"/{store.id}/receipts", receipt)[0] == 404
    assert [one["id"] for one in ask(a_viewer("store", store), "get", "/locations")[1]] == [str(store.id)]
    seen = {one["id"] for one in ask(a_viewer("dealer", dealer), "get", "/locations")[1]}
    assert seen == {str(dealer.id), str(store.id)}
    finance = a_viewer("brand", brand, "finance")
    assert ask(finance, "post", f"/{store.id}/receipts", receipt)[0] == 403
    assert Client().get(f"/api/v1/stock/{store.id}/levels").status_code == 401
    assert (Move.objects.count(), StockDocument.objects.count()) == (0, 0)


@pytest.mark.parametrize(
    "wrong",
    [
        {"id": "x", "lines": []},
        {"lines": [{"sku_id": str(new_id()), "quantity": 1}]},
        {"id": str(new_id()), "lines": [{"sku_id": str(new_id()), "quantity": -1}]},
        {"id": str(new_id()), "lines": [{"sku_id": str(new_id()), "quantity": 10**30}]},
        {"id": str(new_id()), "lines": [{"sku_id": str(new_id()), "quantity": 1, "lot": "\x00"}]},
        {"id": str(new_id()), "lines": [{"sku_id": str(new_id()), "quantity": 1, "expires_on": "soon"}]},
        {"id": str(new_id()), "lines": [{"sku_id": str(new_id()), "quantity": 1}], "extra": 1},
    ],
)
def test_what_is_malformed_is_told_so(store, wrong):
    assert ask(a_viewer("store", store), "post", f"/{store.id}/receipts", wrong)[0] == 422
    assert not StockDocument.objects.exists()


def test_unknown_skus_and_zero_quantities_are_refused(store, skus):
    clerk = a_viewer("store", store)
    status, answer = ask(clerk, "post", f"/{store.id}/receipts", {"id": str(new_id()), "lines": lines((new_id(), 1))})
    assert (status, answer["code"]) == (404, "shared.not_found")
    status, answer = ask(clerk, "post", f"/{store.id}/receipts", {"id": str(new_id()), "lines": lines((skus[0], 0))})
    assert (status, answer["code"]) == (409, "goods.quantity_not_positive")
    safety = {"lines": [{"sku_id": str(skus[0]), "safety": 4}, {"sku_id": str(new_id()), "safety": 4}]}
    assert ask(clerk, "put", f"/{store.id}/safety", safety)[0] == 404
    assert ask(clerk, "get", f"/{store.id}/levels")[1]["items"] == []
