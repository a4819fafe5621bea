"""The catalog over HTTP: the public shelf, hot and through Django, and what staff may do."""

from __future__ import annotations

import asyncio
from urllib.parse import quote

import orjson
import pytest

from sitong.goods.catalog.api import HOT, SHELVES
from sitong.goods.catalog.queries.search import forget_rankings
from sitong.goods.catalog.queries.shelf_json import forget_stores
from sitong.goods.models import Barcode, Listing, Offer, Price, Product, Sku
from sitong.org.stores.actions import close_store
from sitong.shared.access.scope import every_brand
from sitong.shared.batch.hot import HotTable, answer_hot
from sitong.shared.ids import new_id
from tests.make.access import a_viewer, as_viewer
from tests.make.goods import a_category, a_product, a_shelved_product, on_shelf, priced
from tests.make.org import a_brand, a_dealer, a_store


@pytest.fixture(autouse=True)
def _nothing_remembered():
    forget_rankings()
    forget_stores()


class Api:
    """Django's test client with a token; whatever scope a request sets, the test sees all again afterwards."""

    def __init__(self, client, viewer=None) -> None:
        self.client, self.headers = client, as_viewer(viewer) if viewer else {}

    def get(self, path):
        with every_brand():
            return self.client.get(f"/api/v1{path}", headers=self.headers)

    def send(self, path, body, method="post"):
        with every_brand():
            return getattr(self.client, method)(
                f"/api/v1{path}", orjson.dumps(body), "application/json", headers=self.headers
            )


def test_everybody_may_list_and_search_a_store_s_shelf(db, client):
    store = a_store(a_brand())
    milk = a_shelved_product(store, 1290, 7, name="纯牛奶", name_en="Whole milk", rank=3)
    a_shelved_product(store, 850, 0, name="面包", name_en="Bread", rank=9)
    api = Api(client)
    page = api.get(f"/stores/{store.id}/products?limit=1").json()
    assert ([one["name"] for one in page["items"]], page["currency"]) == (["面包"], "CNY")
    (item,) = api.get(f"/stores/{store.id}/products?limit=1&after={page['after']}").json()["items"]
    assert item == {
        "product_id": str(milk.id), "code": milk.product.code, "name": "纯牛奶", "name_en": "Whole milk", "picture": "", "role": "regular",
        "category_id": None, "sku_id": str(milk.sku_id), "variant": "", "variant_en": "", "weighed": False, "skus": 1, "price_minor": 1290,
        "struck_minor": None, "promotion_ends_at": None, "free": 7, "sold_out": False,
    }  # fmt: skip
    assert [one["name"] for one in api.get(f"/stores/{store.id}/products?q=mlik").json()["items"]] == ["纯牛奶"]
    product = api.get(f"/stores/{store.id}/products/{milk.id}").json()
    assert (product["name"], [sku["price_minor"] for sku in product["skus"]]) == ("纯牛奶", [1290])


def test_there_is_no_shelf_of_an_unknown_or_closed_store(db, client, now):
    store = a_store(a_brand())
    close_store(store.id, by=None, now=now)
    api = Api(client)
    for store_id in (store.id, new_id()):
        for path in ("products", "products?q=x", "categories", f"products/{new_id()}"):
            answer = api.get(f"/stores/{store_id}/{path}")
            assert (answer.status_code, answer.json()["code"]) == (404, "shared.not_found")
    for query in ("limit=0", "limit=x", "channel=pos", "category_id=1", f"q={'x' * 101}"):
        assert api.get(f"/stores/{store.id}/products?{query}").status_code == 422


def test_the_hot_route_gives_the_same_bytes_as_django(committed_db, client):
    store = a_store(a_brand())
    category = a_category(store.brand_id, name="乳品", name_en="Dairy")
    for number in range(5):
        a_shelved_product(
            store,
            100 + number,
            number,
            name=f"牛奶{number}",
            rank=number,
            category_id=category.id if number % 2 else None,
        )
    table = HotTable(HOT)
    queries = [
        "",
        "limit=2",
        f"q={quote('牛奶')}",
        f"category_id={category.id}",
        "after=2.ffffffffffffffffffffffffffffffff",
        "limit=0",
        "q=",
    ]

    async def hot(store_id, query):
        route, parameter = table.find("GET", f"/api/v1/stores/{store_id}/products")
        return await answer_hot(route, parameter, query=query.encode(), headers={}, body=b"", request_id="test")

    async def all_together():
        return await asyncio.gather(*[hot(store.id, query) for query in queries], hot(new_id(), ""), hot("x", ""))

    try:
        answers = asyncio.run(all_together())
    finally:
        SHELVES.stop()
        SHELVES.reopen()
    for query, (status, _, body) in zip(queries, answers, strict=False):
        through_django = client.get(f"/api/v1/stores/{store.id}/products?{query}")
        assert status == through_django.status_code
        if status == 200:
            assert body == through_django.content
    assert [status for status, _, _ in answers] == [200, 200, 200, 200, 200, 422, 200, 404, 404]


