"""Payments against a provider that checks and makes real signatures."""

from __future__ import annotations

import json
import threading
import time
from dataclasses import replace
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import ClassVar

import pytest
import requests

from sitong.scene.payments import actions, messenger, queries
from sitong.scene.payments.actions import (
    MerchantKeyMalformed,
    MerchantWanted,
    PaymentAmountDiffers,
    PaymentWanted,
    RefundTooHigh,
    RefundWanted,
)
from sitong.scene.payments.demo.keys import DemoKeys
from sitong.scene.payments.demo.protocol import notification, signature_headers
from sitong.scene.payments.demo.server import payment_resource
from sitong.scene.payments.models import Merchant, Payment, Refund
from sitong.scene.payments.provider import (
    NotificationForged,
    ProviderRefused,
    ProviderUnreachable,
    Standing,
)
from sitong.scene.payments.wechat import WeChatProvider
from sitong.shared.clock import now as present
from sitong.shared.errors import NotFound
from sitong.shared.ids import new_id
from tests.make.payments import a_merchant, a_provider


@pytest.fixture
def provider(tmp_path):
    with a_provider(tmp_path, notifies=False) as running:
        yield running


@pytest.fixture
def merchant(db, provider, now):
    return a_merchant(new_id(), provider, now=now)


def wanted_for(merchant, amount_minor=1290, document_id=None):
    return PaymentWanted(
        document_id=document_id or new_id(), brand_id=merchant.brand_id, entity_id=None, amount_minor=amount_minor,
        currency="CNY", expires_at=present() + timedelta(minutes=15),
    )  # fmt: skip


def announced(merchant, now, amount_minor=1290):
    """Open a payment and tell the provider of it."""
    wanted = wanted_for(merchant, amount_minor)
    [payment] = actions.open_payments([wanted], now=now)
    prepay_id = messenger.announce_payment(
        payment, description="牛奶 ×2", payer="openid-1", expires_at=wanted.expires_at
    )
    return queries.payments_of([wanted.document_id])[wanted.document_id][0], prepay_id


def notified(provider, row, **changes):
    """Give a notification's headers and body as the provider would send them."""
    body = notification(
        provider.keys,
        event_type="TRANSACTION.SUCCESS",
        kind="transaction",
        resource=payment_resource(provider.keys, row) | changes,
    )
    return signature_headers(provider.keys, body), body


def test_a_payment_is_announced_once_and_paid_by_a_signed_notification(merchant, provider, now):
    payment, prepay_id = announced(merchant, now)
    assert messenger.announce_payment(payment, description="", payer="openid-1", expires_at=present()) == prepay_id
    row = provider.till.pay(prepay_id)
    headers, body = notified(provider, row)
    news = messenger.read_news(merchant.id, headers, body, now=present())
    assert (news.number, news.standing, news.amount_minor, news.provider_number) == (
        payment.number,
        Standing.DONE,
        1290,
        row["transaction_id"],
    )
    [first] = actions.confirm_paid([news], now=now)
    again = actions.confirm_paid([news, news], now=now)
    assert (first.repeated, first.document_id, first.amount_minor, first.late) == (
        False,
        payment.document_id,
        1290,
        False,
    )
    assert [one.repeated for one in again] == [True, True]
    stored = Payment.objects.get(number=payment.number)
    assert (stored.state, stored.provider_number) == ("paid", row["transaction_id"])


def test_the_jsapi_parameters_are_signed_by_the_merchant(merchant, provider, now):
    payment, prepay_id = announced(merchant, now)
    way = messenger.way_to_pay(payment, prepay_id, now=now)
    assert way["jsapi"]["package"] == f"prepay_id={prepay_id}"
    assert way["jsapi"]["signType"] == "RSA" and len(way["jsapi"]["paySign"]) > 300
    assert way["cashier"] == f"{provider.address}/cashier/{prepay_id}"


@pytest.mark.parametrize("spoil", ["signature", "body", "old", "serial", "scheme", "missing", "other_key"])
def test_a_forged_notification_is_refused_and_changes_nothing(merchant, provider, now, spoil):
    payment, prepay_id = announced(merchant, now)
    headers, body = notified(provider, provider.till.pay(prepay_id))
    at = present()
    if spoil == "signature":
        headers["Wechatpay-Signature"] = "AAAA" + headers["Wechatpay-Signature"][4:]
    elif spoil == "body":
        body = body.replace(b"TRANSACTION.SUCCESS", b"TRANSACTION.SUCCESs", 1)
    elif spoil == "old":
        at += timedelta(minutes=6)
    elif spoil == "serial":
        headers["Wechatpay-Serial"] = "PUB_KEY_ID_0"
    elif spoil == "scheme":
        headers["Wechatpay-Signature-Type"] = "NONE"
    elif spoil == "missing":
        headers = {}
    else:
        stranger = DemoKeys.make()
        headers = signature_headers(replace(stranger, provider_key_id=provider.keys.provider_key_id), body)
    with pytest.raises(NotificationForged):
        messenger.read_news(merchant.id, headers, body, now=at)
    assert Payment.objects.get(number=payment.number).state == "open"


