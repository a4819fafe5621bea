"""What purchases of coupons do when time passes."""

from __future__ import annotations

from datetime import datetime

from sitong.scene.coupon_sales.actions import expire_coupon_sales
from sitong.shared.events.periodic import every


@every(30, "scene.expire_coupon_sales")
def expire(now: datetime) -> None:
    expire_coupon_sales(now=now)
