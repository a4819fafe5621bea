"""The first order, from sign-in to hand-over, as programs of consumer, provider, clerk and others see it over HTTP."""

from __future__ import annotations

import json
from uuid import UUID

import pytest
from django.test import Client

from sitong.goods.inventory.models import Level, Move
from sitong.scene.payments.demo.protocol import notification, signature_headers
from sitong.scene.payments.demo.server import payment_resource
from sitong.shared.access.scope import every_brand
from sitong.shared.clock import now as clock_now
from sitong.shared.events.reader import drain
from sitong.shared.ids import new_id
from sitong.shared.ledger.books import check_books
from tests.make.access import a_staff, a_viewer, as_viewer
from tests.make.goods import a_shelved_product
from tests.make.member import a_phone
from tests.make.org import a_brand, a_store
from tests.make.payments import a_merchant, a_provider
from tests.make.scene import forget_shops


class Caller:
    """A program with a token; `ask` gives status and JSON."""

    def __init__(self, headers: dict[str, str] | None = None) -> None:
        self.client, self.headers = Client(), headers or {}

    def ask(self, method: str, path: str, body: object = None) -> tuple[int, object]:
        content = b"" if body is None else json.dumps(body, default=str).encode()
        answer = self.client.generic(
            method, f"/api/v1{path}", content, "application/json", headers={"Accept-Language": "en", **self.headers}
        )
        return answer.status_code, answer.json() if answer.content else None


@pytest.fixture
def provider(tmp_path):
    with a_provider(tmp_path, notifies=False) as running:
        yield running


@pytest.fixture
def town(committed_db, provider):
    """A brand with one store that sells milk and bread, and its account with the payment provider."""
    now = clock_now()
    brand = a_brand(now=now)
    store = a_store(brand, now=now)
    forget_shops()
    milk, bread = a_shelved_product(store, 1290, 10, now=now), a_shelved_product(store, 650, 10, now=now)
    return brand, store, milk, bread, a_merchant(brand.id, provider, now=now)


def signed_in(brand, settings) -> Caller:
    settings.DEMO = True
    stranger, phone = Caller(), a_phone()
    status, sent = stranger.ask("POST", "/sign-in/code", {"brand": brand.code, "phone": phone})
    assert status == 200, sent
    status, given = stranger.ask(
        "POST", "/sign-in/phone", {"brand": brand.code, "phone": phone, "code": sent["demo_code"]}
    )
    assert status == 200, given
    return Caller({"Authorization": f"Bearer {given['token']}"})


def test_a_consumer_orders_pays_and_fetches(town, provider, settings):
    brand, store, milk, bread, merchant = town
    consumer = signed_in(brand, settings)

    for goods, quantity in ((milk, 2), (bread, 1)):
        assert consumer.ask("PUT", f"/carts/{store.id}/lines/{goods.sku_id}", {"quantity": quantity})[0] == 200
    status, cart = consumer.ask("GET", f"/carts/{store.id}")
    assert (status, cart["total_minor"]) == (200, 3230)
    assert cart["lines"][0]["reasons"] == [
        {"code": "list_price", "facts": {"unit_minor": 1290}, "sentence": "List price ¥12.90."}
    ]

    lines = [{"sku_id": line["sku_id"], "quantity": line["quantity"]} for line in cart["lines"]]
    wanted = {"id": new_id(), "store_id": store.id, "lines": lines, "expected_total_minor": 3230, "scene": "scan"}
    assert consumer.ask("POST", "/orders", {**wanted, "expected_total_minor": 3229})[1]["code"] == "scene.price_changed"
    status, placed = consumer.ask("POST", "/orders", wanted)
    assert (status, placed["total_minor"], placed["state"]) == (201, 3230, "placed")
    assert consumer.ask("POST", "/orders", wanted) == (201, placed)
    drain("scene.carts")
    assert consumer.ask("GET", f"/carts/{store.id}")[1]["lines"] == []

    status, way = consumer.ask("POST", f"/orders/{placed['id']}/pay")
    assert (status, way["amount_minor"]) == (200, 3230), way
    row = provider.till.pay(way["cashier"].rsplit("/", 1)[-1])
    body = notification(
        provider.keys,
        event_type="TRANSACTION.SUCCESS",
        kind="transaction",
        resource=payment_resource(provider.keys, row),
    )
    for _ in range(3):
        told = Client().generic(
            "POST",
            f"/api/v1/payments/wechat/{merchant.id}/notify",
            body,
            headers=signature_headers(provider.keys, body),
        )
        assert told.status_code == 204, told.content

    status, paid = consumer.ask("GET", f"/orders/{placed['id']}")
    assert (status, paid["state"], [step["step"] for step in paid["steps"]]) == (200, "paid", ["placed", "paid"])
    code = paid["pickup_code"]

    clerk = Caller(as_viewer(a_viewer("store", store, "clerk")))
    assert [(one["number"], one["pickup_code"]) for one in clerk.ask("GET", "/orders?state=paid")[1]] == [
        (placed["number"], "")
    ]
    request = {"request_id": new_id(), "store_id": store.id, "pickup_code": code}
    status, handed = clerk.ask("POST", "/hand-overs", request)
    assert (status, handed["number"]) == (200, placed["number"])
    assert clerk.ask("POST", "/hand-overs", request) == (200, handed)
    status, refused = clerk.ask("POST", "/hand-overs", {**request, "request_id": new_id()})
    assert (status, refused["code"]) == (409, "scene.handed_over_already")
    assert (
        consumer.ask("POST", f"/orders/{placed['id']}/cancel", {"request_id": new_id()})[1]["code"]
        == "scene.order_not_cancelable"
    )

    with every_brand():
        assert Level.objects.get(sku_id=milk.sku_id).on_hand == 8
        assert sorted(Move.objects.filter(document_id=UUID(placed["id"])).values_list("quantity", flat=True)) == [
            -2,
            -1,
        ]
        assert check_books() == []


