"""Who sees which orders, and who hears of them."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from sitong.scene.orders import handlers
from sitong.scene.orders.handlers import may_hear_own, may_hear_store
from sitong.scene.orders.queries import (
    my_orders,
    order_by_code,
    order_detail,
    store_orders,
    visible_orders,
    waiting_count,
)
from sitong.shared.errors import NotFound
from tests.make.access import a_viewer
from tests.make.org import NOW, a_brand, a_dealer, a_store
from tests.make.scene import a_handed_over_order, a_paid_order, a_placed_order, a_selling_store

pytestmark = pytest.mark.usefixtures("db")


@pytest.fixture
def branch():
    """A dealer, a dealer below it, and the lower one's store with one order."""
    brand = a_brand()
    upper = a_dealer(brand)
    lower = a_dealer(parent=upper)
    selling = a_selling_store(brand=brand, dealer=lower)
    return brand, upper, lower, selling, a_paid_order(selling)


def test_each_level_sees_the_orders_below_it_and_no_other(branch):
    brand, upper, lower, selling, order = branch
    a_paid_order(a_selling_store())
    seeing = [a_viewer("consumer", selling.member), a_viewer("store", selling.store, "clerk"), a_viewer("dealer", lower), a_viewer("dealer", upper),
              a_viewer("brand", brand, "finance")]  # fmt: skip
    blind = [
        a_viewer("consumer", brand),
        a_viewer("store", a_store(brand)),
        a_viewer("dealer", a_dealer(brand)),
        a_viewer("brand", a_brand()),
    ]
    for viewer in seeing:
        assert [one.id for one in visible_orders(viewer)] == [order.id]
        assert order_detail(order.id, viewer).number == order.number
    for viewer in blind:
        assert visible_orders(viewer) == []
        with pytest.raises(NotFound):
            order_detail(order.id, viewer)


def test_lists_are_newest_first_and_page_by_time(now):
    selling = a_selling_store()
    orders = [a_placed_order(selling, now=NOW.replace(minute=minute)) for minute in (1, 2, 3)]
    found = my_orders(selling.member.id, limit=2)
    assert [one.id for one in found] == [orders[2].id, orders[1].id]
    assert [one.id for one in my_orders(selling.member.id, before=found[-1].placed_at)] == [orders[0].id]
    assert my_orders(selling.member.id, store_id=a_store().id) == []


def test_a_store_sees_what_waits_to_be_fetched():
    selling = a_selling_store()
    a_placed_order(selling)
    paid, handed = a_paid_order(selling, (0, 2), (1, 1)), a_handed_over_order(selling)
    assert [one.id for one in store_orders(selling.store.id)] == [paid.id]
    assert waiting_count(selling.store.id) == 1
    view = store_orders(selling.store.id)[0]
    assert [(line.position, line.quantity, line.total_minor) for line in view.lines] == [(1, 2, 2580), (2, 1, 250)]
    assert [step.step for step in view.steps] == ["placed", "paid"]
    assert order_by_code(selling.store.id, view.pickup_code) == view
    assert order_by_code(selling.store.id, "") is None
    assert [one.id for one in store_orders(selling.store.id, states=["handed_over"])] == [handed.id]


def test_lists_take_three_statements_whatever_their_length():
    selling = a_selling_store(stock=1000)
    for already, more in ((0, 2), (2, 18)):
        for _ in range(more):
            a_paid_order(selling, (0, 1), (1, 1))
        with CaptureQueriesContext(connection) as seen:
            assert len(store_orders(selling.store.id, limit=100)) == already + more
        assert len(seen) == 3


def test_the_store_and_the_consumer_hear_of_each_step_and_nobody_else(branch, monkeypatch):
    brand, _, lower, selling, order = branch
    told = []
    monkeypatch.setattr(
        handlers, "tell", lambda name, news: told.extend((name, key, what["what"]) for key, what in news)
    )
    handlers.remind(
        [
            handlers.OrderPaid(
                brand.id,
                order.id,
                selling.store.id,
                selling.member.id,
                "mini_shop",
                "store",
                1290,
                NOW.date(),
                order.number,
            )
        ]
    )
    assert told == [("store-orders", str(selling.store.id), "paid"), ("my-orders", str(selling.member.id), "paid")]
    assert may_hear_store(a_viewer("store", selling.store, "clerk"), str(selling.store.id))
    assert may_hear_store(a_viewer("dealer", lower), str(selling.store.id))
    assert not may_hear_store(a_viewer("store", a_store(brand)), str(selling.store.id))
    assert not may_hear_store(a_viewer("consumer", selling.member), str(selling.store.id))
    assert may_hear_own(a_viewer("consumer", selling.member), str(selling.member.id))
    assert not may_hear_own(a_viewer("consumer", brand), str(selling.member.id))
