"""A group deal of brand one with a member's place in it, a ticket, and a draw."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sitong.marketing.deals.actions import TicketWanted, draw_day, draw_tickets
from sitong.scene.deal_sales.actions import pay_deal_place_from_wallet
from sitong.shared import clock
from tests.make.deals import a_deal, a_deal_coupon, a_draw, a_place
from tests.make.member import a_member
from tests.make.org import done
from tests.make.wallet import a_topped_up_wallet


def deal_samples(brand: Any, member: Any) -> dict[str, Any]:
    """A complete group of two, in which the consumer has a ticket, and an open one in which it has a place."""
    now = clock.now()
    prize = a_deal_coupon(brand, now=now)
    coupon = a_deal_coupon(brand, now=now, per_member=2)
    draw = a_draw(prize, first_on=(now + timedelta(days=1)).date(), days=2)
    deal = a_deal(brand, now=now, people=2, per_member=2, coupon_id=coupon.id, draw=draw, name="秘密拼团")
    friend = a_member(brand)
    for one in (member, friend):
        a_topped_up_wallet(one, 10_000, now=now)
    places = [a_place(deal, one, now=now) for one in (member, friend)]
    for place in places:
        done([pay_deal_place_from_wallet(place.id, member_id=place.member_id, by=None, now=now)])
    ticket = done(draw_tickets([TicketWanted(places[0].id, member.id)], now=now))
    draw_day(deal.id, 1, now=now + timedelta(days=2))
    waiting = a_place(deal, member, now=now)
    return {
        "deal_id": str(deal.id), "deal_group_id": str(waiting.group_id), "deal_place_id": str(waiting.id), "day": "1",
        "deal_ticket_code": ticket.code,
    }  # fmt: skip
