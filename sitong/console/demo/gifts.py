"""The demo brand's gifts: a library, gifts in members' hands, and some that stores have handed over, claimed in every state."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sitong.console.demo.files import made_id
from sitong.distribution.reimbursement.actions import (
    DisputeWanted,
    LineAnswer,
    SettleWanted,
    check_statements,
    claim_back,
    dispute_lines,
    draw_statements,
    settle_statements,
    stand_by_lines,
)
from sitong.distribution.reimbursement.queries.months import lines_of_month, statements_of_month
from sitong.distribution.reimbursement.rules import month_before, month_of
from sitong.marketing.gifts.actions import (
    GiftDefined,
    GiftWanted,
    HandedOver,
    RedeemGift,
    define_gifts,
    give_gifts,
    publish_gift,
    redeem_gifts,
)
from sitong.shared.clock import business_date, day_bounds
from sitong.shared.errors import Refused

MONTHS = 3
HANDED_OVER = 6
"""In each month, in each store."""
SOURCE = "demo:gifts"


@dataclass(frozen=True)
class Giving:
    """Who gets gifts, and where they are handed over."""

    brand_id: UUID
    zone: str
    members: Sequence[UUID]
    stores: Sequence[UUID]


def library(brand_id: UUID) -> list[GiftDefined]:
    """Give the gifts, the same at every load."""

    def one(key: str, name: str, name_en: str, value: int, **said: Any) -> GiftDefined:
        return GiftDefined(
            made_id("gift", key), brand_id, name, name_en, f"gift-{key}", value_minor=value, valid_days=120, **said
        )

    return [
        one("bag", "帆布购物袋", "Canvas tote bag", 1_500, handling_bp=500, about="印有品牌标志，可装十公斤。",
            about_en="With the brand's mark; holds ten kilograms."),
        one("cup", "保温杯", "Vacuum cup", 3_900, handling_bp=300, quota_total=2_000, clerk_confirms=True),
        one("fan", "夏日小扇", "Summer fan", 600, signed_only=True),
    ]  # fmt: skip


def load_gifts(giving: Giving, *, now: datetime) -> None:
    """Fill the library, hand gifts over in the last months and claim them upward: settled, checked, in doubt, and open."""
    gifts = library(giving.brand_id)
    start = _starts(giving, now)[0]
    for outcome in define_gifts(gifts, by=None, now=start):
        if isinstance(outcome, Refused):
            raise RuntimeError(f"the demo was refused a gift: {outcome}")
        if outcome.published_at is None:
            publish_gift(outcome.id, by=None, now=start)
    give_gifts([
        GiftWanted((made_id("held gift", f"{gift.number} {member}"),), giving.brand_id, member, gift.id, SOURCE)
        for member in giving.members for gift in gifts[:2]
    ], now=now)  # fmt: skip
    for month_start in _starts(giving, now):
        draw_statements(now=month_start)
        claim_back(_handed_over(giving, gifts, month_start, now), now=month_start)
    _settle(giving, now)


def _starts(giving: Giving, now: datetime) -> list[datetime]:
    """Give a morning early in each of the last months, the oldest first, and in this one."""
    month, months = month_of(business_date(now, giving.zone)), list[date]()
    for _ in range(MONTHS + 1):
        months.append(month)
        month = month_before(month)
    return [min(day_bounds(on, giving.zone)[0] + timedelta(hours=10), now) for on in reversed(months)]


def _handed_over(giving: Giving, gifts: Sequence[GiftDefined], at: datetime, now: datetime) -> list[UUID]:
    month = f"{business_date(at, giving.zone):%Y-%m}"
    done: list[UUID] = []
    for number, store in enumerate(giving.stores):
        for turn in range(HANDED_OVER):
            key = f"{month} {store} {turn}"
            member = giving.members[(number * HANDED_OVER + turn) % len(giving.members)]
            held = made_id("fetched gift", key)
            when = min(at + timedelta(hours=turn), now)
            give_gifts([GiftWanted((held,), giving.brand_id, member, gifts[turn % 2].id, SOURCE, store)], now=when)
            wanted = RedeemGift(made_id("handover", key), giving.brand_id, store, "", held, "counter", fresh=True)
            (outcome,) = redeem_gifts([wanted], now=when)
            if not isinstance(outcome, HandedOver):
                raise RuntimeError(f"the demo was refused a handover: {outcome}")
            done.append(outcome.id)
    return done


def _settle(giving: Giving, now: datetime) -> None:
    """Settle the oldest month, check the next, and doubt two lines of the last."""
    last = month_before(month_of(business_date(now, giving.zone)))
    checked, settled = month_before(last), month_before(month_before(last))
    for month in (settled, checked):
        check_statements(statements_of_month(giving.brand_id, month), by=None, now=now)
    settle_statements([
        SettleWanted(made_id("settlement", key), key, "goods" if at % 3 == 0 else "money", f"R{settled:%Y%m}{at:03}")
        for at, key in enumerate(statements_of_month(giving.brand_id, settled))
    ], by=None, now=now)  # fmt: skip
    lines = lines_of_month(giving.brand_id, last)[:2]
    dispute_lines([DisputeWanted(one, "当日没有发放记录") for one in lines], by=None, now=now)
    stand_by_lines([LineAnswer(one, "有顾客签字，附照片") for one in lines[:1]], by=None, now=now)
