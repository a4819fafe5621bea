"""What purchases of coupons do when time passes; and who tells coupons which members have ordered."""

from __future__ import annotations

from datetime import datetime

from sitong.marketing.coupons.customers import tells_who_ordered
from sitong.scene.cart.benefits import have_ordered
from sitong.scene.coupon_sales.actions import expire_coupon_sales
from sitong.shared.events.periodic import every

tells_who_ordered(have_ordered)


@every(30, "scene.expire_coupon_sales")
def expire(now: datetime) -> None:
    expire_coupon_sales(now=now)
