"""Wallets with money in them, made through the actions."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sitong.member.wallet.actions import PlanWanted, TopUp, open_plans, top_up
from sitong.shared.ids import new_id
from tests.make.org import NOW, done


def a_topped_up_wallet(
    member: Any, principal_minor: int, gift_minor: int = 0, *, entity_id: Any = None, now: datetime = NOW
) -> Any:
    """Pay into a member's wallet, past the till."""
    wanted = TopUp(new_id(), member.brand_id, member.id, principal_minor, gift_minor, entity_id)
    return done(top_up([wanted], now=now))


def a_plan(brand: Any, pay_minor: int = 50_000, gift_minor: int = 5_000, *, now: datetime = NOW) -> Any:
    """An open offer: pay 500, get 50."""
    wanted = PlanWanted(new_id(), brand.id, "充500送50", pay_minor, gift_minor, "Pay 500 get 50")
    return done(open_plans([wanted], by=None, now=now))
