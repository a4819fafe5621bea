"""Goods brought back at the same instant: never more than was bought, no money twice; and what happens without the lock."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from django.db.utils import IntegrityError

from sitong.goods.inventory.models import Level
from sitong.scene.models import Order, OrderLine, Payment, Return
from sitong.scene.orders.actions import CancelWanted, cancel_orders, steps
from sitong.scene.returns.actions import ExchangeWanted, exchange_goods, return_goods
from sitong.scene.returns.actions import take_back as taking
from sitong.shared.errors import Refused
from sitong.shared.ids import new_id
from sitong.shared.ledger.books import check_books
from tests.make.org import NOW
from tests.make.returns import a_full_wallet, a_return_wanted, a_sold_order, another_store
from tests.make.scene import a_selling_store
from tests.races.test_orders import at_once, codes

pytestmark = pytest.mark.usefixtures("committed_db")


def refunded() -> int:
    return sum(Payment.objects.values_list("refunded_minor", flat=True))


def test_one_piece_brought_to_eight_counters_at_once_is_taken_back_once():
    selling = a_selling_store(stock=10)
    order = a_sold_order(selling, (0, 1))
    counters = [selling.store, another_store(selling)]
    outcomes = at_once(8, lambda at: return_goods([a_return_wanted(order.id, counters[at % 2])], now=NOW)[0])
    assert codes(outcomes) == {"Returned": 1, "scene.returned_already": 7}
    assert (OrderLine.objects.get().returned, refunded(), Return.objects.count()) == (1, 1290, 1)
    assert sum(Level.objects.filter(sku_id=selling.goods[0].sku_id).values_list("on_hand", flat=True)) == 10
    assert check_books() == []


def test_without_the_lock_both_counters_take_it_back_and_only_the_table_stops_the_second(monkeypatch):
    """The control: decided from an order that is not locked, both returns are accepted; the table's check is the last guard."""
    selling = a_selling_store(stock=10)
    order = a_sold_order(selling, (0, 1))
    both_have_decided, put_back = threading.Barrier(2), taking.put_back

    def put_back_when_both_have_decided(accepted, *, now) -> None:
        both_have_decided.wait(10)
        put_back(accepted, now=now)

    monkeypatch.setattr(steps, "LOCK", steps.LOCK.replace("FOR NO KEY UPDATE", ""))
    monkeypatch.setattr(taking, "put_back", put_back_when_both_have_decided)
    monkeypatch.setattr(taking, "ATTEMPTS", 1)
    outcomes = at_once(2, lambda _: return_goods([a_return_wanted(order.id, selling.store)], now=NOW)[0])
    stopped = next(one for one in outcomes if isinstance(one, Exception) and not isinstance(one, Refused))
    assert codes(outcomes)["Returned"] == 1
    if isinstance(stopped, IntegrityError):
        assert "line_returned_within_bought" in str(stopped) or "refund_within_payment" in str(stopped)
    else:  # the payment's lock stands further down: there the money is no longer there to give
        assert "cannot be given back" in str(stopped)
    assert refunded() == 1290
    assert check_books() == []


def test_the_same_return_sent_by_ten_at_once_is_one_return():
    """The answer was lost on the way, so the counter asks again and again."""
    selling = a_selling_store(stock=10)
    order = a_sold_order(selling, (0, 3))
    wanted = a_return_wanted(order.id, selling.store, (1, 2))
    outcomes = at_once(10, lambda at: return_goods([wanted], now=NOW + timedelta(minutes=at))[0])
    assert codes(outcomes) == {"Returned": 10} and len(set(outcomes)) == 1
    assert (OrderLine.objects.get().returned, refunded()) == (2, 2580)
    assert check_books() == []


def test_a_return_and_an_exchange_of_the_same_piece_cannot_both_be():
    selling = a_selling_store(prices=(1000, 1000), stock=10)
    a_full_wallet(selling, 5000)
    for _ in range(4):
        order = a_sold_order(selling, (0, 1), cash=400)

        def either(at: int, order=order) -> object:
            wanted = a_return_wanted(order.id, selling.store)
            if at % 2:
                return return_goods([wanted], now=NOW)[0]
            return exchange_goods(ExchangeWanted(wanted, selling.wanted((1, 1), channel="pos")), now=NOW)

        counted = codes(at_once(4, either))
        assert counted["scene.returned_already"] == 3 and counted["Returned"] + counted["ExchangeMade"] == 1
    assert Order.objects.count() - 4 == Return.objects.exclude(exchange_order_id=None).count()
    assert check_books() == []


def test_returns_and_exchanges_crosswise_never_wait_for_each_other_in_a_circle():
    selling = a_selling_store(prices=(500, 500, 500), stock=100)
    orders = [a_sold_order(selling, (0, 2), (1, 2), (2, 2)) for _ in range(4)]

    def turn(at: int) -> object:
        if at % 2:
            some = orders if at % 4 == 1 else orders[::-1]
            lines = [(1, 1), (2, 1)] if at % 4 == 1 else [(2, 1), (1, 1)]
            return return_goods([a_return_wanted(one.id, selling.store, *lines) for one in some], now=NOW)
        order = orders[at // 2 % 4]
        out = (0, 1) if at % 4 else (2, 1)
        return exchange_goods(
            ExchangeWanted(
                a_return_wanted(order.id, selling.store, (3 - at % 3, 1)), selling.wanted(out, channel="pos")
            ),
            now=NOW,
        )

    outcomes = at_once(8, turn)
    bugs = [one for one in outcomes if isinstance(one, Exception) and not isinstance(one, Refused)]
    assert bugs == []
    assert check_books() == []


def test_a_return_raced_with_the_cancellation_of_what_an_exchange_bought():
    selling = a_selling_store(prices=(1000, 1000), stock=10)
    old = a_sold_order(selling, (0, 2))
    wanted = ExchangeWanted(
        a_return_wanted(old.id, selling.store, (1, 1)), selling.wanted((1, 1), channel="pos"), hand_over=False
    )
    made = exchange_goods(wanted, now=NOW)

    def either(at: int) -> object:
        if at % 2:
            return cancel_orders([CancelWanted(made.order.id, new_id())], now=NOW)[0]
        return return_goods([a_return_wanted(old.id, selling.store, (1, 1))], now=NOW)[0]

    assert codes(at_once(6, either)) == {
        "Returned": 1,
        "scene.returned_already": 2,
        "Canceled": 1,
        "scene.order_not_cancelable": 2,
    }
    assert Payment.objects.get(document_id=old.id).refunded_minor == 2000
    assert check_books() == []
