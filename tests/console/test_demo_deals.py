"""The demo's group deal: a hundred together, twenty who came, four evenings drawn; loaded once more without doubling."""

from __future__ import annotations

from datetime import timedelta

import pytest

from sitong.console.demo import deals
from sitong.marketing.deals.models import DealDay, DealGroup, DealPlace, DealTicket
from sitong.shared.ledger.books import check_books
from tests.make.member import a_member
from tests.make.org import NOW, a_brand, a_store

pytestmark = pytest.mark.usefixtures("db")


def test_the_demo_shows_a_deal_in_the_middle_of_its_life():
    brand = a_brand(now=NOW - timedelta(days=30))
    stores = [a_store(brand).id for _ in range(2)]
    members = [a_member(brand).id for _ in range(deals.members_needed())]
    for later in (timedelta(), timedelta(hours=1)):
        deals.open_deals(brand.id, members, stores, zone=brand.zone, now=NOW + later)
    assert sorted(DealGroup.objects.values_list("state", "taken", "paid")) == [
        ("complete", 100, 100),
        ("open", 12, 12),
        ("open", 37, 37),
    ]
    assert DealPlace.objects.count() == deals.members_needed()
    assert DealTicket.objects.filter(claimed_at__isnull=False).count() == 20
    drawn = DealDay.objects.exclude(drawn_at=None).count()
    assert drawn == DealTicket.objects.filter(won_day__isnull=False, prize_given_at__isnull=False).count() == 4
    assert check_books() == []
    deals.open_deals(brand.id, members, stores, zone=brand.zone, now=NOW + timedelta(days=1))
    assert DealDay.objects.exclude(drawn_at=None).count() == 5
    assert check_books() == []
