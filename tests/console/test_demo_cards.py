"""The demo brand's visit cards: sold, used, given back, and the same when it is loaded again."""

from __future__ import annotations

from datetime import timedelta

import pytest

from sitong.console.demo.cards import BUYERS, open_cards
from sitong.member.cards.models import Card, CardKind, CardReturn, CardUse
from sitong.member.cards.queries import owed_minor
from sitong.shared.ledger.books import check_books
from tests.make.member import a_member
from tests.make.org import NOW, a_brand, a_store

pytestmark = pytest.mark.usefixtures("db")


def test_the_demo_s_cards_are_there_once_and_the_books_agree():
    brand = a_brand()
    stores = [a_store(brand).id, a_store(brand).id]
    members = [a_member(brand).id for _ in range(BUYERS)]
    open_cards(brand.id, members, stores, now=NOW)
    uses = CardUse.objects.count()
    assert (CardKind.objects.count(), Card.objects.count(), CardReturn.objects.count()) == (3, BUYERS, 2)
    assert uses > 20 and 0 < owed_minor(brand.id)["owed"] < owed_minor(brand.id)["taken"]
    open_cards(brand.id, members, stores, now=NOW)
    assert (Card.objects.count(), CardUse.objects.count()) == (BUYERS, uses)
    open_cards(brand.id, members, stores, now=NOW + timedelta(days=3))
    assert Card.objects.count() == BUYERS
    assert check_books() == []
