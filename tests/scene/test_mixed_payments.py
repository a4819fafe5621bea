"""One order, several ways to pay: wallet, cash and WeChat, and every part goes back whence it came."""

from __future__ import annotations

from datetime import timedelta

import pytest

from sitong.member.wallet.actions import WalletTooLow
from sitong.member.wallet.queries import wallets_now
from sitong.member.wallet.rules import WalletNow
from sitong.scene.orders.actions import (
    CancelWanted,
    Tendered,
    WalletTender,
    cancel_orders,
    confirm_payments,
    expire_orders,
    pay_orders_from_wallets,
    settle_orders,
)
from sitong.scene.orders.actions.pay import OrderNotPayable
from sitong.scene.orders.models import Order
from sitong.scene.payments.actions import (
    GiveBack,
    GivenTooLittle,
    PaymentWanted,
    RefundTooHigh,
    Tender,
    TenderMalformed,
    give_back,
    open_payments,
    settle_refunds,
    take_tenders,
)
from sitong.scene.payments.models import Payment, Refund
from sitong.scene.payments.provider import PaymentAnswer, RefundAnswer, Standing
from sitong.scene.payments.queries import cash_of_shifts, paid_minor_of
from sitong.shared.errors import RepeatDiffers
from sitong.shared.ids import new_id
from sitong.shared.ledger.books import check_books
from tests.make.org import NOW, done
from tests.make.scene import a_payment_answer, a_placed_order, a_selling_store
from tests.make.wallet import a_topped_up_wallet

pytestmark = pytest.mark.usefixtures("db")


@pytest.fixture
def selling():
    return a_selling_store(prices=(1_000, 250))


@pytest.fixture
def order(selling):
    return a_placed_order(selling, (0, 10))


def tender(order, kind, amount_minor, *, member=None, given=None, **fields):
    return Tender(
        fields.pop("id", None) or new_id(), order.id, fields.pop("brand_id"), None, kind, amount_minor, "CNY",
        member_id=member.id if member else None, given_minor=given, **fields,
    )  # fmt: skip


def state(order):
    return Order.objects.get(id=order.id).state


def wallet(selling):
    return wallets_now([selling.member.id]).get(selling.member.id, WalletNow())


def provider_pays(selling, order, *, now=NOW):
    """Open what is still to pay with the provider and let it be paid."""
    return confirm_payments([a_payment_answer(selling, order, now=now)], now=now)


def test_an_order_is_paid_when_wallet_and_wechat_add_up(selling, order):
    a_topped_up_wallet(selling.member, 3_000, 300)
    assert pay_orders_from_wallets([WalletTender(new_id(), order.id)], now=NOW) == [Tendered(order.id, 3_300, 6_700)]
    assert (state(order), wallet(selling), paid_minor_of([order.id])) == ("placed", WalletNow(0, 0), {order.id: 3_300})
    [confirmed] = provider_pays(selling, order)
    assert (confirmed.amount_minor, state(order), paid_minor_of([order.id])) == (6_700, "paid", {order.id: 10_000})
    assert check_books() == []


def test_the_wallet_alone_pays_an_order_and_the_same_request_again_pays_nothing_more(selling, order):
    a_topped_up_wallet(selling.member, 20_000)
    one = WalletTender(new_id(), order.id, by=new_id())
    assert pay_orders_from_wallets([one], now=NOW) == [Tendered(order.id, 10_000, 0)]
    assert pay_orders_from_wallets([one], now=NOW) == [Tendered(order.id, 10_000, 0)]
    assert (state(order), wallet(selling)) == ("paid", WalletNow(10_000, 0))
    assert pay_orders_from_wallets([WalletTender(new_id(), order.id)], now=NOW) == [
        OrderNotPayable(number=order.number, state="paid")
    ]
    assert check_books() == []


def test_an_empty_wallet_and_more_than_it_holds_are_refused_and_nothing_changes(selling, order):
    assert pay_orders_from_wallets([WalletTender(new_id(), order.id)], now=NOW) == [
        WalletTooLow(wanted=10_000, holds=0)
    ]
    a_topped_up_wallet(selling.member, 500)
    assert pay_orders_from_wallets([WalletTender(new_id(), order.id, 501)], now=NOW) == [
        WalletTooLow(wanted=501, holds=500)
    ]
    assert (state(order), wallet(selling), Payment.objects.count()) == ("placed", WalletNow(500, 0), 0)


