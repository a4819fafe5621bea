"""Orders and carts when two members are joined, and when the join is undone."""

from datetime import timedelta
from types import SimpleNamespace

import pytest

from sitong.member.identity.moving import MOVERS
from sitong.scene.cart.actions import CartKey, put_in_cart
from sitong.scene.cart.queries import cart_lines
from sitong.scene.models import Order
from sitong.scene.orders.actions import place_orders
from sitong.shared.ids import new_id
from tests.make.member import a_member
from tests.make.scene import a_placed_order, a_selling_store, an_order_wanted

pytestmark = pytest.mark.usefixtures("db")
HOUR = timedelta(hours=1)


@pytest.fixture
def selling(now):
    return a_selling_store(prices=(1290, 250), stock=100)


@pytest.fixture
def other(selling):
    return a_member(SimpleNamespace(id=selling.store.brand_id))


def owners() -> dict:
    return dict(Order.objects.values_list("id", "member_id"))


def test_orders_go_with_the_join_and_come_back_with_its_undoing(selling, other, now):
    mover, join = MOVERS["scene.orders"].moves, {"join_id": new_id(), "now": now}
    hers = a_placed_order(selling, (0, 1))
    his = place_orders([an_order_wanted(selling.store, other, [(selling.goods[0].sku_id, 1)])], now=now)[0]
    moved = mover.move(selling.member.id, other.id, **join)
    assert moved == [hers.id]
    assert owners() == {hers.id: other.id, his.id: other.id}
    assert mover.move(selling.member.id, other.id, **join) == []
    later = place_orders([an_order_wanted(selling.store, other, [(selling.goods[0].sku_id, 1)])], now=now + HOUR)[0]
    (seen,) = mover.made_later(other.id, moved, since=now)
    assert (seen.id, seen.title) == (later.id, later.number)
    mover.move_back(moved, selling.member.id, other.id, **join)
    assert owners() == {hers.id: selling.member.id, his.id: other.id, later.id: other.id}


def test_carts_go_with_the_join_and_come_back_with_its_undoing(selling, other, now):
    mover, join = MOVERS["scene.carts"].moves, {"join_id": new_id(), "now": now}
    milk, bread = (one.sku_id for one in selling.goods)
    hers, his = (CartKey(selling.store.brand_id, one.id, selling.store.id) for one in (selling.member, other))
    put_in_cart(hers, milk, quantity=1, now=now)
    put_in_cart(hers, bread, quantity=2, now=now)
    put_in_cart(his, milk, quantity=5, now=now)

    def held(cart):
        return {line.sku_id: line.quantity for line in cart_lines(cart.member_id, cart.store_id)}

    moved = mover.move(selling.member.id, other.id, **join)
    assert (held(hers), held(his)) == ({milk: 1}, {milk: 5, bread: 2})
    mover.move_back(moved, selling.member.id, other.id, **join)
    assert (held(hers), held(his)) == ({milk: 1, bread: 2}, {milk: 5})