def test_headquarters_manages_the_catalog_by_program(db, client):
    brand = a_brand()
    api = Api(client, a_viewer("brand", brand))
    (category,) = api.send("/categories", [{"code": "DAIRY", "name": "乳品", "name_en": "Dairy"}]).json()
    product = {
        "code": "MILK",
        "name": "纯牛奶",
        "category_id": category["id"],
        "skus": [{"code": "MILK-1L", "barcodes": [{"gtin": "6901234567892"}]}],
    }
    added, refused = api.send("/products", [product, {**product, "code": "OTHER"}]).json()
    assert (refused["code"], refused["facts"]) == ("goods.code_taken", {"code": "MILK-1L"})
    sku = Sku.objects.get(product_id=added["id"])
    shown = api.get(f"/products/{added['id']}").json()
    assert (shown["name"], shown["skus"][0]["barcodes"]) == ("纯牛奶", [{"gtin": "6901234567892", "units": 1}])
    assert [one["code"] for one in api.get("/products?q=niunai").json()] == ["MILK"]
    assert api.send("/prices", [{"sku_id": str(sku.id), "amount_minor": 1290}]).json()[0]["id"]
    assert [one["amount_minor"] for one in api.get(f"/skus/{sku.id}/prices").json()] == [1290]
    dealers = Api(client, a_viewer("dealer", a_dealer(brand)))
    assert dealers.get(f"/skus/{sku.id}/prices").status_code == 404  # not offered to it
    assert api.get("/barcodes/6901234567892").json() == {"sku_id": str(sku.id), "units": 1, "price_minor": None}
    assert api.send(f"/products/{added['id']}", {"name_en": "Milk"}, "patch").json()["name_en"] == "Milk"
    store = a_store(brand)
    assert (
        api.send("/offers", {"product_ids": [added["id"]], "places": [{"kind": "store", "id": str(store.id)}]}).json()[
            0
        ]["id"]
        == added["id"]
    )
    ids = {"product_ids": [added["id"], str(new_id())]}
    assert [one["code"] for one in api.send(f"/stores/{store.id}/adopt", ids).json()] == ["", "goods.not_offered"]
    assert [one["code"] for one in api.send(f"/stores/{store.id}/shelve", ids).json()] == ["", "goods.not_adopted"]
    assert [row["adopted"] for row in api.get("/adoption").json()] == [
        1,
        1,
        0,
    ]  # brand, its own store, a dealer without stores
    assert (
        api.send(
            "/offers/recall", {"product_ids": [added["id"]], "places": [{"kind": "store", "id": str(store.id)}]}
        ).json()
        == 1
    )
    assert api.send("/products/withdraw", {"product_ids": [added["id"]]}).json()[0]["id"] == added["id"]
    assert not Listing.objects.exclude(shelved_at=None).exists()


def test_others_change_nothing(db, client, now):
    brand = a_brand()
    dealer, store = a_dealer(brand), a_store(brand)
    product = a_product(brand.id)
    sku = Sku.objects.get(product=product)
    price_id = priced(sku.id, 1000)
    on_shelf(store, [product])
    viewers = [
        None, a_viewer("brand", brand, "finance"), a_viewer("dealer", dealer), a_viewer("store", a_store(brand)), a_viewer("consumer", brand),
        a_viewer("brand", a_brand()),
    ]  # fmt: skip
    one = {"product_ids": [str(product.id)]}
    changes = [
        ("/products", [{"code": "X", "name": "X", "skus": [{"code": "X"}]}]), (f"/products/{product.id}", {"name": "X"}),
        ("/products/withdraw", one), ("/prices", [{"sku_id": str(sku.id), "amount_minor": 1}]), ("/prices/end", {"price_ids": [str(price_id)]}),
        ("/barcodes", [{"sku_id": str(sku.id), "gtin": "6901234567892"}]), ("/offers", {**one, "places": [{"kind": "store", "id": str(store.id)}]}),
        ("/offers/recall", {**one, "places": [{"kind": "brand", "id": str(brand.id)}]}), (f"/stores/{store.id}/unshelve", one),
    ]  # fmt: skip
    for viewer in viewers:
        api = Api(client, viewer)
        for path, body in changes:
            answer = api.send(path, body, "patch" if path.endswith(str(product.id)) else "post")
            if (
                viewer is viewers[-1] and answer.status_code == 200
            ):  # another brand's owner: each outcome says that there is no such thing
                continue
            assert answer.status_code in {401, 403, 404}, (viewer, path, answer.content)
    assert list(Product.objects.filter(brand_id=brand.id).values_list("name", "withdrawn_at")) == [("纯牛奶", None)]
    assert list(Price.objects.values_list("amount_minor", "ends_at")) == [(1000, None)]
    assert (Barcode.objects.count(), Offer.objects.count(), Listing.objects.exclude(shelved_at=None).count()) == (
        0,
        1,
        1,
    )


@pytest.mark.parametrize("body", [
    [{"code": "A\x00", "name": "A", "skus": [{"code": "A"}]}], [{"code": "A", "name": "A", "skus": []}], [{"code": "A"}], {}, [], "x",
    [{"code": "A", "name": "A", "skus": [{"code": "A", "units": 1}]}], [{"code": "A", "name": "A", "rank": 10**12, "skus": [{"code": "A"}]}],
])  # fmt: skip
def test_what_cannot_be_read_is_refused_and_nothing_is_added(db, client, body):
    answer = Api(client, a_viewer("brand", a_brand())).send("/products", body)
    assert answer.status_code == 422 or answer.json() == []
    assert not Product.objects.exists()
