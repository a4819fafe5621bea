"""WeChat payment by the code on the customer's phone: paid, confirmed there, refused, given up, and never twice."""

from __future__ import annotations

import pytest
import requests

from sitong.scene.orders.actions import CancelWanted
from sitong.scene.orders.models import Order
from sitong.scene.orders.paying import (
    ask_provider,
    cancel_order,
    code_standing,
    give_up_code,
    pay_order_by_code,
)
from sitong.scene.orders.queries import order_detail
from sitong.scene.payments import messenger
from sitong.scene.payments.actions import PaymentWanted, confirm_paid, open_payments
from sitong.scene.payments.messenger import PaymentCodeMalformed
from sitong.scene.payments.models import Payment, Refund
from sitong.scene.payments.provider import PaymentAnswer, ProviderRefused, Standing
from sitong.scene.payments.queries import ASK_AFTER
from sitong.shared.clock import now as present
from sitong.shared.errors import NotFound
from sitong.shared.ids import new_id
from sitong.shared.ledger.books import check_books
from tests.make.access import a_viewer
from tests.make.payments import a_merchant, a_provider
from tests.make.scene import a_placed_order, a_selling_store

pytestmark = pytest.mark.usefixtures("db")


@pytest.fixture
def provider(tmp_path):
    with a_provider(tmp_path, notifies=False) as running:
        yield running


@pytest.fixture
def selling(provider):
    made = a_selling_store(prices=(1_000,), now=present())
    a_merchant(made.store.brand_id, provider, now=present())
    return made


@pytest.fixture
def order(selling):
    placed = a_placed_order(selling, (0, 2), now=present())
    return order_detail(placed.id, a_viewer("consumer", selling.member))


def state(order):
    return Order.objects.get(id=order.id).state


def scan(order, code):
    return pay_order_by_code(order, code, by=new_id(), now=present()).standing


def test_a_scanned_code_pays_the_order_at_once(order, provider):
    assert (scan(order, provider.till.make_code("pay")), state(order)) == ("paid", "paid")
    payment = Payment.objects.get()
    assert (payment.way, payment.state, payment.amount_minor, len(payment.provider_number)) == (
        "code",
        "paid",
        2_000,
        28,
    )
    assert check_books() == []


def test_who_must_confirm_on_the_phone_is_waited_for(order, provider):
    code = provider.till.make_code("password")
    assert (scan(order, code), code_standing(order.id, now=present()).standing, state(order)) == (
        "paying",
        "paying",
        "placed",
    )
    provider.till.answer(code, agrees=True)
    assert (code_standing(order.id, now=present()).standing, state(order)) == ("paid", "paid")


def test_who_declines_is_refused_and_another_code_pays(order, provider):
    code = provider.till.make_code("password")
    scan(order, code)
    provider.till.answer(code, agrees=False)
    assert code_standing(order.id, now=present()).standing == "refused"
    assert (scan(order, provider.till.make_code("pay")), state(order)) == ("paid", "paid")
    assert sorted(Payment.objects.values_list("state", flat=True)) == ["closed", "paid"]


@pytest.mark.parametrize(
    ("mode", "code", "provider_code"), [("poor", None, "NOTENOUGH"), (None, "139999999999999999", "AUTH_CODE_INVALID")]
)
def test_a_code_that_cannot_pay_is_refused_and_the_next_scan_opens_another_payment(
    order, provider, mode, code, provider_code
):
    with pytest.raises(ProviderRefused) as refused:
        scan(order, code or provider.till.make_code(mode))
    assert (refused.value.facts["provider_code"], state(order)) == (provider_code, "placed")
    assert scan(order, provider.till.make_code("pay")) == "paid"
    assert Payment.objects.filter(state="closed", reversal="").count() == 1


@pytest.mark.parametrize("text", ["", "12345", "999999999999999999", "13000000000000000x", "１３0000000000000000"])
def test_what_is_no_payment_code_is_never_sent(order, text):
    with pytest.raises(PaymentCodeMalformed):
        scan(order, text)
    assert Payment.objects.get().prepay_id == ""


def test_a_used_code_is_refused(order, selling, provider):
    code = provider.till.make_code("pay")
    scan(order, code)
    other = a_placed_order(selling, (0, 1), now=present())
    with pytest.raises(ProviderRefused) as refused:
        scan(order_detail(other.id, a_viewer("consumer", selling.member)), code)
    assert refused.value.facts["provider_code"] == "AUTHCODEEXPIRE"


