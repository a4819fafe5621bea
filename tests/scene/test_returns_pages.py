"""Returns for people: the counter, the member, headquarters; and who may see what."""

from datetime import timedelta

import pytest
from django.test import Client

from sitong.org.brands.models import Brand
from sitong.scene.models import Order, OrderLine, Payment, Return, ReturnRequest
from sitong.scene.orders.actions import HandoverWanted, hand_over_orders, place_orders
from sitong.shared.clock import now as clock_now
from sitong.shared.ids import new_id
from sitong.shared.ledger.books import check_books
from tests.make.access import a_consumer, a_staff, a_viewer, as_viewer, open_session
from tests.make.org import done
from tests.make.returns import a_return, a_sold_order, another_store, pay
from tests.make.scene import Selling, a_paid_order, a_selling_store

pytestmark = pytest.mark.usefixtures("db")


def clerk_of(store, role="clerk") -> Client:
    client = Client(headers={"Accept-Language": "en"})
    open_session(client, a_staff("store", store, role))
    return client


@pytest.fixture
def selling():
    return a_selling_store(prices=(1000, 250), stock=20, now=clock_now() - timedelta(days=60))


def sold(selling, *lines, **fields):
    return a_sold_order(selling, *lines, now=fields.pop("now", clock_now()), **fields)


def form_of(order, **fields) -> dict:
    return {"id": str(new_id()), "receipt": order.number, "reason": "defect", **fields}


def test_a_clerk_takes_goods_back_by_receipt_and_sending_again_changes_nothing(selling):
    order, client = sold(selling, (0, 3)), clerk_of(selling.store)
    found = client.get("/store/returns/", {"receipt": order.number.lower().replace("-", "")})
    assert found.status_code == 302 and found.url == f"/store/returns/new/?receipt={order.number}"
    assert b"good_1" in client.get(found.url).content

    sums = client.post("/store/returns/sums/", {"receipt": order.number, "good_1": "1", "damaged_1": "1"})
    assert b'data-refund="2000"' in sums.content and b"Cash" in sums.content
    form = form_of(order, good_1="1", damaged_1="1", note="scratched")
    first, again = client.post("/store/returns/make/", form), client.post("/store/returns/make/", form)
    assert first.status_code == 302 and first.url == again.url
    page = client.get(first.url).content.decode()
    assert 'data-hand-out="2000"' in page and "¥20.00" in page
    assert "Return slip" in client.get(f"{first.url}slip/").content.decode()
    row = Return.objects.get()
    assert (row.refund_minor, row.reason, row.note) == (2000, "defect", "scratched")
    assert check_books() == []


def test_too_much_is_refused_with_when_and_where_and_nothing_changes(selling):
    order, client = sold(selling, (0, 2)), clerk_of(selling.store)
    other = another_store(selling, name="南京路店", now=clock_now())
    a_return(order.id, other, (1, 2), now=clock_now())
    answer = client.post("/store/returns/make/", form_of(order, good_1="1"))
    assert answer.status_code == 409 and "南京路店" in answer.content.decode()
    assert Return.objects.count() == 1


def test_a_paid_order_that_was_not_fetched_is_canceled_instead(selling):
    order, client = a_paid_order(selling, now=clock_now()), clerk_of(selling.store)
    page = client.get("/store/returns/new/", {"receipt": order.number}).content.decode()
    assert "/store/returns/cancel/" in page and "good_1" not in page
    assert (
        client.post("/store/returns/cancel/", {"receipt": order.number, "request_id": str(new_id())}).status_code == 302
    )
    assert Order.objects.get().state == "canceled" and Payment.objects.get().refunded_minor == 1000


def test_another_stores_order_opens_by_its_exact_number_alone(selling):
    order = sold(selling, (0, 1))
    other = another_store(selling, now=clock_now())
    client = clerk_of(other)
    assert client.get("/store/returns/new/", {"receipt": order.number}).status_code == 200
    assert client.get("/store/returns/new/", {"receipt": order.number[:-1]}).status_code == 404
    by_member = client.get("/store/returns/", {"receipt": selling.member.phone}).content.decode()
    assert order.number not in by_member and "needs its receipt" in by_member
    assert (
        order.number
        in clerk_of(selling.store).get("/store/returns/", {"receipt": selling.member.phone}).content.decode()
    )
    assert client.post("/store/returns/make/", form_of(order, good_1="1")).status_code == 302
    stranger = clerk_of(a_selling_store().store)
    assert stranger.get("/store/returns/new/", {"receipt": order.number}).status_code == 404


def test_after_the_window_a_clerk_is_refused_and_a_manager_says_why(selling):
    order = sold(selling, (0, 2), now=clock_now() - timedelta(days=30))
    form = form_of(order, good_1="1", late_reason="a good customer")
    assert clerk_of(selling.store).post("/store/returns/make/", form).status_code == 409
    assert not Return.objects.exists()
    assert clerk_of(selling.store, "manager").post("/store/returns/make/", form).status_code == 302
    assert Return.objects.get().late_reason == "a good customer"


def test_an_exchange_at_the_counter_finds_goods_and_reckons_the_rest(selling):
    order, client = sold(selling, (1, 1)), clerk_of(selling.store)
    assert client.get("/store/returns/exchange/", {"receipt": order.number}).status_code == 200
    new = selling.goods[0]
    asked = {"receipt": order.number, "good_1": "1", "add": str(new.sku_id), "find": new.sku.code}
    part = client.post("/store/returns/exchange/look/", asked).content.decode()
    assert f'name="out_{new.sku_id}" value="1"' in part and 'name="due" value="750"' in part
    form = form_of(
        order, good_1="1", order_id=str(new_id()), due="750", total="1000", given="10", **{f"out_{new.sku_id}": "1"}
    )
    made, again = client.post("/store/returns/exchange/make/", form), client.post("/store/returns/exchange/make/", form)
    assert made.status_code == 302 and made.url == again.url
    assert 'data-change="250"' in client.get(made.url).content.decode()
    row = Return.objects.get()
    assert (row.exchange_minor, Order.objects.get(id=row.exchange_order_id).state) == (250, "handed_over")
    assert Payment.objects.get(document_id=row.exchange_order_id, provider="cash").given_minor == 1000
    assert check_books() == []


