"""Paying into a wallet and getting money back: online, in cash and by code, within the caps."""

from __future__ import annotations

from datetime import timedelta

import pytest

from sitong.member.wallet.actions import (
    WalletCapExceeded,
    WalletPayment,
    close_plan,
    pay_from_wallets,
    set_terms,
)
from sitong.member.wallet.queries import wallets_now
from sitong.member.wallet.rules import WalletNow
from sitong.scene.orders.paying import ask_provider
from sitong.scene.payments.actions import GivenTooLittle
from sitong.scene.payments.messenger import send_refunds
from sitong.scene.payments.models import Payment, Refund
from sitong.scene.payments.payers import confirm_news
from sitong.scene.payments.provider import PaymentAnswer, Standing
from sitong.scene.payments.queries import ASK_AFTER
from sitong.scene.topups.actions import (
    CashTopUp,
    NothingToPayOut,
    PayOutWanted,
    TopUpMalformed,
    TopUpNotPayable,
    TopUpWanted,
    expire_topups,
    open_topups,
    pay_out,
    pay_topups_in_cash,
)
from sitong.scene.topups.models import TopUpDocument
from sitong.scene.topups.paying import give_up_topup_code, pay_topup_by_code, topup_code_standing, way_to_pay_topup
from sitong.scene.topups.queries import topup_of
from sitong.shared.clock import now as present
from sitong.shared.errors import NotFound, RepeatDiffers
from sitong.shared.ids import new_id
from sitong.shared.ledger.books import check_books
from tests.make.member import a_member
from tests.make.org import a_brand, a_store, done
from tests.make.payments import a_merchant, a_provider
from tests.make.wallet import a_plan

pytestmark = pytest.mark.usefixtures("db")


@pytest.fixture
def brand():
    return a_brand(now=present())


@pytest.fixture
def store(brand):
    return a_store(brand, now=present())


@pytest.fixture
def member(brand):
    return a_member(brand, now=present())


@pytest.fixture
def provider(brand, tmp_path):
    with a_provider(tmp_path, notifies=False) as running:
        a_merchant(brand.id, running, now=present())
        yield running


def opened(member, store, *, now=None, **fields):
    fields = fields or {"plan_id": a_plan(type("brand", (), {"id": member.brand_id}), now=present()).id}
    return done(
        open_topups(
            [TopUpWanted(new_id(), member.brand_id, member.id, store_id=store.id, **fields)], now=now or present()
        )
    )


def holds(member):
    return wallets_now([member.id]).get(member.id, WalletNow())


def paid_in_cash(member, store, **fields):
    topup = opened(member, store, **fields)
    done(pay_topups_in_cash([CashTopUp(new_id(), topup.id)], now=present()))
    return topup


def news_of(topup):
    payment = Payment.objects.get(document_id=topup.id, state="open")
    return PaymentAnswer(
        payment.number, Standing.DONE, f"T{payment.number}"[:30], payment.amount_minor, "CNY", present()
    )


def test_cash_pays_a_plan_in_with_its_gift_and_gives_change(member, store):
    topup = opened(member, store)
    one = CashTopUp(new_id(), topup.id, given_minor=60_000, by=new_id(), shift_id=new_id())
    paid = done(pay_topups_in_cash([one], now=present()))
    assert (paid.pay_minor, paid.gift_minor, paid.change_minor, holds(member)) == (
        50_000,
        5_000,
        10_000,
        WalletNow(50_000, 5_000),
    )
    assert done(pay_topups_in_cash([one], now=present())) == paid
    assert pay_topups_in_cash([CashTopUp(new_id(), topup.id)], now=present()) == [
        TopUpNotPayable(number=topup.number, state="paid")
    ]
    assert (Payment.objects.count(), holds(member), check_books()) == (1, WalletNow(50_000, 5_000), [])


def test_too_little_cash_leaves_everything_as_it_was(member, store):
    topup = opened(member, store)
    assert pay_topups_in_cash([CashTopUp(new_id(), topup.id, given_minor=49_999)], now=present()) == [
        GivenTooLittle(given=49_999, wanted=50_000)
    ]
    assert (Payment.objects.count(), holds(member), topup_of(topup.id, brand_id=member.brand_id).state) == (
        0,
        WalletNow(),
        "open",
    )