def test_cash_wallet_and_wechat_pay_one_order_and_cash_says_its_change(selling, order):
    a_topped_up_wallet(selling.member, 2_000)
    brand_id, shift = selling.store.brand_id, new_id()
    cash, stored = take_tenders([
        tender(order, "cash", 4_550, given=5_000, brand_id=brand_id, shift_id=shift), tender(order, "wallet", 2_000, member=selling.member, brand_id=brand_id),
    ], now=NOW)  # fmt: skip
    assert (cash.kind, cash.change_minor, stored.kind, stored.change_minor) == ("cash", 450, "wallet", 0)
    assert settle_orders([order.id], now=NOW) == []
    provider_pays(selling, order)
    assert (state(order), cash_of_shifts([shift])) == ("paid", {shift: (4_550, 0)})
    assert check_books() == []


def test_a_tender_again_is_the_same_one_and_another_under_its_id_is_refused(selling, order):
    one = tender(order, "cash", 10_000, given=10_000, brand_id=selling.store.brand_id)
    [first] = take_tenders([one], now=NOW)
    assert take_tenders([one, one], now=NOW) == [first, first]
    other = tender(order, "cash", 9_999, id=one.id, brand_id=selling.store.brand_id)
    assert take_tenders([other], now=NOW) == [RepeatDiffers(id=one.id)]
    assert settle_orders([order.id], now=NOW) == [order.id]
    assert settle_orders([order.id], now=NOW) == []
    assert Payment.objects.count() == 1


def test_malformed_tenders_are_refused_and_leave_nothing(selling, order):
    brand_id = selling.store.brand_id
    assert take_tenders([
        tender(order, "cash", 0, brand_id=brand_id), tender(order, "gold", 1, brand_id=brand_id), tender(order, "wallet", 1, brand_id=brand_id),
        tender(order, "cash", 100, given=99, brand_id=brand_id),
    ], now=NOW) == [
        TenderMalformed(kind="cash"), TenderMalformed(kind="gold"), TenderMalformed(kind="wallet"), GivenTooLittle(given=99, wanted=100),
    ]  # fmt: skip
    assert Payment.objects.count() == 0


def test_a_provider_payment_of_the_old_total_that_comes_after_a_wallet_part_goes_back_whole(selling, order):
    a_topped_up_wallet(selling.member, 3_000)
    late = a_payment_answer(selling, order)
    done(pay_orders_from_wallets([WalletTender(new_id(), order.id)], now=NOW))
    confirm_payments([late], now=NOW)
    refund = Refund.objects.get()
    assert (refund.amount_minor, refund.state, state(order)) == (10_000, "asked", "placed")
    settle_refunds([RefundAnswer(refund.number, Standing.DONE)], now=NOW)
    provider_pays(selling, order)
    assert (state(order), paid_minor_of([order.id])) == ("paid", {order.id: 10_000})
    assert check_books() == []


def test_the_rest_is_opened_anew_and_the_old_payment_is_closed(selling, order):
    a_topped_up_wallet(selling.member, 3_000)
    a_payment_answer(selling, order)
    done(pay_orders_from_wallets([WalletTender(new_id(), order.id)], now=NOW))
    wanted = PaymentWanted(order.id, selling.store.brand_id, None, order.total_minor, "CNY", order.pay_by)
    [rest] = open_payments([wanted], now=NOW)
    assert (rest.amount_minor, open_payments([wanted], now=NOW)) == (7_000, [rest])
    assert sorted(Payment.objects.filter(provider="wechat").values_list("amount_minor", "state")) == [
        (7_000, "open"),
        (10_000, "closed"),
    ]


def test_canceling_gives_every_part_back(selling, order):
    a_topped_up_wallet(selling.member, 3_000, 300)
    done(pay_orders_from_wallets([WalletTender(new_id(), order.id)], now=NOW))
    provider_pays(selling, order)
    one = CancelWanted(order.id, new_id())
    assert done(cancel_orders([one], now=NOW)).refunded_minor == 10_000
    assert done(cancel_orders([one], now=NOW)).refunded_minor == 10_000
    assert (wallet(selling), paid_minor_of([order.id])) == (WalletNow(3_000, 300), {order.id: 0})
    assert sorted(Refund.objects.values_list("payment__provider", "amount_minor", "state")) == [
        ("wallet", 3_300, "done"),
        ("wechat", 6_700, "asked"),
    ]
    assert check_books() == []


