"""The mini shop's pages without a browser: carts of strangers, forms that are sent twice, what the home page weighs."""

from __future__ import annotations

import gzip
import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from sitong.scene.channels.shelves import DEPARTMENTS, HOMES
from sitong.scene.channels.shop import forget_stores
from sitong.scene.models import CartLine, Order
from sitong.shared.clock import now as clock_now
from sitong.shared.ids import new_id
from tests.make.access import a_consumer, a_staff, open_session
from tests.make.goods import a_category, a_shelved_product
from tests.make.org import a_brand, a_store
from tests.make.scene import Selling, a_paid_order, a_selling_store


@pytest.fixture(autouse=True)
def nothing_remembered():
    for forget in (forget_stores, HOMES.forget, DEPARTMENTS.forget):
        forget()


@pytest.fixture
def selling(db) -> Selling:
    return a_selling_store(
        brand=a_brand(code="living", now=_long_ago()), now=_long_ago(), code="people", name_en="People's Square"
    )


def _long_ago():
    return clock_now() - timedelta(days=10)


def _shop(selling: Selling) -> str:
    return f"/s/living/{selling.store.code}/"


def _put(client: Client, selling: Selling, at: int, quantity: int):
    return client.post(f"{_shop(selling)}cart/add/", {"sku": str(selling.goods[at].sku_id), "quantity": quantity})


def _signed_in(selling: Selling, client: Client | None = None):
    account, member = a_consumer(type("brand", (), {"id": selling.store.brand_id}))
    client = client or Client()
    kept = client.cookies.copy()
    open_session(client, account, member)
    client.cookies.update({name: kept[name] for name in kept if name not in client.cookies})
    return client, member


def _form(client: Client, selling: Selling) -> dict[str, list[str]]:
    """What the check-out page would send."""
    page = client.get(f"{_shop(selling)}checkout/").content.decode()
    found: dict[str, list[str]] = {}
    for name, value in re.findall(r'<input type="hidden" name="(id|expected|line)" value="([^"]+)"', page):
        found.setdefault(name, []).append(value)
    return found