def test_wechat_pays_in_when_its_news_comes_and_the_same_news_again_changes_nothing(member, store, provider):
    topup = opened(member, store)
    way = way_to_pay_topup(topup, now=present())
    assert (way["amount_minor"], way["cashier"].startswith(provider.address)) == (50_000, True)
    provider.till.pay(way["cashier"].rsplit("/", 1)[1])
    Payment.objects.update(opened_at=present() - ASK_AFTER * 2)
    assert (ask_provider(now=present()), ask_provider(now=present())) == (1, 0)
    assert (holds(member), topup_of(topup.id, brand_id=member.brand_id).state, check_books()) == (
        WalletNow(50_000, 5_000),
        "paid",
        [],
    )


def test_a_scanned_code_pays_in_at_once_or_after_the_phone(member, store, provider):
    assert pay_topup_by_code(opened(member, store), provider.till.make_code("pay"), by=None, now=present()) == "paid"
    second, code = opened(member, store), provider.till.make_code("password")
    assert pay_topup_by_code(second, code, by=None, now=present()) == "paying"
    provider.till.answer(code, agrees=True)
    assert (topup_code_standing(second.id, now=present()), holds(member)) == ("paid", WalletNow(100_000, 10_000))


def test_a_code_that_is_given_up_pays_nothing_in(member, store, provider):
    topup, code = opened(member, store), provider.till.make_code("password")
    pay_topup_by_code(topup, code, by=None, now=present())
    assert (give_up_topup_code(topup.id, now=present()), holds(member)) == ("refused", WalletNow())
    assert provider.till.answer(code, agrees=True) is None


def test_money_that_would_lift_the_wallet_above_its_cap_goes_back_by_itself(member, store, provider):
    late = opened(member, store)
    way_to_pay_topup(late, now=present())
    news = news_of(late)
    paid_in_cash(member, store, pay_minor=450_000)
    confirm_news([news], now=present())
    refund = Refund.objects.get()
    assert (refund.amount_minor, topup_of(late.id, brand_id=member.brand_id).state, holds(member)) == (
        50_000,
        "returned",
        WalletNow(450_000, 0),
    )
    assert [type(one).__name__ for one in confirm_news([news], now=present())] == ["Confirmation"]
    assert (Refund.objects.count(), check_books()) == (1, [])


def test_a_top_up_above_the_cap_is_refused_when_it_is_opened_and_when_it_is_paid(member, store):
    paid_in_cash(member, store, pay_minor=400_000)
    wanted = TopUpWanted(new_id(), member.brand_id, member.id, pay_minor=100_001, store_id=store.id)
    assert open_topups([wanted], now=present()) == [WalletCapExceeded(cap=500_000, holds=400_000, wanted=100_001)]
    first, second = opened(member, store, pay_minor=60_000), opened(member, store, pay_minor=60_000)
    done(pay_topups_in_cash([CashTopUp(new_id(), first.id)], now=present()))
    assert pay_topups_in_cash([CashTopUp(new_id(), second.id)], now=present()) == [
        WalletCapExceeded(cap=500_000, holds=460_000, wanted=60_000)
    ]
    assert (holds(member), Payment.objects.count(), check_books()) == (WalletNow(460_000, 0), 2, [])


def test_an_expired_top_up_is_not_paid_and_late_money_goes_back(member, store, provider):
    topup = opened(member, store)
    way_to_pay_topup(topup, now=present())
    news = news_of(topup)
    assert expire_topups(now=topup.pay_by + timedelta(seconds=1)) == 1
    confirm_news([news], now=present())
    assert (Refund.objects.get().amount_minor, holds(member)) == (50_000, WalletNow())
    assert pay_topups_in_cash([CashTopUp(new_id(), topup.id)], now=present()) == [
        TopUpNotPayable(number=topup.number, state="expired")
    ]


