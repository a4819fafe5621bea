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

__all__ = [
    "Campaign",
    "Coupon",
    "CouponClaim",
    "CouponCount",
    "CouponGiving",
    "CouponGoods",
    "CouponPass",
    "CouponStore",
    "Redemption",
    "RedemptionUndone",
]
