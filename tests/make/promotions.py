"""Promotions, made through their actions, and baskets for them."""

from __future__ import annotations

from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from sitong.marketing.coupons.rules import Terms
from sitong.marketing.promotions.actions import (
    choose_promotions,
    define_promotions,
    publish_promotion,
    push_promotion,
)
from sitong.marketing.promotions.definition import PromotionWanted
from sitong.marketing.promotions.queries.live import forget_promotions
from sitong.marketing.promotions.rules import FlashPrice, Part, Rule, Step
from sitong.shared.ids import new_id
from tests.make.org import NOW, done


def a_promotion_wanted(brand_id: UUID, kind: str, rule: Rule, *, now: datetime = NOW, **fields: Any) -> PromotionWanted:
    """A promotion that holds for a week from `now` on."""
    terms = {
        key: frozenset(value) if isinstance(value, list | tuple | set) else value
        for key, value in fields.pop("terms", {}).items()
    }
    values = {
        "id": new_id(), "name": "促销", "name_en": "Promotion", "starts_at": now, "ends_at": now + timedelta(days=7), **fields,
    }  # fmt: skip
    return PromotionWanted(brand_id=brand_id, kind=kind, rule=rule, terms=Terms(**terms), **values)


def a_promotion(brand_id: UUID, kind: str, rule: Rule, *, published: bool = True, now: datetime = NOW, **fields: Any):
    """A promotion that holds now."""
    promotion = done(define_promotions([a_promotion_wanted(brand_id, kind, rule, now=now, **fields)], by=None, now=now))
    forget_promotions()
    return publish_promotion(promotion.id, by=None, now=now) if published else promotion


def second_at_half_price(selling: Any, *numbers: int, **fields: Any):
    """The second of these goods at half price."""
    terms = {"sku_ids": [selling.goods[at].sku_id for at in numbers or (0,)]} | fields.pop("terms", {})
    rule = Rule(count=2, percent_bp=5_000)
    return a_promotion(
        selling.store.brand_id, "nth", rule, terms=terms, name="第二件半价", name_en="2nd at half price", **fields
    )


def steps_off(selling: Any, *steps: tuple[int, int], each: bool = False, **fields: Any):
    """So much off from so much on."""
    rule = Rule(steps=tuple(Step(reach, off_minor=off) for reach, off in steps), each=each)
    return a_promotion(selling.store.brand_id, "steps", rule, **fields)


def a_flash_sale(
    selling: Any,
    number: int = 0,
    *,
    price_minor: int = 100,
    stock: int = 3,
    per_member: int | None = None,
    **fields: Any,
):
    """A flash sale of one of the goods."""
    rule = Rule(flash=(FlashPrice(selling.goods[number].sku_id, price_minor, stock, per_member),))
    fields.setdefault("members_only", per_member is not None)
    return a_promotion(selling.store.brand_id, "flash", rule, name="限时抢购", name_en="Flash sale", **fields)


def a_gift(selling: Any, bought: int, gift: int, *, count: int = 2, gifts: int = 1, **fields: Any):
    """Who buys so many of one of the goods gets another one."""
    rule = Rule(count=count, gift_count=gifts, gift_product_ids=frozenset({selling.goods[gift].product.id}))
    terms = {"sku_ids": [selling.goods[bought].sku_id]}
    return a_promotion(selling.store.brand_id, "gift", rule, terms=terms, name="买赠", name_en="Gift", **fields)


def a_bundle(selling: Any, *numbers: int, price_minor: int, **fields: Any):
    """One each of these goods together at a price."""
    parts = tuple(Part(frozenset({selling.goods[at].product.id})) for at in numbers)
    return a_promotion(
        selling.store.brand_id,
        "bundle",
        Rule(parts=parts, price_minor=price_minor),
        name="套装",
        name_en="Set",
        **fields,
    )


def a_member_day(selling: Any, *, percent_bp: int = 1_000, **fields: Any):
    """A percentage off for members."""
    rule = Rule(percent_bp=percent_bp)
    return a_promotion(
        selling.store.brand_id, "member_day", rule, members_only=True, name="会员日", name_en="Member day", **fields
    )


def chosen(promotion: Any, *stores: Any, now: datetime = NOW) -> None:
    """Push a promotion to stores, which choose it."""
    push_promotion(promotion.id, [store.id for store in stores], by=None, now=now)
    for store in stores:
        done(choose_promotions(store.id, [promotion.id], by=None, now=now))


def brand_of(selling: Any) -> SimpleNamespace:
    return SimpleNamespace(id=selling.store.brand_id)