def test_what_is_no_top_up_is_refused(member, store, brand):
    plan = a_plan(brand)
    close_plan(plan.id, brand_id=brand.id, by=None, now=present())
    base = {"brand_id": brand.id, "member_id": member.id}
    assert open_topups([
        TopUpWanted(new_id(), plan_id=plan.id, **base), TopUpWanted(new_id(), pay_minor=99, **base), TopUpWanted(new_id(), **base),
        TopUpWanted(new_id(), brand.id, new_id(), pay_minor=100), TopUpWanted(new_id(), new_id(), member.id, pay_minor=100),
    ], now=present()) == [TopUpMalformed(), TopUpMalformed(), TopUpMalformed(), NotFound(what="member"), NotFound(what="member")]  # fmt: skip
    assert TopUpDocument.objects.count() == 0


def test_the_same_top_up_again_is_the_same_one(member, store):
    one = TopUpWanted(new_id(), member.brand_id, member.id, pay_minor=1_000, store_id=store.id)
    first, again = open_topups([one, one], now=present())
    other = TopUpWanted(one.id, one.brand_id, one.member_id, pay_minor=2_000)
    assert (again, open_topups([other], now=present()), TopUpDocument.objects.count()) == (
        first,
        [RepeatDiffers(id=one.id)],
        1,
    )


def test_the_issuing_entity_takes_the_money_wherever_it_is_paid_in(member, store, brand):
    assert opened(member, store, pay_minor=1_000).entity_id == store.entity_id
    issuer = new_id()
    set_terms(
        brand_id=brand.id, named_cap_minor=500_000, bearer_cap_minor=100_000, issuer_id=issuer, by=None, now=present()
    )
    assert opened(member, store, pay_minor=1_000).entity_id == issuer


def test_money_goes_back_the_way_it_came_the_latest_first_and_the_gift_goes_in_proportion(member, store, provider):
    paid_in_cash(member, store, pay_minor=10_000)
    online = opened(member, store)
    provider.till.pay(way_to_pay_topup(online, now=present())["cashier"].rsplit("/", 1)[1])
    confirm_news([news_of(online)], now=present())
    assert holds(member) == WalletNow(60_000, 5_000)
    by_phone = pay_out(PayOutWanted(new_id(), member.brand_id, member.id, 30_000), now=present())
    assert (by_phone.principal_minor, by_phone.gift_minor, by_phone.cash_minor) == (30_000, 2_500, 0)
    at_counter = PayOutWanted(new_id(), member.brand_id, member.id, None, ("wechat", "cash"), new_id())
    rest = pay_out(at_counter, now=present())
    assert (rest.principal_minor, rest.gift_minor, rest.cash_minor, holds(member)) == (
        30_000,
        2_500,
        10_000,
        WalletNow(0, 0),
    )
    assert pay_out(at_counter, now=present()) == rest
    assert sorted(Refund.objects.values_list("payment__provider", "amount_minor", "state")) == [
        ("cash", 10_000, "done"), ("wechat", 20_000, "asked"), ("wechat", 30_000, "asked"),
    ]  # fmt: skip
    assert (send_refunds(now=present()), check_books()) in ((0, []), (2, []))


def test_only_what_is_left_is_paid_out_and_cash_not_from_a_phone(member, store):
    paid_in_cash(member, store, pay_minor=10_000)
    done(pay_from_wallets([WalletPayment(new_id(), new_id(), member.brand_id, member.id, 4_000)], now=present()))
    with pytest.raises(NothingToPayOut):
        pay_out(PayOutWanted(new_id(), member.brand_id, member.id), now=present())
    with pytest.raises(NothingToPayOut) as refused:
        pay_out(PayOutWanted(new_id(), member.brand_id, member.id, 6_001, ("cash",)), now=present())
    assert refused.value.facts == {"wanted": 6_001, "most": 6_000}
    assert (
        pay_out(PayOutWanted(new_id(), member.brand_id, member.id, None, ("cash",)), now=present()).cash_minor == 6_000
    )
    assert (holds(member), check_books()) == (WalletNow(0, 0), [])
