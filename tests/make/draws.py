"""Draws, made through their actions."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sitong.marketing.draws.actions import DrawWanted, PlayWanted, define_draws, play_draws, publish_draw
from sitong.marketing.draws.rules import DrawRules, Prize, Release
from sitong.marketing.giving.rules import Reward
from sitong.shared.ids import new_id
from tests.make.org import NOW, a_brand, done

DAY = timedelta(days=1)


def goods(name: str = "香水", *, weight: int = 1, stock: int | None = 1, now: datetime = NOW, **fields: Any) -> Prize:
    """Goods worth 50.00, fetched in a store or sent; `stock` of them from now on, None: as many as are won."""
    releases = (Release(now, stock),) if stock is not None else ()
    values = {"value_minor": 5_000, "ways": ("address", "store"), "releases": releases, "name_en": "Perfume", **fields}
    return Prize(new_id(), name, weight=weight, **values)


def cash(
    amount_minor: int = 100, *, weight: int = 1, stock: int | None = None, now: datetime = NOW, **fields: Any
) -> Prize:
    """Money as a prize: it needs nothing else to be there."""
    releases = (Release(now, stock),) if stock is not None else ()
    values = {"value_minor": amount_minor, "releases": releases, "name_en": "Red packet", **fields}
    return Prize(new_id(), "红包", weight=weight, reward=Reward("cash", amount_minor), **values)


def rules(*prizes: Prize, now: datetime = NOW, **fields: Any) -> DrawRules:
    """A wheel that everybody may turn a thousand times a day, for a week from now on."""
    values = {
        "name": "幸运转盘", "name_en": "Lucky wheel", "template": "wheel", "organizer": "四通优选", "conditions": "会员均可参加",
        "conditions_en": "For all members", "starts_at": now, "ends_at": now + 7 * DAY, "zone": "Asia/Shanghai", "free_daily": 1_000,
        **fields,
    }  # fmt: skip
    return DrawRules(prizes=prizes or (goods(now=now),), **values)


def a_draw(
    brand: Any = None,
    *prizes: Prize,
    published: bool = True,
    now: datetime = NOW,
    id: UUID | None = None,
    number: str = "",
    **fields: Any,
) -> Any:
    """A wheel that runs, with these prizes (else one perfume that the first play wins)."""
    brand = brand or a_brand(now=now)
    draw = done(
        define_draws(
            [DrawWanted(id or new_id(), brand.id, rules(*prizes, now=now, **fields), number)], by=None, now=now
        )
    )
    return publish_draw(draw.id, by=None, now=now) if published else draw


def a_play_wanted(draw: Any, member: Any, *, id: UUID | None = None, **fields: Any) -> PlayWanted:
    return PlayWanted(id or new_id(), draw.brand_id, draw.id, member.id, **fields)


def a_play(draw: Any, member: Any, *, now: datetime = NOW, **fields: Any) -> Any:
    """One play of a member."""
    return done(play_draws([a_play_wanted(draw, member, **fields)], now=now))


def changed(draw: Any, **fields: Any) -> DrawRules:
    """The draw's rules with some of them changed."""
    from sitong.marketing.draws.rules import rules_read

    return replace(rules_read(draw.rules), **fields)