def test_another_amount_than_asked_for_is_refused(merchant, provider, now):
    payment, prepay_id = announced(merchant, now)
    headers, body = notified(provider, provider.till.pay(prepay_id), amount={"total": 1, "currency": "CNY"})
    [outcome] = actions.confirm_paid([messenger.read_news(merchant.id, headers, body, now=present())], now=now)
    assert outcome == PaymentAmountDiffers(number=payment.number, asked=1290, paid=1)
    assert Payment.objects.get(number=payment.number).state == "open"


def test_one_document_has_one_open_payment(merchant, now):
    wanted = wanted_for(merchant)
    [first], [second] = actions.open_payments([wanted], now=now), actions.open_payments([wanted], now=now)
    assert first == second
    [other] = actions.open_payments([replace(wanted, amount_minor=1)], now=now)
    states = dict(Payment.objects.filter(document_id=wanted.document_id).values_list("number", "state"))
    assert (other.amount_minor, states) == (1, {first.number: "closed", other.number: "open"})
    assert Payment.objects.count() == 2


def test_an_entity_without_an_account_uses_the_brand_s_and_a_stranger_none(merchant, provider, now):
    own = a_merchant(merchant.brand_id, provider, now=now, entity_id=new_id())
    assert queries.merchant_of(brand_id=merchant.brand_id, entity_id=own.entity_id).id == own.id
    assert queries.merchant_of(brand_id=merchant.brand_id, entity_id=new_id()).id == merchant.id
    assert actions.open_payments([replace(wanted_for(merchant), brand_id=new_id())], now=now) == [
        NotFound(what="merchant")
    ]
    assert Merchant.objects.get(id=own.id).private_key == provider.keys.merchant_private


def test_a_payment_whose_notification_never_comes_is_found_by_asking(merchant, provider, now):
    payment, prepay_id = announced(merchant, now)
    later = now + timedelta(seconds=30)
    assert messenger.ask_about_open_payments(now=now + timedelta(seconds=5)) == []
    provider.till.pay(prepay_id)
    [answer] = messenger.ask_about_open_payments(now=later)
    [confirmed] = actions.confirm_paid([answer], now=later)
    assert (confirmed.document_id, confirmed.repeated) == (payment.document_id, False)
    assert messenger.ask_about_open_payments(now=later + timedelta(minutes=1)) == []


def test_a_closed_payment_that_was_paid_meanwhile_comes_back(merchant, provider, now):
    paid, prepay_id = announced(merchant, now)
    unpaid, _ = announced(merchant, now)
    provider.till.pay(prepay_id)
    closed = actions.close_payments([paid.document_id, unpaid.document_id], now=now)
    [answer] = messenger.tell_closed(closed)
    assert answer.number == paid.number
    [confirmed] = actions.confirm_paid([answer], now=now)
    assert confirmed.late is True
    assert provider.till.query(unpaid.number)["trade_state"] == "CLOSED"


@pytest.mark.parametrize("field", ["private_key", "provider_key", "api_key"])
def test_an_account_with_a_key_that_cannot_be_read_is_not_opened(merchant, provider, now, field):
    keys = provider.keys
    good = MerchantWanted(
        brand_id=merchant.brand_id, entity_id=new_id(), merchant_number="1", app_id="1", serial="1", private_key=keys.merchant_private,
        api_key=keys.api_key, provider_key_id=keys.provider_key_id, provider_key=keys.provider_public,
    )  # fmt: skip
    with pytest.raises(MerchantKeyMalformed) as refused:
        actions.open_merchants([replace(good, **{field: "x"})], now=now)
    assert refused.value.facts == {"field": field}
    assert Merchant.objects.count() == 1


def paid_payment(merchant, provider, now, amount_minor=1000):
    payment, prepay_id = announced(merchant, now, amount_minor)
    provider.till.pay(prepay_id)
    actions.confirm_paid([queries.provider_of(merchant.id).query(payment.number)], now=now)
    return payment


def test_refunds_go_out_once_and_never_above_what_was_paid(merchant, provider, now):
    payment = paid_payment(merchant, provider, now)
    first = RefundWanted(id=new_id(), document_id=payment.document_id, amount_minor=700, reason="一件破损")
    [asked] = actions.ask_refunds([first], now=now)
    assert actions.ask_refunds([first], now=now) == [asked]
    assert actions.ask_refunds([replace(first, id=new_id(), amount_minor=301)], now=now) == [
        RefundTooHigh(wanted=301, left=300)
    ]
    assert messenger.send_refunds(now=now) == 0  # the provider says PROCESSING first
    assert provider.till.query(payment.number)["refunded"] == 700
    assert messenger.send_refunds(now=now) == 0
    assert provider.till.query(payment.number)["refunded"] == 700
    assert actions.settle_refunds([queries.provider_of(merchant.id).query_refund(asked.number)], now=now) == [asked.id]
    assert actions.settle_refunds([queries.provider_of(merchant.id).query_refund(asked.number)], now=now) == []
    assert Refund.objects.get().state == "done"