def test_the_same_scan_again_takes_money_once(order, provider):
    code = provider.till.make_code("pay")
    assert (scan(order, code), scan(order, code)) == ("paid", "paid")
    assert (Payment.objects.count(), len(provider.till.bill(present().strftime("%Y-%m-%d")))) in {(1, 1), (1, 0)}


def test_what_the_provider_has_taken_while_we_died_is_found_by_asking(order, provider, selling):
    wanted = PaymentWanted(order.id, order.brand_id, None, order.total_minor, "CNY", order.pay_by, way="code")
    [payment] = open_payments([wanted], now=present())
    answer = messenger.pay_by_code(payment, provider.till.make_code("pay"), description="x", now=present())
    assert (answer.standing, state(order)) == (Standing.DONE, "placed")  # the answer was never brought to the order
    Payment.objects.update(opened_at=present() - ASK_AFTER * 2)
    assert (ask_provider(now=present()), state(order)) == (1, "paid")


def test_a_till_that_gives_up_reverses_and_the_phone_can_no_longer_pay(order, provider):
    code = provider.till.make_code("password")
    scan(order, code)
    assert give_up_code(order.id, now=present()).standing == "refused"
    payment = Payment.objects.get()
    assert (payment.state, payment.reversal, provider.till.query(payment.number)["trade_state"]) == (
        "closed",
        "done",
        "REVOKED",
    )
    assert provider.till.answer(code, agrees=True) is None
    assert scan(order, provider.till.make_code("pay")) == "paid"


def test_giving_up_after_the_customer_has_confirmed_is_too_late_and_the_order_is_paid(order, provider):
    code = provider.till.make_code("password")
    scan(order, code)
    provider.till.answer(code, agrees=True)
    assert (give_up_code(order.id, now=present()).standing, state(order)) == ("paid", "paid")
    assert Payment.objects.get().reversal == ""


def test_news_of_a_payment_that_was_given_up_is_not_taken_since_the_reversal_gives_it_back(order, provider):
    code = provider.till.make_code("password")
    scan(order, code)
    give_up_code(order.id, now=present())
    payment = Payment.objects.get()
    news = PaymentAnswer(payment.number, Standing.DONE, "T1", payment.amount_minor, "CNY", present())
    assert confirm_paid([news], now=present()) == [NotFound(what="payment")]
    assert (state(order), Refund.objects.count()) == ("placed", 0)


def test_a_reversal_that_does_not_reach_the_provider_is_tried_again(order, provider, monkeypatch):
    scan(order, provider.till.make_code("password"))
    with monkeypatch.context() as patch:
        patch.setattr(requests, "post", lambda *_, **__: (_ for _ in ()).throw(requests.ConnectionError()))
        give_up_code(order.id, now=present())
    assert Payment.objects.get().reversal == "asked"
    assert (messenger.reverse_given_up(), messenger.reverse_given_up()) == (1, 0)
    assert Payment.objects.get().reversal == "done"


def test_canceling_an_order_reverses_the_code_that_is_being_confirmed(order, provider):
    code = provider.till.make_code("password")
    scan(order, code)
    cancel_order(CancelWanted(order.id, new_id()), now=present())
    assert (Payment.objects.get().reversal, provider.till.answer(code, agrees=True), state(order)) == (
        "done",
        None,
        "canceled",
    )
    assert check_books() == []


def test_a_lost_answer_is_neither_paid_nor_refused(order, provider, monkeypatch):
    code = provider.till.make_code("pay")
    real = requests.post

    def lost(*given, **named):
        real(*given, **named)
        raise requests.ReadTimeout

    with monkeypatch.context() as patch:
        patch.setattr(requests, "post", lost)
        assert scan(order, code) == "paying"
    assert (code_standing(order.id, now=present()).standing, state(order)) == ("paid", "paid")


def test_the_demo_phone_shows_a_code_and_asks_its_owner(provider, order):
    page = requests.get(f"{provider.address}/phone/?mode=password", timeout=5).text
    code = page.split('id="code">')[1].split("<")[0].replace(" ", "")
    assert scan(order, code) == "paying"
    asked = requests.get(f"{provider.address}/phone/?mode=password&code={code}", timeout=5).text
    assert "¥20.00" in asked
    requests.post(f"{provider.address}/phone/", data={"code": code, "answer": "agree"}, timeout=5)
    assert code_standing(order.id, now=present()).standing == "paid"
