"""Buying coupons: given when the money is there, and the money goes back when it cannot be given or was not used."""

from __future__ import annotations

from datetime import timedelta

import pytest

from sitong.marketing.coupons.actions import (
    PassWanted,
    RedeemWanted,
    pass_on_coupon,
    redeem_coupons,
    take_passed_coupon,
)
from sitong.marketing.coupons.models import CouponClaim
from sitong.scene.coupon_sales.actions import (
    KIND,
    CouponSaleWanted,
    confirm_coupon_sales,
    expire_coupon_sales,
    open_coupon_sales,
    return_bought_coupon,
)
from sitong.scene.coupon_sales.models import CouponSale
from sitong.scene.payments.actions import MerchantWanted, PaymentWanted, open_merchants, open_payments
from sitong.scene.payments.models import Payment, Refund
from sitong.scene.payments.payers import confirm_news
from sitong.scene.payments.provider import PaymentAnswer, Standing
from sitong.shared.clock import now as clock_now
from sitong.shared.errors import NotFound, Refused, RepeatDiffers
from sitong.shared.ids import new_id
from sitong.shared.ledger.books import check_books
from tests.make.access import a_viewer, as_viewer
from tests.make.marketing import a_coupon, an_exchange
from tests.make.member import a_member
from tests.make.org import NOW, a_brand, a_store, done
from tests.make.scene import _keys

pytestmark = pytest.mark.usefixtures("db")
BUY = {"ways": ("buy",), "price_minor": 1_000}


class Buying:
    """A brand with a merchant account, a coupon for 10.00, and a member who buys it."""

    def __init__(self, **fields) -> None:
        self.brand = a_brand()
        keys = _keys()
        open_merchants([MerchantWanted(
            self.brand.id, None, keys.merchant_number, keys.app_id, keys.serial, keys.merchant_private, keys.api_key,
            keys.provider_key_id, keys.provider_public,
        )], now=NOW)  # fmt: skip
        self.coupon = an_exchange(self.brand, new_id(), **{**BUY, "transferable": True, **fields})
        self.member = a_member(self.brand)

    def wanted(self, *, member=None, id=None) -> CouponSaleWanted:
        return CouponSaleWanted(id or new_id(), self.brand.id, (member or self.member).id, self.coupon.id)

    def opened(self, **fields) -> CouponSale:
        return done(open_coupon_sales([self.wanted(**fields)], now=NOW))

    def answer(self, sale: CouponSale, *, now=NOW) -> PaymentAnswer:
        wanted = PaymentWanted(sale.id, sale.brand_id, None, sale.price_minor, sale.currency, sale.pay_by, KIND)
        payment = done(open_payments([wanted], now=now))
        return PaymentAnswer(payment.number, Standing.DONE, f"T{payment.number}"[:32], payment.amount_minor, "CNY", now)

    def pay(self, sale: CouponSale, *, now=NOW):
        return confirm_news([self.answer(sale)], now=now)[0]


def state(sale: CouponSale) -> str:
    return CouponSale.objects.get(id=sale.id).state


def test_a_coupon_is_given_when_it_is_paid_and_not_before():
    there = Buying()
    sale = there.opened()
    assert not CouponClaim.objects.exists()
    answer = there.answer(sale)
    confirm_coupon_sales([answer], now=NOW)
    again = confirm_coupon_sales([answer], now=NOW)[0]
    assert again.repeated
    row = CouponClaim.objects.get()
    assert (row.id, row.member_id, row.way, state(sale)) == (sale.id, there.member.id, "buy", "paid")
    assert not Refund.objects.exists()
    assert check_books() == []


def test_the_same_id_is_the_same_purchase():
    there = Buying()
    sale = there.opened()
    assert there.opened(id=sale.id).id == sale.id
    (differs,) = open_coupon_sales([there.wanted(id=sale.id, member=a_member(there.brand))], now=NOW)
    assert isinstance(differs, RepeatDiffers)
    assert CouponSale.objects.count() == 1


