"""Claiming coupons: never more than the quotas allow, one answer for one id."""

from __future__ import annotations

import pytest

from sitong.marketing.coupons.actions import RedeemWanted, claim_coupons, redeem_coupons
from sitong.shared.ids import new_id
from tests.make.marketing import a_claim, a_claim_wanted, a_coupon, an_exchange
from tests.make.member import a_member
from tests.make.org import NOW, a_brand, a_store, done

pytestmark = pytest.mark.usefixtures("db")


def test_smoke():
    brand = a_brand()
    member, store = a_member(brand), a_store(brand)
    coupon = a_coupon(brand, quota_total=1)
    claim = a_claim(coupon, member)
    print(claim)
    print(claim_coupons([a_claim_wanted(coupon, a_member(brand)), a_claim_wanted(coupon, member, id=claim.id)], now=NOW))
    gift = a_claim(an_exchange(brand, new_id(), valid_until=None, valid_days=7), member)
    nonce = new_id()
    print(done(redeem_coupons([RedeemWanted(nonce, brand.id, store.id, gift.code)], now=NOW)))
    print(redeem_coupons([RedeemWanted(nonce, brand.id, store.id, gift.code), RedeemWanted(new_id(), brand.id, store.id, gift.code),
                          RedeemWanted(new_id(), brand.id, store.id, claim.code)], now=NOW))