def test_a_refund_that_the_provider_refuses_gives_its_amount_free_again(merchant, provider, now):
    payment = paid_payment(merchant, provider, now)
    provider.till.refund(
        {"out_trade_no": payment.number, "out_refund_no": "by-hand", "amount": {"refund": 600, "total": 1000}}
    )
    wanted = RefundWanted(id=new_id(), document_id=payment.document_id, amount_minor=500, reason="")
    actions.ask_refunds([wanted], now=now)
    assert messenger.send_refunds(now=now) == 0
    assert messenger.send_refunds(now=now + timedelta(minutes=1)) == 1
    assert Refund.objects.get().state == "failed"
    assert Payment.objects.get(id=payment.id).refunded_minor == 0


def test_a_silent_provider_is_said_to_be_unreachable_and_changes_nothing(merchant, now):
    Merchant.objects.filter(id=merchant.id).update(gateway="http://127.0.0.1:9")
    wanted = wanted_for(merchant)
    [payment] = actions.open_payments([wanted], now=now)
    with pytest.raises(ProviderUnreachable):
        messenger.announce_payment(payment, description="x", payer="o", expires_at=wanted.expires_at)
    assert Payment.objects.get(id=payment.id).prepay_id == ""


def adapter(provider, **other):
    """The provider's adapter with some of its keys replaced."""
    keys = provider.keys
    own = {
        "merchant_number": keys.merchant_number,
        "app_id": keys.app_id,
        "serial": keys.serial,
        "private_key": keys.merchant_private,
        "api_key": keys.api_key,
        "provider_key_id": keys.provider_key_id,
        "provider_key": keys.provider_public,
        "gateway": provider.address,
    }
    return WeChatProvider(**(own | other))


def test_the_provider_refuses_a_request_signed_with_another_key(provider):
    with pytest.raises(ProviderRefused) as refused:
        adapter(provider, private_key=DemoKeys.make().merchant_private).query("1234567890")
    assert refused.value.facts["provider_code"] == "SIGN_ERROR"


def test_the_provider_s_answer_must_be_signed_by_the_pinned_key(provider):
    fooled = adapter(provider, provider_key=DemoKeys.make().provider_public)
    with pytest.raises(ProviderUnreachable):
        fooled.open(
            number="1234567890", amount_minor=1, currency="CNY", description="x", payer="o",
            expires_at=present(), notify_url="http://127.0.0.1:9",
        )  # fmt: skip


class DeafAtFirst(BaseHTTPRequestHandler):
    """A merchant that fails on the first notification and takes the second."""

    heard: ClassVar[list[bytes]] = []

    def do_POST(self):
        self.heard.append(self.rfile.read(int(self.headers["Content-Length"])))
        self.send_response(500 if len(self.heard) == 1 else 204)
        self.end_headers()

    def log_message(self, *_):
        pass


def test_the_cashier_s_page_pays_and_notifies_until_it_is_heard(provider):
    provider.notifies = True
    keys, merchant = provider.keys, HTTPServer(("127.0.0.1", 0), DeafAtFirst)
    threading.Thread(target=merchant.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    told = {
        "out_trade_no": "A1234567", "mchid": keys.merchant_number, "appid": keys.app_id, "amount": {"total": 5}, "payer": {"openid": "o"},
        "notify_url": f"http://127.0.0.1:{merchant.server_address[1]}/", "description": "<b>牛奶</b>",
    }  # fmt: skip
    cashier = f"{provider.address}/cashier/{provider.till.open(told, merchant_number=keys.merchant_number, app_id=keys.app_id)}"
    page = requests.get(cashier, timeout=5).text
    assert "¥0.05" in page and "&lt;b&gt;" in page
    answer = requests.post(cashier, data={"back": "http://127.0.0.1:1/x"}, allow_redirects=False, timeout=5)
    assert (answer.status_code, answer.headers["Location"]) == (303, "http://127.0.0.1:1/x")
    deadline = time.monotonic() + 10
    while len(DeafAtFirst.heard) < 2 and time.monotonic() < deadline:
        time.sleep(0.02)
    merchant.shutdown()
    assert len(DeafAtFirst.heard) == 2 and DeafAtFirst.heard[0] == DeafAtFirst.heard[1]
    assert json.loads(DeafAtFirst.heard[0])["event_type"] == "TRANSACTION.SUCCESS"
