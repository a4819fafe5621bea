"""Index of the word's tables; each stands in its topic."""

from sitong.marketing.coupons.models import (
    Campaign,
    Coupon,
    CouponClaim,
    CouponCount,
    CouponGiving,
    CouponGoods,
    CouponPass,
    CouponStore,
    Redemption,
    RedemptionUndone,
)
from sitong.marketing.gifts.models import (
    Gift,
    GiftAsk,
    GiftClaim,
    GiftCount,
    GiftCounter,
    GiftRedemption,
    GiftRedemptionUndone,
)
from sitong.marketing.giving.models import CashDue, Chances, RewardGiven

__all__ = [
    "Campaign",
    "CashDue",
    "Chances",
    "Coupon",
    "CouponClaim",
    "CouponCount",
    "CouponGiving",
    "CouponGoods",
    "CouponPass",
    "CouponStore",
    "Gift",
    "GiftAsk",
    "GiftClaim",
    "GiftCount",
    "GiftCounter",
    "GiftRedemption",
    "GiftRedemptionUndone",
    "Redemption",
    "RedemptionUndone",
    "RewardGiven",
]
