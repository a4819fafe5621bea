"""A flash sale's last piece in fifty carts, and its limit in one member's many: never oversold; and what happens without the lock."""

from __future__ import annotations

import threading

import pytest

from sitong.marketing.models import FlashItem, FlashTaking
from sitong.marketing.promotions.queries.flash import flash_left
from sitong.scene.models import Order
from sitong.scene.orders.actions import CancelWanted, benefits, cancel_orders, place_orders
from sitong.shared.ids import new_id
from sitong.shared.ledger.books import check_books
from tests.make.member import a_member
from tests.make.promotions import a_flash_sale, brand_of
from tests.make.scene import a_selling_store, an_order_wanted
from tests.races.test_orders import NOW, at_once, codes

pytestmark = pytest.mark.usefixtures("committed_db")
CARTS = 50


def test_of_fifty_carts_one_has_the_last_piece_and_the_others_hear_the_new_price():
    selling = a_selling_store(stock=500)
    a_flash_sale(selling, price_minor=100, stock=1)
    members = [a_member(brand_of(selling), now=NOW) for _ in range(CARTS)]
    sku_id = selling.goods[0].sku_id

    def buy(at: int) -> object:
        return place_orders(
            [an_order_wanted(selling.store, members[at], [(sku_id, 1)], expected_total_minor=100)], now=NOW
        )[0]

    assert codes(at_once(CARTS, buy)) == {"OrderPlacement": 1, "scene.price_changed": CARTS - 1}
    assert (FlashItem.objects.get().sold, FlashTaking.objects.count(), Order.objects.count()) == (1, 1, 1)
    assert check_books() == []


def test_one_members_many_carts_keep_to_the_limit():
    selling = a_selling_store(stock=500)
    a_flash_sale(selling, price_minor=100, stock=100, per_member=2)
    outcomes = at_once(12, lambda _: place_orders([selling.wanted((0, 1), expected_total_minor=100)], now=NOW)[0])
    assert codes(outcomes) == {"OrderPlacement": 2, "scene.price_changed": 10}
    assert FlashItem.objects.get().sold == 2
    assert check_books() == []


def test_crossing_sales_and_cancellations_never_wait_in_a_circle():
    selling = a_selling_store(stock=500)
    for number in (0, 1):
        a_flash_sale(selling, number, price_minor=100, stock=40)
    placed = [place_orders([selling.wanted((0, 1), (1, 1))], now=NOW)[0] for _ in range(6)]

    def act(number: int) -> object:
        if number < len(placed):
            return cancel_orders([CancelWanted(placed[number].id, new_id())], now=NOW)[0]
        lines = ((0, 1), (1, 1)) if number % 2 else ((1, 1), (0, 1))
        return place_orders([selling.wanted(*lines, expected_total_minor=200)], now=NOW)[0]

    assert codes(at_once(18, act)) == {"Canceled": 6, "OrderPlacement": 12}
    assert sorted(FlashItem.objects.values_list("sold", flat=True)) == [12, 12]
    assert check_books() == []


def test_without_the_lock_two_orders_want_the_last_piece(monkeypatch):
    """The control: a count read without its lock is good for both; only the table's own guard stops the second."""
    selling = a_selling_store(stock=50)
    a_flash_sale(selling, price_minor=100, stock=1)
    both_have_read, use_promotions, reads, decided = threading.Barrier(2), benefits.use_promotions, [], []

    def read_only(pairs):
        left = flash_left(pairs)
        reads.append(left)
        if len(reads) <= 2:
            both_have_read.wait(10)
        return left

    def use_and_tell(used, taken, *, now) -> None:
        decided.append(sum(one.quantity for one in taken))
        use_promotions(used, taken, now=now)

    monkeypatch.setattr(benefits, "lock_flash", read_only)
    monkeypatch.setattr(benefits, "use_promotions", use_and_tell)
    outcomes = at_once(2, lambda _: place_orders([selling.wanted((0, 1), expected_total_minor=100)], now=NOW)[0])
    assert decided == [1, 1]  # both orders were to have the only piece
    assert codes(outcomes) == {"OrderPlacement": 1, "scene.price_changed": 1}  # the second was decided again
    assert FlashItem.objects.get().sold == 1