def test_the_home_page_is_small_packed_and_known_again(selling):
    plain = Client().get(_shop(selling), headers={"Accept-Language": "zh-CN"})
    packed = Client().get(_shop(selling), headers={"Accept-Language": "zh-CN", "Accept-Encoding": "gzip"})
    assert gzip.decompress(packed.content) == plain.content
    assert len(packed.content) < 100_000
    again = Client().get(_shop(selling), headers={"Accept-Language": "zh-CN", "If-None-Match": plain["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    english = Client().get(_shop(selling), headers={"Accept-Language": "en"})
    assert "People&#x27;s Square" in english.content.decode()
    assert english["ETag"] != plain["ETag"]


def test_the_home_page_of_a_visitor_who_orders_has_no_secret_of_that_visitor(selling):
    client, _ = _signed_in(selling)
    assert b"csrfmiddlewaretoken" not in client.get(_shop(selling)).content


@pytest.mark.parametrize(
    "address", ["/s/nobody/people/", "/s/living/nobody/", "/s/living/people/p/00000000-0000-7000-8000-000000000000/"]
)
def test_what_is_not_there_is_not_found(selling, address):
    assert Client().get(address).status_code == 404


def test_a_stranger_fills_a_cart_that_comes_along_at_sign_in(selling):
    client = Client()
    assert _put(client, selling, 0, 2).status_code == 302
    assert _put(client, selling, 0, 1).status_code == 302
    assert CartLine.objects.count() == 0
    assert client.cookies["st_cart"].value == "1"
    client, member = _signed_in(selling, client)
    assert client.get(f"{_shop(selling)}cart/").status_code == 200
    assert list(CartLine.objects.values_list("member_id", "sku_id", "quantity")) == [
        (member.id, selling.goods[0].sku_id, 3)
    ]
    assert client.cookies["st_basket"].value == ""


@pytest.mark.parametrize("forged", ["x", "AAAA~1", "AAAA~1:sig", "~:~"])
def test_a_forged_cart_is_an_empty_one(selling, forged):
    client = Client()
    client.cookies["st_basket"] = forged
    page = client.get(f"{_shop(selling)}cart/", headers={"Accept-Language": "en"})
    assert (page.status_code, "The cart is empty" in page.content.decode()) == (200, True)


@pytest.mark.parametrize(
    "asked",
    [
        {"sku": "x"},
        {"sku": "00000000-0000-7000-8000-000000000000"},
        {"quantity": "1e9"},
        {"quantity": "9" * 30},
        {"quantity": "1000"},
    ],
)
def test_nonsense_is_not_put_into_the_cart(selling, asked):
    client = Client()
    answer = client.post(
        f"{_shop(selling)}cart/add/", {"sku": str(selling.goods[0].sku_id), **asked}, headers={"HX-Request": "true"}
    )
    assert answer.status_code == 409
    assert answer.json()["code"] in {"scene.not_on_shelf", "scene.quantity_limit"}
    assert "st_basket" not in client.cookies


def test_check_out_leads_a_stranger_to_sign_in_and_back(selling):
    answer = Client().get(f"{_shop(selling)}checkout/")
    assert answer["Location"] == "/sign-in/phone/?next=%2Fs%2Fliving%2Fpeople%2Fcheckout%2F"


def test_the_same_form_sent_three_times_is_one_order(selling):
    client, member = _signed_in(selling)
    _put(client, selling, 0, 2)
    form = _form(client, selling)
    answers = {client.post(f"{_shop(selling)}checkout/", form)["Location"] for _ in range(3)}
    assert answers == {f"{_shop(selling)}orders/{form['id'][0]}/pay/"}
    (order,) = Order.objects.all()
    assert (str(order.id), order.member_id, order.total_minor, order.state) == (
        form["id"][0],
        member.id,
        2 * 1290,
        "placed",
    )


def test_an_order_at_another_price_than_shown_is_not_placed_and_shows_the_new_one(selling):
    client, _ = _signed_in(selling)
    _put(client, selling, 0, 1)
    form = {**_form(client, selling), "expected": ["1"]}
    answer = client.post(f"{_shop(selling)}checkout/", form, headers={"Accept-Language": "en"})
    assert (answer.status_code, "The price has changed" in answer.content.decode()) == (409, True)
    assert Order.objects.count() == 0


def test_another_members_order_is_not_found(selling):
    order = a_paid_order(selling, now=clock_now())
    client, _ = _signed_in(selling)
    for path in ("", "pay/"):
        assert client.get(f"{_shop(selling)}orders/{order.id}/{path}").status_code == 404
    assert client.post(f"{_shop(selling)}orders/{order.id}/cancel/", {"request_id": str(new_id())}).status_code == 404
    assert Order.objects.get().state == "paid"


def test_a_shelf_of_twenty_takes_as_many_statements_as_one_of_two(selling):
    category = a_category(selling.store.brand_id, now=_long_ago())
    counts = []
    for more in (2, 18):
        for _ in range(more):
            a_shelved_product(selling.store, now=_long_ago(), category_id=category.id)
        DEPARTMENTS.forget()
        Client().get(f"{_shop(selling)}c/{category.id}/")
        with CaptureQueriesContext(connection) as seen:
            assert Client().get(f"{_shop(selling)}c/{category.id}/").status_code == 200
        counts.append(len(seen))
    assert counts[0] == counts[1]


def test_a_clerk_of_another_store_hands_nothing_over(selling):
    order = a_paid_order(selling, now=clock_now())
    elsewhere = a_store(type("brand", (), {"id": selling.store.brand_id}), now=_long_ago())
    client = Client()
    open_session(client, a_staff("store", elsewhere, "clerk", now=_long_ago()))
    assert client.post(f"/store/orders/{order.id}/hand-over/", {"request_id": str(new_id())}).status_code == 404
    assert client.get(f"/store/orders/{order.id}/").status_code == 404
    assert client.post(f"/store/orders/{order.id}/hand-over/?store={selling.store.id}").status_code == 404
    assert Order.objects.get().state == "paid"


def test_letters_on_a_light_color_are_dark():
    assert Client().get("/s/theme/ffe066.css").content == b":root{--brand:#ffe066;--brand-ink:#1d2430}\n"
    assert Client().get("/s/theme/0b7a5f.css").content == b":root{--brand:#0b7a5f;--brand-ink:#fff}\n"
