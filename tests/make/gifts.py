"""Gifts and rewards, made through their actions."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sitong.marketing.gifts.actions import GiftDefined, GiftWanted, define_gifts, give_gifts, publish_gift
from sitong.marketing.giving.actions import RewardDue
from sitong.marketing.giving.rules import Reward
from sitong.shared.ids import new_id
from tests.make.org import NOW, a_brand, done


def a_gift(brand: Any = None, *, published: bool = True, now: datetime = NOW, **fields: Any):
    """A gift of the library that campaigns may give: 10.00 is paid back for one, valid thirty days from giving."""
    brand = brand or a_brand(now=now)
    values = {
        "id": new_id(), "brand_id": brand.id, "name": "帆布袋", "name_en": "Tote bag", "value_minor": 1_000, "valid_days": 30,
        **fields,
    }  # fmt: skip
    gift = done(define_gifts([GiftDefined(**values)], by=None, now=now))
    return publish_gift(gift.id, by=None, now=now) if published else gift


def a_held_gift(gift: Any, member: Any, *, now: datetime = NOW, **fields: Any):
    """A gift in a member's hands."""
    (held,) = done(give_gifts([GiftWanted((new_id(),), gift.brand_id, member.id, gift.id, **fields)], now=now))
    return held


def a_reward_due(member: Any, reward: Reward, *, id: UUID | None = None, source: str = "test:1", **fields: Any):
    return RewardDue(id or new_id(), member.brand_id, member.id, reward, source, **fields)


def until(days: int, *, now: datetime = NOW) -> datetime:
    """An instant some days on."""
    return now + timedelta(days=days)
