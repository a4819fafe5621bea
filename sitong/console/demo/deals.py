"""The demo brand's group deal: a hundred together and a draw that is half over, groups that wait for the next, and one to come."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sitong.console.demo.files import made_id
from sitong.marketing.coupons.actions import CouponWanted, define_coupons, publish_coupon
from sitong.marketing.deals.actions import (
    DealWanted,
    DrawWanted,
    JoinWanted,
    TicketClaimWanted,
    TicketWanted,
    claim_tickets,
    define_deals,
    draw_due_days,
    draw_tickets,
    join_groups,
    publish_deal,
)
from sitong.marketing.deals.queries import published_deal
from sitong.member.wallet.actions import TopUp, top_up
from sitong.scene.deal_sales.actions import pay_deal_place_from_wallet
from sitong.shared.clock import business_date
from sitong.shared.errors import Refused

PEOPLE, DAYS, CAME = 100, 10, 20
WAITING = (37, 12)
AGO = timedelta(days=4, hours=6)
PRICE_MINOR = 1_000


def members_needed() -> int:
    """Give how many members take part."""
    return PEOPLE + sum(WAITING)


def open_deals(brand_id: UUID, members: Sequence[UUID], stores: Sequence[UUID], *, zone: str, now: datetime) -> None:
    """Let it happen as it would have: published four days ago, a hundred paid, twenty came to two stores, and each evening one won.

    Again changes nothing but for the days that are due since.
    """
    deal_id = made_id("live deal", "hundred")
    before = published_deal(brand_id, deal_id)
    since = before.published_at if before is not None and before.published_at else now - AGO
    if before is None:
        _publish(brand_id, deal_id, zone, now=since)
    groups = [list(members[:PEOPLE])]
    for count in WAITING:
        start = sum(len(one) for one in groups)
        groups.append(list(members[start : start + count]))
    for number, people in enumerate(groups):
        at = since + timedelta(minutes=10) if number == 0 else max(since, now - timedelta(hours=number))
        _come_together(brand_id, deal_id, people, stores[number % len(stores)], now=at)
    came = [made_id("live place", one) for one in members[:CAME]]
    at = since + timedelta(hours=2)
    drawn = draw_tickets([TicketWanted(made_id("live place", one), one) for one in members[: PEOPLE // 2]], now=at)
    codes = {one.id: one.code for one in drawn if not isinstance(one, Refused)}
    claim_tickets(
        [TicketClaimWanted(brand_id, stores[number % 2], codes[one]) for number, one in enumerate(came) if one in codes], now=at
    )  # fmt: skip
    draw_due_days(now=now)


def _publish(brand_id: UUID, deal_id: UUID, zone: str, *, now: datetime) -> None:
    coupon, perfume = made_id("live coupon", "hundred"), made_id("live coupon", "perfume")
    wanted = [
        CouponWanted(coupon, brand_id, "百元拼团券", "cash", name_en="A hundred off", number="hundred", value_minor=10_000, threshold_minor=20_000,
                     ways=("campaign",), valid_days=90),
        CouponWanted(perfume, brand_id, "香水兑换券", "cash", name_en="A bottle of perfume", number="perfume", value_minor=29_900,
                     ways=("campaign",), valid_days=90),
    ]  # fmt: skip
    for outcome in define_coupons(wanted, by=None, now=now):
        if isinstance(outcome, Refused):
            raise RuntimeError(f"the demo was refused a coupon: {outcome}")
        if outcome.published_at is None:
            publish_coupon(outcome.id, by=None, now=now)
    draw = DrawWanted(
        DAYS, business_date(now, zone), {"kind": "coupon", "amount": 1, "ref_id": str(perfume)}, "香水一瓶", 29_900, "四通优选商业有限公司",
        "成团并在抽奖截止前到店领取奖券者参加，每券至多中奖一次。", prize_name_en="A bottle of perfume",
        conditions_en="Whoever is in a complete group and claims the ticket in a store before the list closes takes part; a ticket wins once at most.",
    )  # fmt: skip
    if (
        business_date(now + timedelta(hours=6), zone) != draw.first_on
    ):  # published late in the day: its own list may be closed
        draw = DrawWanted(
            **{
                **{name: getattr(draw, name) for name in draw.__dataclass_fields__},
                "first_on": draw.first_on + timedelta(days=1),
            }
        )
    deal = DealWanted(
        deal_id, brand_id, "百人拼团：10 元抢 100 元券", PRICE_MINOR, PEOPLE, now, now + timedelta(days=30), coupon_id=coupon,
        name_en="A hundred together: 100 off for 10", number="hundred", worth_minor=10_000, group_hours=72, area="全城门店", area_en="All stores of the city",
        draw=draw,
    )  # fmt: skip
    for made in define_deals([deal], by=None, now=now):
        if isinstance(made, Refused):
            raise RuntimeError(f"the demo was refused a deal: {made}")
    publish_deal(deal_id, by=None, now=now)


def _come_together(brand_id: UUID, deal_id: UUID, people: Sequence[UUID], store_id: UUID, *, now: datetime) -> None:
    """Let one group gather: the first opens it, the others join, each pays from its wallet."""
    group_id = made_id("live place", people[0])
    top_up([TopUp(made_id("live deal money", one), brand_id, one, PRICE_MINOR) for one in people], now=now)
    wanted = [
        JoinWanted(made_id("live place", one), brand_id, one, deal_id, "open" if one == people[0] else "join", group_id, store_id, "shop")
        for one in people
    ]  # fmt: skip
    for outcome in join_groups(wanted, now=now):
        if not isinstance(outcome, Refused) and outcome.state == "held":
            pay_deal_place_from_wallet(outcome.id, member_id=outcome.member_id, by=None, now=now)
