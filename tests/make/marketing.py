"""Coupons, made through their actions."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sitong.marketing.coupons.actions import (
    ClaimWanted,
    CouponWanted,
    choose_coupons,
    claim_coupons,
    define_coupons,
    publish_coupon,
    push_coupon,
)
from sitong.marketing.coupons.actions.locking import lock_claims
from sitong.marketing.coupons.rules import ClaimNow, Terms
from sitong.shared.ids import new_id
from tests.make.org import NOW, a_brand, done


def a_coupon(
    brand: Any = None,
    *,
    published: bool = True,
    now: datetime = NOW,
    terms: dict[str, Any] | None = None,
    **fields: Any,
):
    """A coupon that everybody may claim: 5.00 off for nothing, valid a week from `now` on."""
    brand = brand or a_brand(now=now)
    values = {
        "id": new_id(), "brand_id": brand.id, "name": "满减券", "name_en": "Five off", "kind": "cash", "value_minor": 500,
        "valid_until": now + timedelta(days=7), **fields,
    }  # fmt: skip
    sets = {
        key: frozenset(value) if isinstance(value, list | tuple | set) else value
        for key, value in (terms or {}).items()
    }
    coupon = done(define_coupons([CouponWanted(**values, terms=Terms(**sets))], by=None, now=now))
    return publish_coupon(coupon.id, by=None, now=now) if published else coupon


def an_exchange(brand: Any, product_id: UUID, *, now: datetime = NOW, **fields: Any):
    """A coupon that is exchanged for one of a product, at the counter too."""
    fields.setdefault("terms", {"product_ids": [product_id]})
    return a_coupon(brand, now=now, kind="exchange", value_minor=0, name="提领券", name_en="One for free", **fields)


def a_claim_wanted(coupon: Any, member: Any, *, id: UUID | None = None, **fields: Any) -> ClaimWanted:
    return ClaimWanted(id or new_id(), coupon.brand_id, member.id, coupon.id, **fields)


def a_claim(coupon: Any, member: Any, *, now: datetime = NOW, **fields: Any):
    """A coupon in a member's hands."""
    return done(claim_coupons([a_claim_wanted(coupon, member, **fields)], now=now))


def claim_now(claim_id: UUID) -> ClaimNow:
    """A claim as it is, under its lock; call it in a transaction."""
    return lock_claims([claim_id], product_ids=())[claim_id]


def chosen(coupon: Any, *stores: Any, now: datetime = NOW) -> None:
    """Push a coupon to stores, which choose it."""
    push_coupon(coupon.id, [store.id for store in stores], by=None, now=now)
    for store in stores:
        done(choose_coupons(store.id, [coupon.id], by=None, now=now))