def test_a_member_sends_goods_back_by_post(selling):
    brand = Brand.objects.get(id=selling.store.brand_id)
    account, member = a_consumer(brand, now=clock_now())
    shop = Selling(selling.store, selling.goods, member)
    order = done(place_orders([shop.wanted((0, 2))], now=clock_now()))
    pay(shop, order, cash=order.total_minor, now=clock_now())
    done(hand_over_orders([HandoverWanted(new_id(), selling.store.id, order.id)], now=clock_now()))
    client, clerk = Client(headers={"Accept-Language": "en"}), clerk_of(selling.store)
    open_session(client, account, member)
    home = f"/s/{brand.code}/{selling.store.code}/"
    address = f"{home}orders/{order.id}/returns/"
    assert "returns/" in client.get(f"{home}orders/{order.id}/").content.decode()
    assert client.post(address, {"id": str(new_id()), "good_1": "2", "reason": "wrong"}).status_code == 302
    wish = ReturnRequest.objects.get()
    assert clerk.get("/store/returns/post/").status_code == 200
    assert clerk.post(f"/store/returns/post/{wish.id}/refuse/", {"note": ""}).status_code == 409
    assert clerk.post(f"/store/returns/post/{wish.id}/approve/").status_code == 302
    assert "Waybill" in client.get(address).content.decode()
    assert client.post(f"{home}returns/{wish.id}/sent/", {"carrier": "顺丰", "waybill": "SF1"}).status_code == 302
    assert "SF1" in clerk.get(f"/store/returns/post/{wish.id}/").content.decode()
    assert clerk.post(f"/store/returns/post/{wish.id}/receive/", {"good_1": "2"}).status_code == 302
    assert (Return.objects.get().way, OrderLine.objects.get().returned) == ("post", 2)
    assert "¥20.00" in client.get(address).content.decode()
    assert check_books() == []


def test_headquarters_sees_returns_with_reasons_and_sets_the_window(selling):
    order = sold(selling, (0, 3))
    a_return(order.id, selling.store, (1, 1), reason="defect", now=clock_now())
    a_return(order.id, selling.store, (1, 1, "damaged"), reason="wrong", now=clock_now())
    client = Client(headers={"Accept-Language": "en"})
    open_session(client, a_staff("brand", Brand.objects.get(id=selling.store.brand_id)))
    page = client.get("/brand/returns/").content.decode()
    assert page.count("R2") >= 2 and "faulty" in page
    assert (
        client.get("/brand/returns/", {"reason": "wrong", "condition": "damaged", "since": "2026-01-01"})
        .content.decode()
        .count("/brand/returns/0")
        == 1
    )
    one = Return.objects.first()
    assert one.number in client.get(f"/brand/returns/{one.id}/").content.decode()
    assert client.post("/brand/returns/window/", {"window_days": "30"}).status_code == 302
    assert "30 days" in client.get("/brand/returns/").content.decode()


def test_the_api_finds_previews_returns_and_exchanges(selling):
    order, client = sold(selling, (0, 2)), Client()
    headers = as_viewer(a_viewer("store", selling.store, "clerk"))

    def ask(method, path, body=None):
        more = (
            {"data": body, "content_type": "application/json"}
            if body is not None and method != "get"
            else {"data": body}
        )
        return getattr(client, method)(f"/api/v1{path}", headers=headers, **more)

    store = str(selling.store.id)
    found = ask("get", "/returns/order", {"store_id": store, "receipt": order.number}).json()
    assert (found["order_id"], found["late"], found["lines"][0]["left"]) == (str(order.id), False, 2)
    lines = [{"position": 1, "quantity": 1}]
    shown = ask("post", "/returns/preview", {"store_id": store, "receipt": order.number, "lines": lines}).json()
    assert (shown["refund_minor"], shown["ways"]) == (1000, [{"kind": "cash", "amount_minor": 1000}])
    body = {"id": str(new_id()), "store_id": store, "receipt": order.number, "lines": lines, "reason": "unwanted"}
    first, again = ask("post", "/returns", body), ask("post", "/returns", body)
    assert first.status_code == 200 and first.json() == again.json()
    assert (first.json()["refund_minor"], first.json()["hand_out_minor"]) == (1000, 1000)
    assert ask("get", f"/returns/{first.json()['id']}").json() == first.json()
    assert [one["id"] for one in ask("get", "/returns").json()] == [first.json()["id"]]
    swap = {
        "returned": {**body, "id": str(new_id())},
        "order": {
            "id": str(new_id()),
            "store_id": store,
            "lines": [{"sku_id": str(selling.goods[1].sku_id), "quantity": 1}],
        },
    }
    made = ask("post", "/returns/exchange", swap).json()
    assert (made["total_minor"], made["paid_minor"], made["due_minor"], made["handed_over"]) == (250, 250, 0, True)
    refused = ask("post", "/returns", {**body, "id": str(new_id())})
    assert (refused.status_code, refused.json()["code"]) == (409, "scene.returned_already")
    assert ask("post", "/returns", {**body, "id": str(new_id()), "late_reason": "x"}).status_code == 403
    assert ask("put", "/returns/window", {"window_days": 30}).status_code == 403
    assert check_books() == []
