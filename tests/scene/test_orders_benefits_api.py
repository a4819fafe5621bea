"""Quotes, carts and orders with coupons, points and a promise over HTTP, and the checkout's choice by hand."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

from sitong.scene.cart.actions import CartKey, put_in_cart
from sitong.scene.cart.benefits import forget_plans
from sitong.scene.models import Order
from sitong.shared.ids import new_id
from tests.make.access import a_viewer, as_viewer
from tests.make.goods import priced
from tests.make.marketing import a_claim, a_coupon
from tests.make.member import a_member
from tests.make.points import a_points_plan, some_points
from tests.make.scene import a_selling_store

pytestmark = pytest.mark.usefixtures("db")


@pytest.fixture
def earlier():
    return datetime.now(UTC) - timedelta(hours=1)


@pytest.fixture
def selling(earlier):
    forget_plans()
    selling = a_selling_store(prices=(1290, 250), stock=50, now=earlier)
    a_points_plan(SimpleNamespace(id=selling.store.brand_id), now=earlier)
    some_points(selling.member, 300, now=earlier)
    return selling


@pytest.fixture
def her(selling):
    return as_viewer(a_viewer("consumer", selling.member))


def held(selling, earlier, **fields):
    coupon = a_coupon(SimpleNamespace(id=selling.store.brand_id), now=earlier, **fields)
    return a_claim(coupon, selling.member, now=earlier)


def asked(client, selling, her, **wishes):
    body = {
        "store_id": str(selling.store.id), "lines": [{"sku_id": str(selling.goods[0].sku_id), "quantity": 2}], **wishes
    }  # fmt: skip
    answer = client.post("/api/v1/quotes", body, "application/json", headers={**her, "Accept-Language": "en"})
    assert answer.status_code == 200, answer.content
    return answer.json()


def ordered(client, selling, her, quantity: int = 2, **more):
    body = {
        "id": str(new_id()), "store_id": str(selling.store.id),
        "lines": [{"sku_id": str(selling.goods[0].sku_id), "quantity": quantity}], **more,
    }  # fmt: skip
    return client.post("/api/v1/orders", body, "application/json", headers={**her, "Accept-Language": "en"})


def test_a_quote_explains_used_and_unused_coupons_and_its_promise_places_the_order(client, selling, her, earlier):
    used, short = held(selling, earlier), held(selling, earlier, threshold_minor=10_000)
    quote = asked(client, selling, her, best_coupons=True, points="max")
    assert (quote["total_minor"], quote["coupon_minor"], quote["points_minor"], quote["points"]) == (
        1780,
        500,
        300,
        300,
    )
    first, second = quote["coupons"]
    assert (first["claim_id"], first["saved_minor"], first["reason"]) == (str(used.id), 500, None)
    assert (second["claim_id"], second["reason"]["code"]) == (str(short.id), "needs_more")
    assert second["reason"]["sentence"] == "It needs ¥74.20 more of its goods (from ¥100.00)."
    assert [reason["sentence"] for reason in quote["lines"][0]["reasons"]][1:] == [
        "Coupon Five off: you save ¥5.00.", "Points pay ¥3.00 of it.",
    ]  # fmt: skip
    priced(selling.goods[0].sku_id, 9900, now=datetime.now(UTC))
    placed = ordered(client, selling, her, promise=quote["promise"])
    assert (placed.status_code, placed.json()["total_minor"]) == (201, 1780)
    shown = client.get(f"/api/v1/orders/{placed.json()['id']}", headers=her).json()
    assert (shown["coupon_minor"], shown["points_minor"], shown["points_spent"]) == (500, 300, 300)
    assert (shown["lines"][0]["coupon_minor"], shown["lines"][0]["points_minor"]) == (500, 300)


def test_a_promise_for_another_cart_is_refused(client, selling, her, earlier):
    held(selling, earlier)
    quote = asked(client, selling, her, best_coupons=True)
    refused = ordered(client, selling, her, quantity=3, promise=quote["promise"])
    assert (refused.status_code, refused.json()["code"]) == (409, "scene.promise_wrong")
    stranger = as_viewer(a_viewer("consumer", a_member(SimpleNamespace(id=selling.store.brand_id))))
    assert ordered(client, selling, stranger, promise=quote["promise"]).json()["code"] == "scene.promise_wrong"
    assert Order.objects.count() == 0


def test_coupons_named_in_a_quote_are_the_callers_own(client, selling, her, earlier):
    claim = held(selling, earlier)
    stranger = as_viewer(a_viewer("consumer", a_member(SimpleNamespace(id=selling.store.brand_id))))
    quote = asked(client, selling, stranger, coupon_claim_ids=[str(claim.id)])
    assert (quote["total_minor"], quote["coupons"][0]["reason"]["code"]) == (2580, "not_held")
    assert quote["coupons"][0]["name"] == ""
    refused = ordered(client, selling, stranger, coupon_claim_ids=[str(claim.id)])
    assert (refused.status_code, refused.json()["code"]) == (409, "marketing.coupon_not_applicable")


def test_a_cart_is_quoted_with_what_is_asked_for(client, selling, her, earlier):
    claim = held(selling, earlier)
    cart = CartKey(selling.store.brand_id, selling.member.id, selling.store.id)
    put_in_cart(cart, selling.goods[0].sku_id, quantity=1, now=earlier)
    address = f"/api/v1/carts/{selling.store.id}"
    totals = [
        client.get(f"{address}{query}", headers=her).json()["total_minor"]
        for query in ("", "?best_coupons=true", f"?coupon_claim_id={claim.id}&points=90", "?points=max")
    ]
    assert totals == [1290, 790, 700, 990]


def test_a_price_that_changed_is_said_with_the_new_total(client, selling, her):
    refused = ordered(client, selling, her, expected_total_minor=2000)
    assert refused.status_code == 409
    assert refused.json()["facts"] == {"expected_minor": 2000, "total_minor": 2580}
    assert "price has changed" in refused.json()["message"]
