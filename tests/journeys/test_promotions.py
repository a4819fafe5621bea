"""A day with promotions, over HTTP: headquarters publishes, the store chooses, a consumer buys at what was promised, another finds the
flash sale gone, goods come back at their share, and the books agree."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from sitong.marketing.promotions.queries.live import forget_promotions
from sitong.scene.payments.demo.protocol import notification, signature_headers
from sitong.scene.payments.demo.server import payment_resource
from sitong.shared.access.scope import every_brand
from sitong.shared.clock import now as clock_now
from sitong.shared.ids import new_id
from sitong.shared.ledger.books import check_books
from tests.journeys.test_first_order import Caller, provider, signed_in, town  # noqa: F401 fixtures
from tests.make.access import a_viewer, as_viewer


def defined(owner: Caller, kind: str, rule: dict, **fields) -> str:
    now = clock_now()
    wanted = {"id": new_id(), "kind": kind, "name": kind, "rule": rule, "starts_at": now - timedelta(hours=1),
              "ends_at": now + timedelta(days=1), **fields}  # fmt: skip
    wanted |= {"starts_at": wanted["starts_at"].isoformat(), "ends_at": wanted["ends_at"].isoformat()}
    status, made = owner.ask("POST", "/promotions", wanted)
    assert (status, made["state"]) == (201, "draft"), made
    assert owner.ask("POST", f"/promotions/{made['id']}/publish")[1]["state"] == "running"
    return made["id"]


@pytest.mark.usefixtures("settings")
def test_a_day_with_promotions(town, provider, settings):  # noqa: F811
    brand, store, milk, bread, merchant = town
    forget_promotions()
    owner = Caller(as_viewer(a_viewer("brand", brand, "owner")))
    manager = Caller(as_viewer(a_viewer("store", store, "manager")))
    flash = defined(owner, "flash", {"flash": [{"sku_id": milk.sku_id, "price_minor": 290, "stock": 2}]})
    half = defined(
        owner, "nth", {"count": 2, "percent_bp": 5000}, terms={"sku_ids": [bread.sku_id]}, stores_choose=True
    )
    assert [one["kind"] for one in Caller().ask("GET", f"/stores/{store.id}/promotions")[1]] == ["flash"]
    assert owner.ask("POST", f"/promotions/{half}/push", {"store_ids": [store.id]})[1] == {"pushed": 1}
    assert manager.ask("PUT", f"/stores/{store.id}/promotions/{half}")[1]["chosen"] is True

    consumer, other = signed_in(brand, settings), signed_in(brand, settings)
    lines = [{"sku_id": milk.sku_id, "quantity": 2}, {"sku_id": bread.sku_id, "quantity": 2}]
    status, quote = consumer.ask("POST", "/quotes", {"store_id": store.id, "lines": lines})
    assert (status, quote["goods_minor"], quote["promotion_minor"], quote["total_minor"]) == (
        200,
        3880,
        2000 + 325,
        1555,
    )
    theirs = other.ask("POST", "/quotes", {"store_id": store.id, "lines": lines[:1]})[1]
    assert theirs["total_minor"] == 580
    manager.ask("DELETE", f"/stores/{store.id}/promotions/{half}")
    wanted = {"id": new_id(), "store_id": store.id, "lines": lines, "promise": quote["promise"]}
    status, placed = consumer.ask("POST", "/orders", wanted)
    assert (status, placed["total_minor"]) == (201, 1555), placed
    assert consumer.ask("POST", "/orders", wanted) == (201, placed)
    late = other.ask(
        "POST", "/orders", {"id": new_id(), "store_id": store.id, "lines": lines[:1], "promise": theirs["promise"]}
    )
    assert (late[0], late[1]["code"], late[1]["facts"]) == (
        409,
        "scene.price_changed",
        {"expected_minor": 580, "total_minor": 2580},
    )

    way = consumer.ask("POST", f"/orders/{placed['id']}/pay")[1]
    row = provider.till.pay(way["cashier"].rsplit("/", 1)[-1])
    body = notification(
        provider.keys,
        event_type="TRANSACTION.SUCCESS",
        kind="transaction",
        resource=payment_resource(provider.keys, row),
    )
    told = Client().generic(
        "POST", f"/api/v1/payments/wechat/{merchant.id}/notify", body, headers=signature_headers(provider.keys, body)
    )
    assert told.status_code == 204, told.content
    code = consumer.ask("GET", f"/orders/{placed['id']}")[1]["pickup_code"]
    request = {"request_id": new_id(), "store_id": store.id, "pickup_code": code}
    assert manager.ask("POST", "/hand-overs", request)[0] == 200
    back = {
        "id": new_id(),
        "store_id": store.id,
        "receipt": placed["number"],
        "lines": [{"position": 2, "quantity": 1}],
    }
    status, returned = manager.ask("POST", "/returns", back)
    assert (status, returned["refund_minor"]) == (200, 487), (
        returned
    )  # half of 9.75, rounded down; the other half is 4.88
    results = owner.ask("GET", f"/promotions/{flash}/results")[1]
    assert (results["orders"], results["sales_minor"], results["saved_minor"]) == (1, 580, 2000)
    assert results["flash"] == [{"sku_id": str(milk.sku_id), "stock": 2, "sold": 2}]
    with every_brand():
        assert check_books() == []
