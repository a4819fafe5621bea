"""The demo brand's coupons of today: one for joining, one to claim, one to buy, one that stores choose, one that clerks give."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sitong.console.demo.files import made_id
from sitong.console.demo.goods import category_code
from sitong.marketing.coupons.actions import CouponWanted, choose_coupons, define_coupons, publish_coupon, push_coupon
from sitong.marketing.coupons.rules import Terms
from sitong.shared.errors import Refused

MILK = category_code("GROCERY", "FLUID MILK PRODUCTS")
COFFEE = category_code("GROCERY", "COFFEE")


def coupons(brand_id: UUID) -> list[CouponWanted]:
    """Give them, the same at every load."""

    def one(key: str, name: str, name_en: str, kind: str, **said: object) -> CouponWanted:
        return CouponWanted(made_id("live coupon", key), brand_id, name, kind, name_en=name_en, number=key, **said)  # type: ignore[arg-type]

    return [
        one("welcome", "新会员见面礼", "Welcome gift", "cash", value_minor=500, threshold_minor=2000, ways=("join",), valid_days=30,
            stacking="free"),
        one("save8", "满 50 减 8", "8 off from 50 on", "cash", value_minor=800, threshold_minor=5000, ways=("claim", "segment"), valid_days=14,
            quota_total=5000, quota_daily=500, per_member=2, transferable=True),
        one("fresh15", "果蔬八五折", "15% off fruit and vegetables", "percent", percent_bp=1500, cap_minor=2000, valid_days=7, per_member=1,
            terms=Terms(category_ids=frozenset([made_id("category", "PRODUCE")]), channels=frozenset({"mini_shop", "pos"}))),
        one("milk", "鲜牛奶提领券", "One milk to fetch", "exchange", quantity_max=1, price_minor=100, ways=("buy",), valid_days=30,
            quota_total=1000, per_member=3, transferable=True, stacking="free", terms=Terms(category_ids=frozenset([made_id("category", MILK)]))),
        one("corner", "门店自选：满 30 减 5", "The store's own choice: 5 off from 30 on", "cash", value_minor=500, threshold_minor=3000,
            stores_choose=True, valid_days=14, stack_group="store"),
        one("coffee", "咖啡请客券", "A coffee on the house", "exchange", quantity_max=1, ways=("clerk",), valid_days=7, clerk_daily=20,
            stacking="free", terms=Terms(category_ids=frozenset([made_id("category", COFFEE)]))),
    ]  # fmt: skip


def open_coupons(brand_id: UUID, stores: Sequence[UUID], windows: Sequence[UUID], *, now: datetime) -> None:
    """Define and publish them, push the chosen one to all stores, and let the demo's own stores take part."""
    for outcome in define_coupons(coupons(brand_id), by=None, now=now):
        if isinstance(outcome, Refused):
            raise RuntimeError(f"the demo was refused a coupon: {outcome}")
        if outcome.published_at is None:
            publish_coupon(outcome.id, by=None, now=now)
    corner = made_id("live coupon", "corner")
    push_coupon(corner, stores, by=None, now=now)
    for store_id in windows:
        choose_coupons(store_id, [corner], by=None, now=now)
