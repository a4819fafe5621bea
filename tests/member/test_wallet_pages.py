"""The wallet on pages and over HTTP: for members, clerks and headquarters."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from sitong.member.wallet.queries import plans_open, terms_of, wallets_now
from sitong.member.wallet.rules import WalletNow
from sitong.scene.channels.shop import forget_stores
from sitong.scene.orders.models import Order
from sitong.scene.payments.bills import check_bill
from sitong.scene.payments.models import BillCheck, Payment
from sitong.scene.payments.queries import bills_of
from sitong.shared.clock import business_date
from sitong.shared.clock import now as present
from sitong.shared.ids import new_id
from tests.make.access import a_consumer, a_staff, a_viewer, as_viewer, open_session
from tests.make.org import a_brand
from tests.make.payments import a_merchant, a_provider
from tests.make.scene import Selling, a_placed_order, a_selling_store
from tests.make.wallet import a_plan, a_topped_up_wallet

pytestmark = pytest.mark.usefixtures("db")


@pytest.fixture
def brand():
    forget_stores()
    return a_brand(code="living", now=present())


@pytest.fixture
def shop(brand, tmp_path):
    """A selling store whose member is signed in, with the demo provider."""
    selling = a_selling_store(brand=brand, code="people", prices=(1_000,), now=present())
    account, member = a_consumer(brand)
    client = Client()
    open_session(client, account, member)
    with a_provider(tmp_path, notifies=False) as provider:
        a_merchant(brand.id, provider, now=present())
        yield Selling(selling.store, selling.goods, member), client, provider


def holds(member):
    return wallets_now([member.id]).get(member.id, WalletNow())


def hidden(page, name):
    return re.search(rf'name="{name}" value="([^"]+)"', page.content.decode())[1]


def clerk_of(store, role="clerk"):
    client = Client()
    open_session(client, a_staff("store", store, role))
    return client


HOME = "/s/living/people/me/wallet/"


def test_a_member_pays_in_by_a_plan_and_sees_it_in_the_history(shop, brand):
    selling, client, provider = shop
    a_plan(brand, now=present())
    page = client.get(HOME)
    assert "¥500.00" in page.content.decode().replace("<small>", "").replace("</small>", "").replace(
        '<span class="price">', ""
    )
    sent = {"id": hidden(page, "id"), "plan": hidden(page, "plan")}
    first, again = client.post(f"{HOME}top-up/", sent), client.post(f"{HOME}top-up/", sent)
    assert (first.status_code, first["Location"]) == (302, again["Location"])
    cashier = re.search(r'href="([^"]+cashier[^"]+)" id="pay"', client.get(first["Location"]).content.decode())[1]
    provider.till.pay(cashier.split("/cashier/")[1].split("?")[0])
    from sitong.scene.orders.paying import ask_provider
    from sitong.scene.payments.queries import ASK_AFTER

    Payment.objects.update(opened_at=present() - ASK_AFTER * 2)
    ask_provider(now=present())
    assert holds(selling.member) == WalletNow(50_000, 5_000)
    assert "已到账" in client.get(first["Location"], headers={"Accept-Language": "zh"}).content.decode()
    assert "+¥550.00" in client.get(HOME).content.decode()


def test_an_order_is_paid_from_the_wallet_and_the_rest_by_wechat(shop):
    selling, client, _ = shop
    a_topped_up_wallet(selling.member, 1_500, now=present())
    order = a_placed_order(selling, (0, 2), now=present())
    address = f"/s/living/people/orders/{order.id}/pay/"
    page = client.get(address)
    assert 'id="pay-from-wallet"' in page.content.decode()
    sent = {"id": hidden(page, "id")}
    assert [client.post(address, sent)["Location"] for _ in range(2)] == [address, address]
    rest = client.get(address).content.decode()
    assert 'id="pay-from-wallet"' not in rest and Payment.objects.get(state="open").amount_minor == 500
    assert holds(selling.member) == WalletNow(0, 0)


def test_a_wallet_that_holds_enough_pays_the_order_whole(shop):
    selling, client, _ = shop
    a_topped_up_wallet(selling.member, 5_000, now=present())
    order = a_placed_order(selling, (0, 2), now=present())
    page = client.get(f"/s/living/people/orders/{order.id}/pay/")
    answer = client.post(f"/s/living/people/orders/{order.id}/pay/", {"id": hidden(page, "id")})
    assert (answer["Location"], Order.objects.get(id=order.id).state) == (
        f"/s/living/people/orders/{order.id}/",
        "paid",
    )


def test_a_clerk_takes_cash_for_a_member_who_shows_its_phone_and_pays_it_out_again(shop, brand):
    selling, _, _ = shop
    client = clerk_of(selling.store, "manager")
    page = client.get("/store/wallet/", {"phone": selling.member.phone})
    assert page["Location"] == f"/store/wallet/{selling.member.id}/"
    begun = client.post(f"/store/wallet/{selling.member.id}/top-up/", {"id": str(new_id()), "amount": "100"})
    taking = client.get(begun["Location"])
    tender = {"id": hidden(taking, "id"), "given": "120"}
    paid = client.post(f"{begun['Location']}cash/", tender).content.decode()
    assert "¥20.00" in paid and holds(selling.member) == WalletNow(10_000, 0)
    back = client.post(f"/store/wallet/{selling.member.id}/pay-out/", {"id": str(new_id()), "amount": "40"})
    assert back.status_code == 200 and holds(selling.member) == WalletNow(6_000, 0)


def test_a_clerk_takes_the_payment_code(shop):
    selling, _, provider = shop
    client = clerk_of(selling.store)
    client.get("/store/wallet/", {"phone": selling.member.phone})
    begun = client.post(f"/store/wallet/{selling.member.id}/top-up/", {"id": str(new_id()), "amount": "100"})[
        "Location"
    ]
    poor = client.post(f"{begun}code/", {"code": provider.till.make_code("poor")})
    assert poor.status_code == 409 and "NOTENOUGH" in poor.content.decode()
    code = provider.till.make_code("password")
    assert f"{begun}give-up/" in client.post(f"{begun}code/", {"code": code}).content.decode()
    provider.till.answer(code, agrees=True)
    client.get(begun)
    assert holds(selling.member) == WalletNow(10_000, 0)


def test_a_member_who_has_shown_nothing_is_not_found_by_a_clerk(shop):
    selling, _, _ = shop
    client = clerk_of(selling.store)
    assert client.get(f"/store/wallet/{selling.member.id}/").status_code == 404
    assert (
        client.post(f"/store/wallet/{selling.member.id}/top-up/", {"id": str(new_id()), "amount": "1"}).status_code
        == 404
    )


def test_headquarters_opens_and_closes_plans_and_may_not_pass_the_law(brand):
    client = Client()
    open_session(client, a_staff("brand", brand))
    page = client.get("/brand/wallet/")
    plan = {"id": hidden(page, "id"), "name": "充100送10", "name_en": "Pay 100 get 10", "pay": "100", "gift": "10"}
    assert client.post("/brand/wallet/plans/", plan).status_code == 302
    [kept] = plans_open(brand.id)
    assert (kept.pay_minor, kept.gift_minor) == (10_000, 1_000)
    assert client.post(f"/brand/wallet/plans/{kept.id}/close/").status_code == 302
    assert plans_open(brand.id) == []
    unlawful = client.post("/brand/wallet/terms/", {"named": "5000.01", "bearer": "1000"})
    assert unlawful.status_code == 409 and "5,000" in unlawful.content.decode()
    assert client.post("/brand/wallet/terms/", {"named": "3000", "bearer": "500"}).status_code == 302
    assert (terms_of(brand.id).named_cap_minor, terms_of(brand.id).bearer_cap_minor) == (300_000, 50_000)


def test_staff_who_may_only_look_sees_no_forms(brand):
    client = Client()
    open_session(client, a_staff("brand", brand, "marketing"))
    assert "/brand/wallet/plans/" not in client.get("/brand/wallet/").content.decode()
    assert client.post("/brand/wallet/terms/", {"named": "1", "bearer": "1"}).status_code == 403


def test_programs_pay_in_and_pay_orders_and_get_money_back(shop, client):
    selling, _, provider = shop
    mine, till = as_viewer(a_viewer("consumer", selling.member)), as_viewer(a_viewer("store", selling.store))
    topup = {"id": str(new_id()), "pay_minor": 10_000, "store_id": str(selling.store.id), "shows": selling.member.phone}
    opened = client.post("/api/v1/top-ups", topup, content_type="application/json", headers=till)
    assert opened.status_code == 201
    cash = {"id": str(new_id()), "given_minor": 15_000}
    paid = client.post(f"/api/v1/top-ups/{topup['id']}/cash", cash, content_type="application/json", headers=till)
    assert paid.json()["change_minor"] == 5_000
    assert client.get("/api/v1/wallet", headers=mine).json() == {
        "member_id": str(selling.member.id), "principal_minor": 10_000, "gift_minor": 0, "cap_minor": 500_000,
    }  # fmt: skip
    order = a_placed_order(selling, (0, 2), now=present())
    body = {"id": str(new_id()), "amount_minor": 500}
    wallet = client.post(f"/api/v1/orders/{order.id}/pay/wallet", body, content_type="application/json", headers=mine)
    assert wallet.json() == {"order_id": str(order.id), "paid_minor": 500, "left_minor": 1_500}
    code = {"auth_code": provider.till.make_code("pay")}
    scanned = client.post(f"/api/v1/orders/{order.id}/pay/code", code, content_type="application/json", headers=till)
    assert (scanned.json()["standing"], scanned.json()["amount_minor"]) == ("paid", 1_500)
    back = client.post(
        "/api/v1/wallet/pay-outs",
        {"id": str(new_id()), "shows": selling.member.phone},
        content_type="application/json",
        headers=till,
    )
    assert back.json()["cash_minor"] == 9_500
    assert [one["kind"] for one in client.get("/api/v1/wallet/entries", headers=mine).json()] == [
        "withdraw",
        "spend",
        "top_up",
    ]


def test_the_provider_s_bill_is_compared_and_what_differs_is_shown(shop, brand):
    selling, _, provider = shop
    from sitong.scene.orders.paying import pay_order_by_code
    from sitong.scene.orders.queries import order_detail

    for _ in range(2):
        placed = a_placed_order(selling, (0, 2), now=present())
        order = order_detail(placed.id, a_viewer("consumer", selling.member))
        pay_order_by_code(order, provider.till.make_code("pay"), by=None, now=present())
    on = business_date(present(), "Asia/Shanghai")
    merchant_id = Payment.objects.first().merchant_id
    assert check_bill(merchant_id, on, now=present()) == []
    [bill] = bills_of(brand.id)
    assert (bill.payments_count, bill.payments_minor, bill.refunds_count) == (2, 4_000, 0)
    wrong = Payment.objects.order_by("number").first()
    Payment.objects.filter(id=wrong.id).update(amount_minor=1_999)
    Payment.objects.create(
        id=new_id(), brand_id=brand.id, document_id=new_id(), merchant_id=merchant_id, provider="wechat", number="OURS-ONLY",
        amount_minor=7, state="paid", opened_at=present(), paid_at=present(),
    )  # fmt: skip
    found = check_bill(merchant_id, on, now=present())
    assert {(one.code, one.ours, one.theirs) for one in found} == {
        ("payment_differs", 1_999, 2_000),
        ("payment_unknown", 7, None),
    }
    assert BillCheck.objects.count() == 1
    client = Client()
    open_session(client, a_staff("brand", brand))
    shown = client.get("/brand/payments/").content.decode()
    assert "OURS-ONLY" in shown and "¥19.99" in shown
    sent = {"merchant": str(merchant_id), "on": on.isoformat()}
    assert client.post("/brand/payments/check/", sent).status_code == 302
