"""Goods bought with a promotion come back: each piece brings back its own share, whatever the order."""

from __future__ import annotations

import random

import pytest

from sitong.marketing.models import FlashItem
from sitong.marketing.promotions.queries.live import forget_promotions
from sitong.scene.cart.benefits import forget_plans
from sitong.scene.models import OrderLine
from sitong.scene.payments.models import Payment
from sitong.scene.returns.actions import ExchangeWanted, exchange_goods
from sitong.shared.ledger.books import check_books
from tests.make.org import a_brand
from tests.make.promotions import a_bundle, a_flash_sale, a_gift, second_at_half_price, steps_off
from tests.make.returns import a_return, a_return_wanted, a_sold_order
from tests.make.scene import a_selling_store

pytestmark = pytest.mark.usefixtures("db")


@pytest.fixture
def selling(now):
    forget_plans()
    forget_promotions()
    return a_selling_store(prices=(1000, 250, 300), stock=100, brand=a_brand(now=now))


def test_a_gift_and_what_earned_it_share_what_is_saved(selling, now):
    """2 × 10.00 and a gift of 2.50: 20.00 paid, split 20.00 : 2.50."""
    a_gift(selling, 0, 1)
    order = a_sold_order(selling, (0, 2), (1, 1), now=now)
    assert list(OrderLine.objects.order_by("position").values_list("total_minor", flat=True)) == [1778, 222]
    assert a_return(order.id, selling.store, (1, 1), now=now).refund_minor == 889
    assert a_return(order.id, selling.store, (2, 1), now=now).refund_minor == 222
    assert a_return(order.id, selling.store, (1, 1), now=now).refund_minor == 889
    assert check_books() == []


def test_what_remains_is_not_reckoned_again(selling, now):
    """Two at 10.00, the second at half price: 15.00 paid. One comes back: 7.50, and the other stays at 7.50."""
    second_at_half_price(selling)
    order = a_sold_order(selling, (0, 2), now=now)
    assert a_return(order.id, selling.store, (1, 1), now=now).refund_minor == 750
    line = OrderLine.objects.get()
    assert (line.total_minor - line.returned_minor, line.returned) == (750, 1)
    assert check_books() == []


def test_returned_pieces_of_a_flash_sale_are_not_sold_in_it_again(selling, now):
    a_flash_sale(selling, price_minor=100, stock=2, per_member=2)
    order = a_sold_order(selling, (0, 2), now=now)
    assert a_return(order.id, selling.store, (1, 1), now=now).refund_minor == 100
    assert FlashItem.objects.get().sold == 2
    assert check_books() == []


def test_an_exchange_sells_at_the_promotion_of_the_day(selling, now):
    order = a_sold_order(selling, (0, 1), now=now)
    a_flash_sale(selling, 1, price_minor=50, stock=9)
    wanted = selling.wanted((1, 2))
    made = exchange_goods(ExchangeWanted(a_return_wanted(order.id, selling.store, (1, 1)), wanted), now=now)
    assert (made.order.total_minor, made.paid_minor, made.returned.refund_minor) == (100, 100, 1000)
    assert FlashItem.objects.get().sold == 2
    assert check_books() == []


@pytest.mark.parametrize("seed", range(6))
def test_in_however_many_parts_it_comes_back_exactly_what_was_paid(selling, now, seed):
    chance = random.Random(seed)
    second_at_half_price(selling, 0, 1, 2, stacking="free")
    steps_off(selling, (1500, 333), stacking="free")
    a_bundle(selling, 1, 2, price_minor=401)
    quantities = [chance.randint(1, 4) for _ in range(3)]
    order = a_sold_order(selling, *enumerate(quantities), now=now)
    pieces = [position for position, quantity in enumerate(quantities, start=1) for _ in range(quantity)]
    chance.shuffle(pieces)
    refunds = [a_return(order.id, selling.store, (position, 1), now=now).refund_minor for position in pieces]
    assert sum(refunds) == order.total_minor
    assert sum(Payment.objects.values_list("refunded_minor", flat=True)) == order.total_minor
    assert check_books() == []
