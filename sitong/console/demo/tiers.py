"""The demo brand's points and tiers: the case study's plan of six levels, and where a year of orders has brought its members."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sitong.console.demo.files import made_id, made_number
from sitong.member.points.actions import PointsGift, give_points, publish_points_plan
from sitong.member.points.rules import PointsPlan, month_end
from sitong.member.tiers.actions import bring_birthdays, publish_tier_plan
from sitong.member.tiers.rules import Level, Plan
from sitong.scene.rewards.handlers import IMPORTED_SUBSCRIBER
from sitong.scene.rewards.queries import points_by_month
from sitong.shared.events.reader import drain

EXPIRY_MONTHS = 12

LEVELS = (
    Level(1, "member", "普通会员", "Member", 0),
    Level(2, "silver", "银卡会员", "Silver", 50_000, 0, 11_000, 50),
    Level(3, "gold", "金卡会员", "Gold", 100_000, 100, 12_500, 100),
    Level(4, "platinum", "白金会员", "Platinum", 200_000, 200, 15_000, 300, True),
    Level(5, "diamond", "钻石会员", "Diamond", 350_000, 300, 20_000, 500, True, 12),
    Level(6, "black", "黑钻会员", "Black Diamond", 500_000, 500, 30_000, 1_000, True, 24),
)
"""Yuan of spending in rolling six months; a level is kept to the end of the month."""


def publish_plans(brand_id: UUID, *, now: datetime) -> None:
    """A point for each yuan, a hundred points pay one yuan; six levels by spending."""
    points = PointsPlan(
        brand_id, 0, earn_points_per_100=1, minor_per_point=1, spend_step=100, spend_share_bp=5_000, pending_days=7,
        expiry_months=EXPIRY_MONTHS, notice_days=30,
    )  # fmt: skip
    publish_points_plan(points, by=None, now=now, id=made_id("points plan", 1))
    plan = Plan(brand_id, 0, "spending", "rolling", 6, "month", 14, LEVELS)
    publish_tier_plan(plan, by=None, now=now, id=made_id("tier plan", 1))


def bring_standings(brand_id: UUID, members: Sequence[tuple[int, UUID]], *, now: datetime) -> list[Any]:
    """Let the imported orders count, give what they had earned as opening balances by one batch, and bring birthdays.

    Members come as (household, id). Points keep the month in which they were earned. Gives the outcomes.
    """
    drain(IMPORTED_SUBSCRIBER)
    today, gifts = now.date(), []
    for member_id, months in points_by_month(brand_id).items():
        parts = tuple((last, points) for month, points in months if (last := _last_day(month)) >= today)
        if parts:
            total = sum(points for _, points in parts)
            gifts.append(
                PointsGift(
                    made_id("opening points", str(member_id)), brand_id, member_id, total, "opening", parts=parts
                )
            )
    birthdays = {
        key: (1 + made_number("month", number, 12), 1 + made_number("day", number, 28)) for number, key in members
    }
    bring_birthdays(brand_id, birthdays, now=now)
    return list(give_points(gifts, now=now))


def _last_day(month: date) -> date:
    return month_end(month, EXPIRY_MONTHS)