def test_what_is_not_for_sale_or_cannot_be_had_is_not_opened():
    there = Buying(quota_total=1)
    free = a_coupon(there.brand)
    (unsold,) = open_coupon_sales([CouponSaleWanted(new_id(), there.brand.id, there.member.id, free.id)], now=NOW)
    assert isinstance(unsold, NotFound)
    there.pay(there.opened())
    (gone,) = open_coupon_sales([there.wanted(member=a_member(there.brand))], now=NOW)
    assert gone.code == "marketing.coupon_gone"
    assert CouponSale.objects.count() == 1


def test_who_pays_for_the_last_one_too_late_gets_the_money_back():
    there = Buying(quota_total=1)
    first, second = there.opened(), there.opened(member=a_member(there.brand))
    there.pay(first)
    there.pay(second)
    assert (state(first), state(second)) == ("paid", "returned")
    refund = Refund.objects.get()
    assert (refund.payment.document_id, refund.amount_minor) == (second.id, 1_000)
    assert CouponClaim.objects.count() == 1
    assert check_books() == []


def test_an_expired_purchase_gives_the_money_back_that_comes_late():
    there = Buying()
    sale = there.opened()
    answer = there.answer(sale)
    late = NOW + timedelta(minutes=16)
    assert expire_coupon_sales(now=late) == 1
    assert (state(sale), Payment.objects.get().state) == ("expired", "closed")
    confirm_coupon_sales([answer], now=late)
    assert Refund.objects.get().amount_minor == 1_000
    assert not CouponClaim.objects.exists()
    assert check_books() == []


def test_an_unused_coupon_goes_back_once_and_the_money_with_it():
    there = Buying()
    sale = there.opened()
    there.pay(sale)
    for _ in range(2):
        back = return_bought_coupon(sale.id, member_id=there.member.id, by=None, now=NOW)
        assert back.amount_minor == 1_000
    assert (state(sale), CouponClaim.objects.get().state, Refund.objects.count()) == ("refunded", "void", 1)
    assert check_books() == []


def test_a_used_or_passed_on_coupon_stays_paid_for():
    there = Buying()
    used, passed = there.opened(), there.opened(member=a_member(there.brand))
    for sale in (used, passed):
        there.pay(sale)
    code = CouponClaim.objects.get(id=used.id).code
    redeem_coupons([RedeemWanted(new_id(), there.brand.id, a_store(there.brand).id, code)], now=NOW)
    offer = pass_on_coupon(PassWanted(new_id(), there.brand.id, passed.id, passed.member_id), now=NOW)
    take_passed_coupon(offer.id, member_id=a_member(there.brand).id, brand_id=there.brand.id, now=NOW)
    for sale in (used, passed):
        with pytest.raises(Refused) as refused:
            return_bought_coupon(sale.id, member_id=sale.member_id, by=None, now=NOW)
        assert refused.value.code == "scene.coupon_not_returnable"
    assert (state(used), state(passed), Refund.objects.count()) == ("paid", "paid", 0)
    assert CouponClaim.objects.get(id=passed.id).state == "ready"
    assert check_books() == []


def test_a_consumer_buys_over_http_and_sees_its_own_only(client):
    there = Buying(valid_until=clock_now() + timedelta(days=7))
    said = {"id": str(new_id()), "coupon_id": str(there.coupon.id)}
    mine, other = a_viewer("consumer", there.member), a_viewer("consumer", a_member(there.brand))
    opened = client.post("/api/v1/coupon-purchases", said, content_type="application/json", headers=as_viewer(mine))
    assert (opened.status_code, opened.json()["price_minor"]) == (201, 1_000)
    path = f"/api/v1/coupon-purchases/{said['id']}"
    assert client.get(path, headers=as_viewer(mine)).json()["state"] == "open"
    assert client.get(path, headers=as_viewer(other)).status_code == 404
    assert client.post(f"{path}/pay", headers=as_viewer(other)).status_code == 404
    assert client.post(f"/api/v1/coupon-claims/{said['id']}/return", headers=as_viewer(other)).status_code == 409
    assert client.get(path, headers=as_viewer(a_viewer("brand", there.brand))).status_code == 403
