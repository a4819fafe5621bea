"""The demo brand's visit cards: three on offer, and members who have bought, used and given some back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sitong.console.demo.files import made_id, made_number
from sitong.member.cards.actions import KindWanted, UseWanted, name_person, offer_kinds, release_days, use_cards
from sitong.member.cards.queries import cards_of
from sitong.scene.card_sales.actions import (
    CardSaleWanted,
    CashCardSale,
    give_card_back,
    open_card_sales,
    pay_card_sales_in_cash,
)
from sitong.shared.errors import Refused

BUYERS = 24
BACK = 3
BOUGHT_DAYS_AGO = 20


def open_cards(brand_id: UUID, members: Sequence[UUID], store_ids: Sequence[UUID], *, now: datetime) -> None:
    """Offer the cards; let members buy them twenty days ago and use them since; three give theirs back. The same at every load."""
    kinds = (
        KindWanted(
            made_id("card", "coffee"), brand_id, "咖啡十次卡", "现磨咖啡一杯", "visits", 128_00, 10, 1, family_max=2, name_en="Ten coffees",
            what_en="a cup of coffee",
        ),
        KindWanted(
            made_id("card", "bread"), brand_id, "面包五次卡", "当日面包一份", "visits", 49_00, 5, per_day=2, name_en="Five breads", what_en="a loaf of the day"
        ),
        KindWanted(
            made_id("card", "juice"), brand_id, "鲜榨果汁月卡", "每天一杯鲜榨果汁", "period", 199_00, months=1, per_day=1, name_en="Juice for a month",
            what_en="a juice a day",
        ),
    )  # fmt: skip
    offer_kinds(kinds, by=None, now=now)
    bought_at = now - timedelta(days=BOUGHT_DAYS_AGO)
    sales = [
        CardSaleWanted(
            made_id("card sale", str(member)), brand_id, member, kinds[rank % 3].id, store_ids[rank % len(store_ids)]
        )
        for rank, member in enumerate(members[:BUYERS])
    ]
    opened = [one for one in open_card_sales(sales, now=bought_at) if not isinstance(one, Refused)]
    pay_card_sales_in_cash([CashCardSale(made_id("card cash", str(one.id)), one.id) for one in opened], now=bought_at)
    cards = {one.id: one for one in cards_of(members[:BUYERS])}
    for day in range(BOUGHT_DAYS_AGO - 1, 0, -1):
        at = now - timedelta(days=day)
        use_cards([
            UseWanted(made_id("card use", f"{sale.id} {day}"), brand_id, cards[sale.id].code, sale.store_id or store_ids[0])
            for sale in sales if sale.id in cards and made_number("card use", (str(sale.id), day), 6) == 0
        ], now=at)  # fmt: skip
    for rank, sale in enumerate(sales[:BACK]):
        if sale.id in cards and rank == 0:
            name_person(made_id("card person", str(sale.id)), sale.id, name="小宝", by=None, now=bought_at)
        elif sale.id in cards:
            give_card_back(
                made_id("card back", str(sale.id)),
                sale.id,
                member_id=sale.member_id,
                by=None,
                now=now - timedelta(days=2),
            )
    release_days(now=now)
