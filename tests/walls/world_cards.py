"""A card on offer, one in a member's hands, somebody of its family, and a purchase that waits."""

from __future__ import annotations

from typing import Any

from sitong.member.cards.actions import name_person
from sitong.scene.card_sales.actions import CardSaleWanted, open_card_sales
from sitong.shared import clock
from sitong.shared.ids import new_id
from tests.make.cards import a_bought_card, a_kind
from tests.make.org import done


def card_samples(brand: Any, store: Any, member: Any) -> dict[str, str]:
    """Give their ids."""
    now = clock.now()
    kind = a_kind(brand, family_max=3, name="秘密次卡", now=now)
    card = a_bought_card(store, kind, member=member, now=now)
    person = name_person(new_id(), card.id, name="秘密家人", by=None, now=now)
    sale = done(open_card_sales([CardSaleWanted(new_id(), brand.id, member.id, kind.id, store.id)], now=now))
    return {
        "card_kind_id": str(kind.id),
        "card_id": str(card.id),
        "person_id": str(person.id),
        "card_sale_id": str(sale.id),
    }
