"""Cards on offer and cards in members' hands, made through their actions."""

from __future__ import annotations

from datetime import datetime
from types import SimpleNamespace

from sitong.member.cards.actions import CardWanted, KindWanted, UseWanted, give_cards, offer_kinds, use_cards
from sitong.member.cards.models import Card, CardKind
from sitong.scene.card_sales.actions import CardSaleWanted, CashCardSale, open_card_sales, pay_card_sales_in_cash
from sitong.shared.ids import new_id
from tests.make.member import a_member
from tests.make.org import NOW, done


def brand_of(place) -> SimpleNamespace:
    """The brand of a store; a brand itself."""
    return SimpleNamespace(id=getattr(place, "brand_id", place.id))


def a_kind(place, *, visits: int = 10, price_minor: int = 100_00, now: datetime = NOW, **said) -> CardKind:
    """A visit card on offer; with `months`, a periodic one."""
    if said.get("months"):
        said, visits = {"form": "period", **said}, 0
    wanted = KindWanted(
        new_id(),
        brand_of(place).id,
        said.pop("name", "洗车十次卡"),
        said.pop("what", "洗车一次"),
        said.pop("form", "visits"),
        price_minor,
        visits,
        **said,
    )
    return done(offer_kinds([wanted], by=None, now=now))


def a_card(place, kind=None, *, member=None, entity_id=None, now: datetime = NOW) -> Card:
    """A card in a member's hands, as if it were paid, without a purchase."""
    brand = brand_of(place)
    kind, member = kind or a_kind(brand, now=now), member or a_member(brand, now=now)
    return done(give_cards([CardWanted(new_id(), brand.id, member.id, kind.id, entity_id)], now=now))


def a_bought_card(store, kind, *, member, now: datetime = NOW) -> Card:
    """A card that a member has bought at the counter with cash."""
    sale = done(open_card_sales([CardSaleWanted(new_id(), store.brand_id, member.id, kind.id, store.id)], now=now))
    done(pay_card_sales_in_cash([CashCardSale(new_id(), sale.id)], now=now))
    return Card.objects.get(id=sale.id)


def used(card, store, *, now: datetime = NOW, **said):
    """One use of a card in a store; gives what became of it."""
    (outcome,) = use_cards(
        [UseWanted(said.pop("id", None) or new_id(), card.brand_id, card.code, store.id, **said)], now=now
    )
    return outcome
