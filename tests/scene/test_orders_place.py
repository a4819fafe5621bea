"""Placing orders: repeats, refusals in order of arrival, statements, what is written."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from sitong.goods.inventory.models import Hold, Level
from sitong.scene.models import Order, OrderLine, OrderStep
from sitong.scene.orders.actions import place_orders
from sitong.scene.orders.rules import PAIRS, order_number
from sitong.shared.errors import NotFound, Refused, RepeatDiffers
from sitong.shared.events.models import Event
from sitong.shared.ids import new_id
from sitong.shared.ledger.books import check_books
from tests.make.goods import a_product, a_shelved_product, priced
from tests.make.org import a_brand
from tests.make.scene import a_paid_order, a_selling_store, an_order_wanted

pytestmark = pytest.mark.usefixtures("db")


def code_of(outcome) -> str:
    assert isinstance(outcome, Refused), outcome
    return outcome.code


def test_an_order_is_written_whole_and_holds_its_stock(now):
    selling = a_selling_store(prices=(1290, 250), stock=10)
    wanted = selling.wanted((0, 2), (1, 3), expected_total_minor=3330, scene="livestream")

    (placed,) = place_orders([wanted], now=now)

    order = Order.objects.get()
    assert (placed.id, placed.total_minor, placed.currency, placed.state) == (wanted.id, 3330, "CNY", "placed")
    assert placed.pay_by == order.pay_by == now + timedelta(minutes=15)
    assert (order.number, order.goods_minor, order.discount_minor, order.total_minor) == (placed.number, 3330, 0, 3330)
    assert (order.scene, order.channel, order.source, order.pickup_code) == ("livestream", "mini_shop", "", "")
    assert (order.entity_id, str(order.placed_on)) == (selling.store.entity_id, "2026-03-03")
    assert list(OrderLine.objects.order_by("position").values_list("quantity", "unit_minor", "total_minor")) == [
        (2, 1290, 2580),
        (3, 250, 750),
    ]
    assert OrderLine.objects.get(position=1).reasons == [{"code": "list_price", "unit_minor": 1290}]
    assert list(OrderStep.objects.values_list("step", "at")) == [("placed", now)]
    assert sorted(Hold.objects.values_list("document_id", "quantity")) == [(order.id, 2), (order.id, 3)]
    assert sorted(Level.objects.filter(held__gt=0).values_list("on_hand", "held")) == [(10, 2), (10, 3)]
    event = Event.objects.get(name="scene.order_placed")
    assert (event.facts["order_id"], event.facts["total_minor"], event.facts["number"]) == (
        str(order.id),
        3330,
        order.number,
    )
    assert check_books() == []


def test_a_repeat_gets_the_first_answer_and_another_content_is_refused(now):
    selling = a_selling_store(stock=10)
    wanted = selling.wanted((0, 1), (1, 2))
    (first,) = place_orders([wanted], now=now)
    turned = an_order_wanted(
        selling.store, selling.member, [(line.sku_id, line.quantity) for line in reversed(wanted.lines)], id=wanted.id
    )
    other = selling.wanted((0, 2), id=wanted.id)

    again, within, differs = place_orders([wanted, turned, other], now=now + timedelta(minutes=1))

    assert again == within == first
    assert differs == RepeatDiffers(id=wanted.id)
    assert Order.objects.count() == 1
    assert sorted(Hold.objects.values_list("quantity", flat=True)) == [1, 2]


def test_a_repeat_in_the_same_batch_is_one_order(now):
    selling = a_selling_store(stock=10)
    wanted = selling.wanted((0, 1))
    first, second = place_orders([wanted, wanted], now=now)
    assert first == second
    assert Hold.objects.get().quantity == 1


def test_the_last_pieces_go_in_order_of_arrival_and_a_refused_order_takes_nothing(now):
    selling = a_selling_store(stock=3)
    outcomes = place_orders(
        [selling.wanted((0, 2)), selling.wanted((0, 1), (1, 4)), selling.wanted((0, 1)), selling.wanted((0, 1))],
        now=now,
    )

    assert [getattr(one, "code", "placed") for one in outcomes] == [
        "placed",
        "goods.out_of_stock",
        "placed",
        "goods.out_of_stock",
    ]
    assert outcomes[1].facts == {"sku_id": selling.goods[1].sku_id, "wanted": 4, "free": 3}
    assert outcomes[3].facts == {"sku_id": selling.goods[0].sku_id, "wanted": 1, "free": 0}
    assert Order.objects.count() == 2
    assert Level.objects.get(sku_id=selling.goods[0].sku_id).held == 3
    assert Level.objects.get(sku_id=selling.goods[1].sku_id).held == 0


def test_what_cannot_be_sold_is_refused_and_nothing_changes(now):
    selling = a_selling_store()
    elsewhere, closed = a_selling_store(), a_selling_store(online_takes_stock=False)
    nowhere = a_product(selling.store.brand_id)
    sku_id = nowhere.skus.get().id
    priced(sku_id, 100)
    unpriced = a_shelved_product(selling.store, 100)
    unpriced.sku.prices.all().delete()
    member = selling.member
    cases = [
        (selling.wanted((0, 1), expected_total_minor=1289), "scene.price_changed"),
        (an_order_wanted(selling.store, member, [(sku_id, 1)]), "scene.not_on_shelf"),
        (an_order_wanted(selling.store, member, [(new_id(), 1)]), "scene.not_on_shelf"),
        (an_order_wanted(selling.store, member, [(elsewhere.goods[0].sku_id, 1)]), "scene.not_on_shelf"),
        (an_order_wanted(selling.store, member, [(unpriced.sku_id, 1)]), "scene.no_price"),
        (closed.wanted((0, 1)), "scene.store_closed_online"),
        (selling.wanted((0, 1000)), "scene.quantity_limit"),
        (selling.wanted(), "scene.order_empty"),
        (selling.wanted((0, 1), (0, 1)), "scene.order_empty"),
        (selling.wanted((0, -1)), "scene.order_empty"),
    ]
    outcomes = place_orders([wanted for wanted, _ in cases], now=now)
    assert [code_of(outcome) for outcome in outcomes] == [code for _, code in cases]
    assert not Order.objects.exists() and not Hold.objects.exists() and not Level.objects.filter(held__gt=0).exists()
    assert not Event.objects.filter(name="scene.order_placed").exists()


def test_a_store_of_another_brand_is_not_found(now):
    selling, other = a_selling_store(), a_brand()
    wanted = an_order_wanted(selling.store, selling.member, [(selling.goods[0].sku_id, 1)])
    foreign = type(wanted)(wanted.id, other.id, wanted.store_id, wanted.member_id, wanted.lines)
    assert place_orders([foreign], now=now) == [NotFound(what="store")]
    assert not Order.objects.exists()


def test_what_costs_nothing_is_paid_at_once(now):
    selling = a_selling_store(prices=(0,))
    (placed,) = place_orders([selling.wanted((0, 1))], now=now)
    assert placed.state == Order.objects.get().state == "paid"
    assert len(Order.objects.get().pickup_code) == 8
    assert check_books() == []


def test_twenty_orders_take_as_many_statements_as_two(now):
    stores = [a_selling_store(stock=100) for _ in range(4)]
    counts = []
    for size in (2, 20):
        wanted = [stores[at % 4].wanted((0, 1), (1, 1)) for at in range(size)]
        place_orders(
            [stores[at].wanted((0, 1)) for at in range(4)], now=now
        )  # what a process remembers for a second is there
        with CaptureQueriesContext(
            connection,
        ) as seen:
            assert not [one for one in place_orders(wanted, now=now) if isinstance(one, Refused)]
        counts.append(len([query for query in seen.captured_queries if "SAVEPOINT" not in query["sql"]]))
    assert counts[0] == counts[1]
    assert counts[0] <= 12


def test_numbers_are_short_and_told_apart(now):
    ids = [new_id() for _ in range(5000)]
    numbers = {order_number(one, now.date()) for one in ids}
    assert len(numbers) == 5000
    assert (
        order_number(ids[0], now.date())
        == order_number(ids[0], now.date())
        != order_number(ids[0], now.date(), attempt=1)
    )
    assert {len(number) for number in numbers} == {18} and len(PAIRS) == 1024


def test_a_paid_order_has_a_code_of_its_own(now):
    selling = a_selling_store()
    first, second = a_paid_order(selling), a_paid_order(selling)
    codes = set(Order.objects.filter(id__in=[first.id, second.id]).values_list("pickup_code", flat=True))
    assert len(codes) == 2 and all(len(code) == 8 and code.isdigit() for code in codes)
