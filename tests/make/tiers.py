"""Tiers, made through their actions."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sitong.member.tiers.actions import Purchase, count_purchases, publish_tier_plan
from sitong.member.tiers.rules import Level, Plan
from sitong.shared.ids import new_id
from tests.make.org import NOW


def some_levels() -> tuple[Level, ...]:
    """Six levels: 0, 300, 1,000, 2,000, 5,000 and 8,000 yuan."""
    return (
        Level(1, "basic", "普通会员", "Member", 0),
        Level(2, "silver", "银卡", "Silver", 30_000, 0, 12_000, 100),
        Level(3, "gold", "金卡", "Gold", 100_000, 200, 15_000, 200),
        Level(4, "platinum", "白金卡", "Platinum", 200_000, 300, 18_000, 500),
        Level(5, "diamond", "钻石卡", "Diamond", 500_000, 500, 20_000, 800, True, 12),
        Level(6, "crown", "皇冠卡", "Crown", 800_000, 800, 30_000, 1_000, True, 24),
    )


def a_tier_plan(brand: Any, *, now: datetime = NOW, **terms: Any) -> Plan:
    """Spending in rolling six months, members fall at a month's end."""
    fields = {
        "version": 0, "measure": "spending", "window": "rolling", "window_months": 6, "period": "month", "notice_days": 14,
        "levels": some_levels(), **terms,
    }  # fmt: skip
    return publish_tier_plan(Plan(brand.id, **fields), by=None, now=now)


def bought(member: Any, amount_minor: int, *, on: date = date(2026, 3, 3), now: datetime = NOW, rate: int = 0) -> None:
    """Let a member buy for so much on a day."""
    count_purchases([Purchase(new_id(), member.brand_id, member.id, on, (amount_minor,), rate)], now=now)
