"""Rewards in cash: sent by the provider's transfer, received by the member, paid once, owed and paid on the ledger."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
import requests

from sitong.marketing.giving.actions import give_rewards
from sitong.marketing.giving.rules import Reward
from sitong.member.models import MemberKey
from sitong.scene.orders.paying import hear_provider
from sitong.scene.payments.demo.protocol import notification, signature_headers
from sitong.scene.payments.demo.transfers import transfer_resource
from sitong.scene.payments.provider import (
    NotificationForged,
    ProviderRefused,
    ProviderUnreachable,
    Standing,
    TransferAnswer,
)
from sitong.scene.payments.queries import provider_of
from sitong.scene.payouts.actions import (
    OWED,
    PAID,
    PayoutDue,
    PayoutNotFailed,
    enter_payouts,
    settle_payouts,
    try_again,
)
from sitong.scene.payouts.models import Payout
from sitong.scene.payouts.rules import payout_number
from sitong.scene.payouts.sending import ask_about_payouts, ready_waiting, send_payouts, way_to_receive
from sitong.shared.clock import now as present
from sitong.shared.events.reader import drain
from sitong.shared.ids import new_id
from sitong.shared.ledger.books import check_books
from sitong.shared.ledger.models import LedgerAccount
from tests.make.gifts import a_reward_due
from tests.make.member import a_key, a_member
from tests.make.org import NOW, a_brand
from tests.make.payments import a_merchant, a_provider

SOON = NOW + timedelta(minutes=6)


@pytest.fixture
def provider(tmp_path):
    with a_provider(tmp_path, notifies=False) as one:
        yield one


@pytest.fixture
def brand(db):
    return a_brand()


def owed(brand, member, amount: int = 188) -> Payout:
    due = PayoutDue(new_id(), brand.id, member.id, amount, "scan:1")
    enter_payouts([due], now=NOW)
    enter_payouts([due], now=NOW)
    return Payout.objects.get(id=due.id)


def known_in(merchant, brand, openid: str = "o-ann"):
    member = a_member(brand)
    a_key(member, "wechat_open", openid, app=merchant.app_id)
    return member


def balance(brand, kind: str) -> int:
    row = LedgerAccount.objects.filter(owner_id=brand.id, kind=kind).first()
    return row.credits_posted - row.debits_posted if row else 0


def test_cash_is_offered_to_the_member_and_paid_when_it_is_received(brand, provider):
    merchant = a_merchant(brand.id, provider, now=NOW)
    payout = owed(brand, known_in(merchant, brand))
    assert (balance(brand, OWED), balance(brand, PAID)) == (188, 0)
    assert send_payouts(now=NOW) == 1
    payout.refresh_from_db()
    assert (payout.state, payout.number) == ("offered", payout_number(payout.id, 1))
    way = way_to_receive(payout)
    assert way["jsapi"] == {"mchId": merchant.merchant_number, "appId": merchant.app_id, "package": payout.package}
    assert requests.post(way["page"], timeout=5, allow_redirects=False).status_code == 303
    assert ask_about_payouts(now=SOON) == 1
    payout.refresh_from_db()
    assert (payout.state, payout.done_at, balance(brand, OWED), balance(brand, PAID)) == ("done", SOON, 0, 188)
    assert send_payouts(now=SOON) == 0 and check_books() == []


def test_the_provider_s_notification_settles_it_once_and_a_forged_one_nothing(brand, provider):
    merchant = a_merchant(brand.id, provider, now=NOW)
    payout = owed(brand, known_in(merchant, brand))
    send_payouts(now=NOW)
    payout.refresh_from_db()
    row = provider.till.transfers.receive(payout.package)
    body = notification(provider.keys, event_type="MCHTRANSFER.BILL.FINISHED", kind="mch_payment",
                        resource=transfer_resource(row, merchant_number=merchant.merchant_number))  # fmt: skip
    headers = signature_headers(provider.keys, body)
    with pytest.raises(NotificationForged):
        hear_provider(merchant.id, {**headers, "Wechatpay-Nonce": "other"}, body, now=present())
    assert Payout.objects.get().state == "offered"
    hear_provider(merchant.id, headers, body, now=present())
    hear_provider(merchant.id, headers, body, now=present())
    assert Payout.objects.get().state == "done" and balance(brand, PAID) == 188
    assert check_books() == []


def test_without_an_openid_it_waits_until_there_is_one(brand, provider):
    merchant = a_merchant(brand.id, provider, now=NOW)
    member = a_member(brand)
    payout = owed(brand, member)
    assert send_payouts(now=NOW) == 0 and Payout.objects.get().state == "waiting"
    a_key(member, "wechat_open", "o-late", app="wx-of-somebody-else")
    assert send_payouts(now=NOW) == 0
    a_key(member, "wechat_open", "o-late", app=merchant.app_id)
    assert send_payouts(now=NOW) == 1
    assert provider.till.transfers.query(payout.number)["payee"] == "o-late"


def test_a_provider_that_does_not_answer_is_asked_again_with_the_same_number(brand, provider, monkeypatch):
    merchant = a_merchant(brand.id, provider, now=NOW)
    payout = owed(brand, known_in(merchant, brand))
    adapter = type(provider_of(merchant.id))
    real = adapter.transfer

    def lost(self, **said):
        real(self, **said)
        raise ProviderUnreachable(provider="wechat")

    monkeypatch.setattr(adapter, "transfer", lost)
    assert send_payouts(now=NOW) == 0
    payout.refresh_from_db()
    assert (payout.state, payout.fault) == ("ready", "scene.payment_provider_unreachable")
    monkeypatch.setattr(adapter, "transfer", real)
    assert send_payouts(now=NOW + timedelta(seconds=30)) == 0
    assert send_payouts(now=NOW + timedelta(seconds=60)) == 1
    payout.refresh_from_db()
    assert (payout.state, payout.attempt, payout.fault) == ("offered", 1, "")


def test_what_fails_is_shown_and_tried_again_under_another_number(brand, provider):
    merchant = a_merchant(brand.id, provider, now=NOW)
    blocked = owed(brand, known_in(merchant, brand, "blocked-ann"))
    lapsed = owed(brand, known_in(merchant, brand, "o-bob"))
    assert send_payouts(now=NOW) == 2
    lapsed.refresh_from_db()
    provider.till.transfers.let_lapse(lapsed.package)
    ask_about_payouts(now=SOON)
    found = {one.id: (one.state, one.fault) for one in Payout.objects.all()}
    assert found == {blocked.id: ("failed", "PAYEE_ACCOUNT_ABNORMAL"), lapsed.id: ("failed", "OVERDUE_CLOSE")}
    assert balance(brand, OWED) == 376 and check_books() == []
    again = try_again(lapsed.id, brand_id=brand.id, by=None, now=SOON)
    assert (again.attempt, again.number) == (2, payout_number(lapsed.id, 2))
    with pytest.raises(PayoutNotFailed):
        try_again(lapsed.id, brand_id=brand.id, by=None, now=SOON)
    assert send_payouts(now=SOON) == 1
    lapsed.refresh_from_db()
    assert lapsed.state == "offered"


def test_an_answer_about_another_amount_or_an_old_number_changes_nothing(brand, provider):
    merchant = a_merchant(brand.id, provider, now=NOW)
    payout = owed(brand, known_in(merchant, brand))
    send_payouts(now=NOW)
    wrong = TransferAnswer(payout.number, Standing.DONE, amount_minor=187)
    settle_payouts([wrong, replace(wrong, number="0" * 32, amount_minor=188)], now=NOW)
    assert Payout.objects.get().state == "offered" and check_books() == []


@pytest.mark.usefixtures("committed_db")
def test_a_campaign_s_cash_becomes_a_payout():
    brand = a_brand()
    give_rewards([a_reward_due(a_member(brand), Reward("cash", 88), source="scan:7")], now=NOW)
    drain("scene.payouts")
    drain("scene.payouts")
    one = Payout.objects.get()
    assert (one.amount_minor, one.source, one.state, balance(brand, OWED)) == (88, "scan:7", "waiting", 88)


def test_the_provider_refuses_what_the_real_one_refuses(brand, provider):
    merchant = a_merchant(brand.id, provider, now=NOW)
    adapter = provider_of(merchant.id)
    sound = {
        "number": "a1",
        "amount_minor": 100,
        "payee": "o-ann",
        "remark": "奖励",
        "activity": "扫码",
        "notify_url": "http://127.0.0.1:9/",
    }
    first, again = adapter.transfer(**sound), adapter.transfer(**sound)
    assert first == again and first.standing is Standing.OPEN
    for change in (
        {"amount_minor": 200},
        {"number": "no-dashes"},
        {"number": "b2", "amount_minor": 9},
        {"number": "b3", "amount_minor": 200_000},
    ):
        with pytest.raises(ProviderRefused):
            adapter.transfer(**{**sound, **change})
    assert adapter.query_transfer("unknown1").standing is Standing.UNKNOWN


def test_a_payout_that_cannot_be_sent_holds_up_no_other(brand, provider, monkeypatch):
    merchant = a_merchant(brand.id, provider, now=NOW)
    broken = owed(brand, known_in(merchant, brand, "o-broken"))
    sound = owed(brand, known_in(merchant, brand, "o-sound"))
    adapter = type(provider_of(merchant.id))
    real = adapter.transfer

    def transfer(self, **said):
        if said["payee"] == "o-broken":
            raise Exception("transfer_remark is not assigned")
        return real(self, **said)

    monkeypatch.setattr(adapter, "transfer", transfer)
    assert send_payouts(now=NOW) == 1
    found = {one.id: (one.state, one.fault) for one in Payout.objects.all()}
    assert found == {broken.id: ("ready", "unsendable"), sound.id: ("offered", "")}


def test_one_whose_member_s_wechat_is_gone_waits_again(brand, provider):
    merchant = a_merchant(brand.id, provider, now=NOW)
    payout = owed(brand, known_in(merchant, brand))
    ready_waiting()
    MemberKey.objects.all().delete()
    assert send_payouts(now=NOW) == 0
    payout.refresh_from_db()
    assert (payout.state, payout.merchant_id) == ("waiting", None)
