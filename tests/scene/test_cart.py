"""The cart, and the one price calculation behind it."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from sitong.goods.catalog.actions import unshelve_products
from sitong.scene.cart.actions import (
    CartFull,
    CartKey,
    Taken,
    change_cart,
    clear_cart,
    put_in_cart,
    remove_from_cart,
    take_from_carts,
)
from sitong.scene.cart.queries import cart_lines, quote_of, quote_of_cart, reason_sentence
from sitong.scene.cart.rules import LineWanted, NotOnShelf, QuantityLimit, amount_minor
from sitong.shared.errors import NotFound
from sitong.shared.ids import new_id
from tests.make.goods import a_shelved_product, priced
from tests.make.scene import a_selling_store

pytestmark = pytest.mark.usefixtures("db")


@pytest.fixture
def selling():
    return a_selling_store(prices=(1290, 250))


@pytest.fixture
def cart(selling):
    return CartKey(selling.store.brand_id, selling.member.id, selling.store.id)


def held(cart) -> list[tuple]:
    return [(line.sku_id, line.quantity) for line in cart_lines(cart.member_id, cart.store_id)]


def test_a_cart_adds_changes_and_loses_lines(cart, selling, now):
    milk, bread = selling.goods[0].sku_id, selling.goods[1].sku_id
    assert put_in_cart(cart, milk, quantity=2, now=now) == 2
    assert put_in_cart(cart, milk, quantity=3, now=now) == 5
    assert change_cart(cart, bread, quantity=4, now=now + timedelta(seconds=1)) == 4
    assert held(cart) == [(milk, 5), (bread, 4)]
    assert change_cart(cart, milk, quantity=0, now=now) == 0
    remove_from_cart(cart, [milk, new_id()])
    assert held(cart) == [(bread, 4)]
    clear_cart(cart)
    assert held(cart) == []


def test_a_cart_refuses_what_no_order_could_hold(cart, selling, now):
    milk = selling.goods[0].sku_id
    with pytest.raises(NotOnShelf):
        put_in_cart(cart, new_id(), quantity=1, now=now)
    with pytest.raises(QuantityLimit) as most:
        put_in_cart(cart, milk, quantity=1000, now=now)
    assert most.value.facts == {"sku_id": milk, "most": 999, "wanted": 1000}
    assert held(cart) == []


def test_a_cart_has_as_many_lines_as_an_order(cart, selling, now, monkeypatch):
    monkeypatch.setattr("sitong.scene.cart.actions.LINES_MAX", 1)
    put_in_cart(cart, selling.goods[0].sku_id, quantity=1, now=now)
    with pytest.raises(CartFull):
        put_in_cart(cart, selling.goods[1].sku_id, quantity=1, now=now)
    assert put_in_cart(cart, selling.goods[0].sku_id, quantity=1, now=now) == 2


def test_what_was_ordered_leaves_the_cart_and_what_came_later_stays(cart, selling, now):
    milk, bread = selling.goods[0].sku_id, selling.goods[1].sku_id
    put_in_cart(cart, milk, quantity=5, now=now)
    put_in_cart(cart, bread, quantity=1, now=now)
    take_from_carts([Taken(cart.member_id, cart.store_id, milk, 3), Taken(cart.member_id, cart.store_id, bread, 1)])
    assert held(cart) == [(milk, 2)]


def test_a_quote_explains_a_step_price(selling, now):
    milk = selling.goods[0].sku_id
    priced(milk, 1090, quantity_from=3)
    lines = [LineWanted(milk, 3)]
    quote = quote_of(lines, brand_id=selling.store.brand_id, store_id=selling.store.id, at=now)
    (line,) = quote.lines
    assert (line.unit_minor, line.goods_minor, line.discount_minor, line.total_minor) == (1290, 3870, 600, 3270)
    assert line.reasons == (
        {"code": "list_price", "unit_minor": 1290},
        {"code": "step_price", "quantity_from": 3, "unit_minor": 1090, "saved_minor": 600},
    )
    with translation.override("en"):
        assert reason_sentence(line.reasons[1], "CNY") == "From 3 each costs ¥10.90: you save ¥6.00."
    assert (quote.goods_minor, quote.discount_minor, quote.total_minor) == (3870, 600, 3270)


@pytest.mark.parametrize(("where", "code"), [
    ({"channel": "livestream"}, "channel_price"), ({"store_kind": "direct"}, "store_kind_price"), ({"store": True}, "store_price"),
])  # fmt: skip
def test_a_quote_says_whose_price_it_is(selling, now, where, code):
    milk = selling.goods[0].sku_id
    fields = {"store_id": selling.store.id} if where.pop("store", False) else where
    priced(milk, 990, **fields)
    quote = quote_of(
        [LineWanted(milk, 1)], brand_id=selling.store.brand_id, store_id=selling.store.id, channel="livestream", at=now
    )
    assert quote.lines[0].reasons == ({"code": code, "unit_minor": 990},)


def test_weighed_goods_cost_by_the_kilogram_rounded_half_up(selling, now):
    apples = a_shelved_product(selling.store, 1999, 50_000, weighed=True)
    quote = quote_of(
        [LineWanted(apples.sku_id, 750)], brand_id=selling.store.brand_id, store_id=selling.store.id, at=now
    )
    assert quote.total_minor == 1499  # 14.9925 yuan
    assert [amount_minor(1, grams, weighed=True) for grams in (499, 500, 1000, 1499, 1500)] == [0, 1, 1, 1, 2]


def test_a_cart_shows_what_can_no_longer_be_sold_and_does_not_count_it(cart, selling, now):
    for goods in selling.goods:
        put_in_cart(cart, goods.sku_id, quantity=1, now=now)
    unshelve_products(selling.store.id, [selling.goods[0].id], by=None, now=now)
    quote = quote_of_cart(cart.member_id, brand_id=cart.brand_id, store_id=cart.store_id, at=now)
    assert quote.total_minor == 250
    assert quote.refused == {selling.goods[0].sku_id: NotOnShelf(sku_id=selling.goods[0].sku_id)}


def test_a_store_of_another_brand_quotes_nothing(selling, now):
    with pytest.raises(NotFound):
        quote_of([LineWanted(selling.goods[0].sku_id, 1)], brand_id=new_id(), store_id=selling.store.id, at=now)


def test_quotes_take_the_same_statements_for_two_lines_and_twenty(now):
    selling = a_selling_store(prices=[100] * 20)
    counts = []
    for size in (2, 20):
        lines = [LineWanted(goods.sku_id, 1) for goods in selling.goods[:size]]
        with CaptureQueriesContext(connection) as seen:
            quote_of(lines, brand_id=selling.store.brand_id, store_id=selling.store.id, at=now)
        counts.append(len(seen))
    assert counts[1] <= counts[0] <= 5  # the first asks which promotions the brand has, and remembers it
