"""Coupons of brand one that others would like to have."""

from __future__ import annotations

from datetime import date
from typing import Any

from sitong.marketing.coupons.actions import (
    CampaignWanted,
    GivingWanted,
    PassWanted,
    define_campaigns,
    give_coupons,
    pass_on_coupon,
)
from sitong.scene.coupon_sales.actions import CouponSaleWanted, open_coupon_sales
from sitong.shared import clock
from sitong.shared.ids import new_id
from tests.make.marketing import a_claim, a_coupon, an_exchange, chosen
from tests.make.org import done


def coupon_samples(brand: Any, store: Any, member: Any) -> dict[str, str]:
    """A coupon that everybody may claim, one that a store chose, one in a member's hands that it offers to a friend, a giving."""
    now = clock.now()
    campaign = done(
        define_campaigns(
            [CampaignWanted(new_id(), brand.id, "秘密活动", date(2026, 3, 1), date(2026, 3, 9))], by=None, now=now
        )
    )
    coupon = an_exchange(
        brand,
        new_id(),
        now=now,
        ways=("claim", "clerk", "segment"),
        transferable=True,
        stores_choose=True,
        number="secret-coupon",
    )
    chosen(coupon, store, now=now)
    a_coupon(brand, now=now)
    sold = a_coupon(brand, now=now, ways=("buy",), price_minor=900)
    sale = done(open_coupon_sales([CouponSaleWanted(new_id(), brand.id, member.id, sold.id)], now=now))
    claim = a_claim(coupon, member, now=now)
    offer = pass_on_coupon(PassWanted(new_id(), brand.id, claim.id, member.id), now=now)
    giving = give_coupons(GivingWanted(new_id(), brand.id, coupon.id), by=None, now=now)
    return {
        "coupon_id": str(coupon.id), "claim_id": str(claim.id), "pass_id": str(offer.id), "giving_id": str(giving.id),
        "campaign_id": str(campaign.id), "coupon_number": coupon.number, "counter_code": "ABCD1234", "coupon_sale_id": str(sale.id),
    }  # fmt: skip
