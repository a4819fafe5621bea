"""The demo's promotions: one of each kind runs after a load, and a second load changes nothing."""

from __future__ import annotations

from datetime import timedelta

import pytest

from sitong.console.demo.promotions import open_promotions
from sitong.marketing.models import FlashItem, Promotion, PromotionStore
from sitong.marketing.promotions.queries.live import forget_promotions
from sitong.scene.orders.actions import place_orders
from sitong.shared.ledger.books import check_books
from tests.make.org import a_brand, done
from tests.make.scene import a_selling_store

pytestmark = pytest.mark.usefixtures("db")


def test_a_promotion_of_each_kind_runs_and_a_second_load_changes_nothing(now):
    forget_promotions()
    selling = a_selling_store(prices=tuple(range(1000, 1900, 100)), stock=50, brand=a_brand(now=now))
    before = done(place_orders([selling.wanted((0, 1))], now=now))
    for at in (now, now + timedelta(hours=1)):
        open_promotions(selling.store.brand_id, [selling.store.id], [selling.store.id], now=at)
    running = Promotion.objects.filter(published_at=now, starts_at=now)
    assert sorted(running.values_list("kind", flat=True)) == [
        "bundle",
        "flash",
        "gift",
        "member_day",
        "nth",
        "nth",
        "steps",
    ]
    assert Promotion.objects.count() == 7
    assert (FlashItem.objects.count(), PromotionStore.objects.exclude(chosen_at=None).count()) == (4, 1)
    assert before.total_minor == 1000  # what was sold before stays as it was
    assert check_books() == []
