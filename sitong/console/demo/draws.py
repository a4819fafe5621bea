"""The demo brand's running draws: a wheel that is free once a day, a scratch card for points; some members have played."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sitong.console.demo.files import made_id
from sitong.marketing.draws.actions import DrawWanted, PlayWanted, define_draws, play_draws, publish_draw
from sitong.marketing.draws.queries.shop import published_draws
from sitong.marketing.draws.rules import DrawRules, Prize, Release
from sitong.marketing.giving.rules import Reward
from sitong.shared.errors import Refused

ORGANIZER = "四通优选商业有限公司"
RUNS = timedelta(days=60)
PLAYERS = 120


def draws(brand_id: UUID, *, now: datetime) -> list[DrawWanted]:
    """Give both, as they begin at the load."""

    def prize(key: str, name: str, name_en: str, **said: object) -> Prize:
        return Prize(made_id("draw prize", key), name, name_en, **said)  # type: ignore[arg-type]

    mornings = tuple(Release(now + timedelta(days=day), 2) for day in range(RUNS.days))
    wheel = DrawRules(
        "幸运大转盘", "wheel", ORGANIZER, "会员均可参加，每天免费转两次。", now, now + RUNS, (
            prize("espresso", "意式咖啡机", "Espresso machine", weight=1, value_minor=129_900, ways=("address", "store"), releases=(Release(now, 3),)),
            prize("beans", "云南咖啡豆 250g", "Yunnan coffee, 250 g", weight=20, value_minor=5_800, ways=("store",), releases=mornings),
            prize("packet", "现金红包", "Red packet", weight=60, value_minor=188, reward=Reward("cash", 188), releases=(Release(now, 2_000),)),
            prize("points50", "50 积分", "50 points", weight=250, value_minor=50, reward=Reward("points", 50), guaranteed=True),
        ), "UTC", name_en="Lucky wheel", conditions_en="For all members, two free turns a day.", blank_weight=669, free_daily=2,
        takes_chances=True, guarantee_after=6, wins_daily=2, claim_days=14,
    )  # fmt: skip
    card = DrawRules(
        "积分刮刮卡", "scratch", ORGANIZER, "每次消耗 20 积分，每人每天最多刮 5 张。", now, now + RUNS, (
            prize("hamper", "水果礼篮", "Fruit hamper", weight=5, value_minor=9_900, ways=("store",), releases=mornings),
            prize("points88", "88 积分", "88 points", weight=100, value_minor=88, reward=Reward("points", 88)),
            prize("points2", "2 积分", "2 points", value_minor=2, reward=Reward("points", 2), consolation=True),
        ), "UTC", name_en="Scratch card for points", conditions_en="A card costs 20 points, five a day at most.", blank_weight=895,
        points_price=20, plays_daily=5, claim_days=14,
    )  # fmt: skip
    return [
        DrawWanted(made_id("draw", "wheel"), brand_id, wheel, "wheel"),
        DrawWanted(made_id("draw", "card"), brand_id, card, "card"),
    ]


def open_draws(brand_id: UUID, members: Sequence[UUID], *, now: datetime) -> None:
    """Define and publish them once; the first members have turned the wheel."""
    there = set(published_draws(brand_id).values_list("id", flat=True))
    for outcome in define_draws([one for one in draws(brand_id, now=now) if one.id not in there], by=None, now=now):
        if isinstance(outcome, Refused):
            raise RuntimeError(f"the demo was refused a draw: {outcome}")
        publish_draw(outcome.id, by=None, now=now)
    wheel = made_id("draw", "wheel")
    plays = [
        PlayWanted(made_id("draw play", (number, turn)), brand_id, wheel, member_id)
        for turn in range(2)
        for number, member_id in enumerate(members[:PLAYERS])
    ]
    play_draws(plays, now=now)