def test_canceling_an_order_of_which_only_the_wallet_s_part_is_paid_gives_it_back(selling, order):
    a_topped_up_wallet(selling.member, 3_000)
    done(pay_orders_from_wallets([WalletTender(new_id(), order.id)], now=NOW))
    assert done(cancel_orders([CancelWanted(order.id, new_id())], now=NOW)).refunded_minor == 3_000
    assert (wallet(selling), state(order)) == (WalletNow(3_000, 0), "canceled")
    assert check_books() == []


def test_an_expired_order_gives_the_wallet_s_part_back_once(selling, order):
    a_topped_up_wallet(selling.member, 3_000)
    done(pay_orders_from_wallets([WalletTender(new_id(), order.id)], now=NOW))
    later = NOW + timedelta(hours=2)
    assert (expire_orders(now=later), expire_orders(now=later)) == (1, 0)
    assert (wallet(selling), state(order), Refund.objects.count()) == (WalletNow(3_000, 0), "expired", 1)
    assert check_books() == []


def test_an_order_whose_time_is_over_is_not_paid_from_a_wallet(selling, order):
    a_topped_up_wallet(selling.member, 20_000)
    assert pay_orders_from_wallets([WalletTender(new_id(), order.id)], now=order.pay_by) == [
        OrderNotPayable(number=order.number, state="placed")
    ]
    assert wallet(selling) == WalletNow(20_000, 0)


def test_giving_back_is_in_proportion_and_exact_at_the_end(selling, order):
    a_topped_up_wallet(selling.member, 3_000)
    brand_id, clerk, shift = selling.store.brand_id, new_id(), new_id()
    take_tenders([
        tender(order, "wallet", 3_000, member=selling.member, brand_id=brand_id), tender(order, "cash", 7_000, given=7_000, brand_id=brand_id),
    ], now=NOW)  # fmt: skip
    settle_orders([order.id], now=NOW)
    one = GiveBack(new_id(), order.id, 3_333, "returned", by=clerk, shift_id=shift)
    [parts] = give_back([one], now=NOW)
    assert sorted((part.kind, part.amount_minor) for part in parts) == [("cash", 2_333), ("wallet", 1_000)]
    assert give_back([one], now=NOW) == [parts]
    assert give_back([GiveBack(one.id, order.id, 1, "returned")], now=NOW) == [RepeatDiffers(id=one.id)]
    assert give_back([GiveBack(new_id(), order.id, 6_668, "too much")], now=NOW) == [
        RefundTooHigh(wanted=6_668, left=6_667)
    ]
    [rest] = give_back([GiveBack(new_id(), order.id, 6_667, "returned", by=clerk, shift_id=shift)], now=NOW)
    assert sorted((part.kind, part.amount_minor) for part in rest) == [("cash", 4_667), ("wallet", 2_000)]
    assert (wallet(selling), cash_of_shifts([shift])[shift][1]) == (WalletNow(3_000, 0), 7_000)
    assert set(Refund.objects.values_list("state", "by")) == {("done", clerk)}


def test_several_givings_back_in_one_batch_see_each_other(selling, order):
    brand_id = selling.store.brand_id
    take_tenders([tender(order, "cash", 10_000, brand_id=brand_id)], now=NOW)
    settle_orders([order.id], now=NOW)
    first, second, none = give_back([
        GiveBack(new_id(), order.id, 6_000, "a"), GiveBack(new_id(), order.id, 6_000, "b"), GiveBack(new_id(), order.id, 0, "c"),
    ], now=NOW)  # fmt: skip
    assert (first[0].amount_minor, second, none) == (6_000, RefundTooHigh(wanted=6_000, left=4_000), [])


def test_money_for_a_paid_order_by_a_second_payment_goes_back(selling, order):
    answer = a_payment_answer(selling, order)
    confirm_payments([answer], now=NOW)
    second = Payment.objects.get()
    Payment.objects.create(
        id=new_id(), brand_id=second.brand_id, document_id=order.id, merchant=second.merchant, provider="wechat", number="SECOND0001",
        amount_minor=10_000, opened_at=NOW,
    )  # fmt: skip
    confirm_payments([PaymentAnswer("SECOND0001", Standing.DONE, "T2", 10_000, "CNY", NOW)], now=NOW)
    assert (Refund.objects.get().payment.number, paid_minor_of([order.id])) == ("SECOND0001", {order.id: 10_000})
    assert check_books() == []