def test_nobody_else_sees_or_changes_the_order(town, settings):
    brand, store, milk, _, merchant = town
    consumer = signed_in(brand, settings)
    wanted = {"id": new_id(), "store_id": store.id, "lines": [{"sku_id": milk.sku_id, "quantity": 1}]}
    placed = consumer.ask("POST", "/orders", wanted)[1]
    with every_brand():
        elsewhere = a_store(brand)
        foreign = a_brand()
        strangers = [
            Caller(as_viewer(a_viewer("consumer", brand))),
            Caller(as_viewer(a_viewer("store", elsewhere, "manager"))),
            Caller(as_viewer(a_viewer("brand", foreign, "owner"))),
        ]
        assert a_staff("store", store)
    path = f"/orders/{placed['id']}"
    for stranger in strangers:
        assert stranger.ask("GET", path)[0] == 404
        assert placed["number"] not in json.dumps(stranger.ask("GET", "/orders")[1])
        assert stranger.ask("POST", f"{path}/pay")[0] in {403, 404}
        assert stranger.ask("POST", f"{path}/cancel", {"request_id": new_id()})[0] in {403, 404}
        assert stranger.ask(
            "POST", "/hand-overs", {"request_id": new_id(), "store_id": store.id, "order_id": placed["id"]}
        )[0] in {403, 404}
    assert Caller().ask("GET", path)[0] == 401
    assert Caller().ask("POST", "/orders", wanted)[0] == 401
    assert Caller().ask("POST", f"/payments/wechat/{merchant.id}/notify", {"id": "x"})[1] == {
        "code": "FAIL",
        "message": "scene.notification_forged",
    }
    assert Caller().ask("POST", f"/payments/wechat/{new_id()}/notify", {"id": "x"})[0] == 404
    assert consumer.ask("GET", path)[1]["state"] == "placed"
    with every_brand():
        assert check_books() == []


@pytest.mark.parametrize("change", [
    {"id": "7"}, {"store_id": None}, {"lines": []}, {"lines": "milk"}, {"lines": [{"sku_id": str(new_id()), "quantity": 0}]},
    {"lines": [{"sku_id": str(new_id()), "quantity": -1}]}, {"lines": [{"sku_id": str(new_id()), "quantity": 10**30}]},
    {"lines": [{"sku_id": str(new_id()), "quantity": 1.5}]}, {"scene": "Ünknown scene"}, {"channel": "pos"}, {"expected_total_minor": -1},
    {"lines": [{"sku_id": "00000000-0000-7000-8000-000000000000", "quantity": 1}] * 2},
])  # fmt: skip
def test_a_malformed_order_is_answered_422(town, change):
    brand, store, milk, _, _ = town
    with every_brand():
        consumer = Caller(as_viewer(a_viewer("consumer", brand)))
    wanted = {"id": new_id(), "store_id": store.id, "lines": [{"sku_id": milk.sku_id, "quantity": 1}], **change}
    status, said = consumer.ask("POST", "/orders", wanted)
    assert (status, said["code"]) == (422, "shared.malformed")
    with every_brand():
        assert not Level.objects.filter(held__gt=0).exists()
