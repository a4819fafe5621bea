"""Goods come back whole or in part, at any store: money, points, coupons and stock follow exactly."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from sitong.goods.inventory.models import Level, Move
from sitong.scene.models import Order, OrderLine, Payment, Refund, Return, ReturnLine
from sitong.scene.returns.actions import ReturnWanted, return_goods
from sitong.scene.returns.rules import (
    NotFetchedYet,
    OrderNotReturnable,
    ReturnedAlready,
    ReturnEmpty,
    ReturnTooLate,
)
from sitong.shared.errors import NotFound, Refused, RepeatDiffers
from sitong.shared.events.models import Event
from sitong.shared.ids import new_id
from sitong.shared.ledger.books import check_books
from tests.make.returns import a_full_wallet, a_return, a_return_wanted, a_sold_order, another_store
from tests.make.scene import a_handed_over_order, a_paid_order, a_placed_order, a_selling_store

pytestmark = pytest.mark.usefixtures("db")


def test_part_of_a_line_comes_back_at_another_store_and_its_money_goes_back_where_it_came_from(now):
    selling = a_selling_store(prices=(1000, 250), stock=10)
    order = a_handed_over_order(selling, (0, 3), (1, 1))
    other, clerk = another_store(selling), new_id()

    came = a_return(order.id, other, (1, 2), by=clerk, reason="unwanted")

    assert (came.refund_minor, came.cash_minor, came.points, came.coupons) == (2000, 0, 0, 0)
    assert came.number.startswith("R260303-")
    assert list(Refund.objects.values_list("amount_minor", "state", "request_id")) == [(2000, "asked", came.id)]
    assert Order.objects.get().state == "handed_over"
    assert list(OrderLine.objects.order_by("position").values_list("returned", "returned_minor")) == [(2, 2000), (0, 0)]
    assert Level.objects.get(location_id=other.id).on_hand == 2
    assert Level.objects.get(location_id=selling.store.id, sku_id=selling.goods[0].sku_id).on_hand == 7
    facts = Event.objects.get(name="scene.goods_returned").facts
    assert (facts["refund_minor"], facts["whole"], facts["lines"]) == (2000, 0, 1)
    assert (facts["store_id"], facts["sold_store_id"]) == (str(other.id), str(selling.store.id))
    assert (facts["entity_id_received"], facts["entity_id_sold"]) == (
        str(other.entity_id),
        str(selling.store.entity_id),
    )
    assert check_books() == []


def test_a_line_that_does_not_divide_comes_back_exactly_in_three_parts(now):
    selling = a_selling_store(prices=(334,), stock=10)
    order = a_sold_order(selling, (0, 3))
    OrderLine.objects.update(goods_minor=1000, total_minor=1000)  # what three for 10.00 would have cost
    Order.objects.update(goods_minor=1000, total_minor=1000)
    Payment.objects.update(amount_minor=1000, given_minor=None)

    assert [a_return(order.id, selling.store, (1, 1)).refund_minor for _ in range(3)] == [333, 333, 334]
    assert Payment.objects.get().refunded_minor == 1000
    assert check_books() == []


def test_money_goes_back_to_each_payment_in_proportion(now):
    selling = a_selling_store(prices=(1000,), stock=10)
    a_full_wallet(selling, 5000)
    order = a_sold_order(selling, (0, 3), cash=1000)

    came = a_return(order.id, selling.store, (1, 1))
    rest = a_return(order.id, selling.store, (1, 2))

    of = {
        row.id: sorted(Refund.objects.filter(request_id=row.id).values_list("payment__provider", "amount_minor"))
        for row in (came, rest)
    }
    assert of[came.id] == [("cash", 333), ("wallet", 667)]
    assert of[rest.id] == [("cash", 667), ("wallet", 1333)]
    assert check_books() == []


def test_the_same_return_again_is_the_same_answer_and_another_content_is_refused(now):
    selling = a_selling_store(stock=10)
    order = a_sold_order(selling, (0, 2))
    wanted = a_return_wanted(order.id, selling.store, (1, 1))

    first, again = return_goods([wanted, wanted], now=now)
    (later,) = return_goods([wanted], now=now + timedelta(days=30))
    (other,) = return_goods([a_return_wanted(order.id, selling.store, (1, 2), id=wanted.id)], now=now)

    assert first == again == later
    assert other == RepeatDiffers(id=wanted.id)
    assert Return.objects.count() == 1 and OrderLine.objects.get().returned == 1
    assert check_books() == []


def test_what_came_back_already_is_refused_with_when_and_where(now):
    selling = a_selling_store(stock=10)
    order = a_sold_order(selling, (0, 2))
    other = another_store(selling)
    first = a_return(order.id, other, (1, 2))

    (again,) = return_goods([a_return_wanted(order.id, selling.store, (1, 1))], now=now + timedelta(days=1))

    assert again == ReturnedAlready(
        position=1,
        name="纯牛奶",
        wanted=1,
        left=0,
        returned=2,
        number=first.number,
        store_id=other.id,
        at=now.isoformat(),
    )
    assert Refund.objects.count() == 1 and Return.objects.count() == 1
    assert check_books() == []


def test_a_batch_is_decided_in_order_of_arrival_and_one_refused_touches_no_other(now):
    selling = a_selling_store(stock=10)
    order, second = a_sold_order(selling, (0, 2)), a_sold_order(selling, (1, 1))
    outcomes = return_goods([
        a_return_wanted(order.id, selling.store, (1, 2)),
        a_return_wanted(order.id, selling.store, (1, 1)),
        a_return_wanted(second.id, selling.store, (1, 1)),
    ], now=now)  # fmt: skip
    assert [getattr(one, "code", None) or one.refund_minor for one in outcomes] == [2580, "scene.returned_already", 250]
    assert check_books() == []


def test_damaged_goods_are_written_off_out_of_the_lot_from_which_they_were_sold(now):
    selling = a_selling_store(stock=10)
    order = a_sold_order(selling, (0, 3))
    came = a_return(order.id, selling.store, (1, 1, "damaged"), (1, 1, "resellable"))

    assert Level.objects.get(sku_id=selling.goods[0].sku_id).on_hand == 8
    moves = Move.objects.exclude(reason__in=["receipt", "sale"]).order_by("quantity")
    assert list(moves.values_list("reason", "quantity")) == [("write_off", -1), ("return", 2)]
    assert sorted(ReturnLine.objects.values_list("condition", "refund_minor")) == [
        ("damaged", 1290),
        ("resellable", 1290),
    ]
    assert came.refund_minor == 2580
    assert check_books() == []


def test_only_what_was_handed_over_comes_back(now):
    selling = a_selling_store(stock=10)
    unpaid, paid, handed = a_placed_order(selling), a_paid_order(selling), a_sold_order(selling)
    stranger = a_selling_store()
    outcomes = return_goods([
        a_return_wanted(unpaid.id, selling.store),
        a_return_wanted(paid.id, selling.store),
        a_return_wanted(new_id(), selling.store),
        a_return_wanted(handed.id, stranger.store),
        a_return_wanted(handed.id, selling.store, (2, 1)),
        a_return_wanted(handed.id, selling.store, (1, 0)),
        ReturnWanted(new_id(), handed.id, selling.store.id, ()),
        a_return_wanted(handed.id, selling.store, location_id=stranger.store.id),
    ], now=now)  # fmt: skip
    assert outcomes == [
        OrderNotReturnable(number=unpaid.number, state="placed"),
        NotFetchedYet(number=paid.number),
        NotFound(what="order"),
        NotFound(what="store"),
        ReturnEmpty(),
        ReturnEmpty(),
        ReturnEmpty(),
        NotFound(what="location"),
    ]
    assert not Return.objects.exists() and not Refund.objects.exists()
    assert check_books() == []


def test_after_the_window_only_a_reason_takes_goods_back(now):
    selling = a_selling_store(stock=10)
    order = a_sold_order(selling, (0, 2))

    (last,) = return_goods([a_return_wanted(order.id, selling.store, (1, 1))], now=now + timedelta(days=7))
    (late,) = return_goods([a_return_wanted(order.id, selling.store, (1, 1))], now=now + timedelta(days=8))
    (kind,) = return_goods(
        [a_return_wanted(order.id, selling.store, (1, 1), late_reason="was ill")], now=now + timedelta(days=8)
    )

    assert last.refund_minor == kind.refund_minor == 1290
    assert late == ReturnTooLate(number=order.number, until="2026-03-10")
    assert Return.objects.exclude(late_reason="").get().late_reason == "was ill"
    assert check_books() == []


def test_the_database_itself_lets_no_more_come_back_than_was_bought(now):
    selling = a_selling_store()
    a_sold_order(selling, (0, 2))
    with pytest.raises(IntegrityError), transaction.atomic():
        OrderLine.objects.update(returned=3, returned_minor=0)
    with pytest.raises(IntegrityError), transaction.atomic():
        OrderLine.objects.update(returned=2, returned_minor=2581)


def test_returns_take_as_many_statements_for_twenty_as_for_two(now):
    selling = a_selling_store(stock=1000)
    counts = []
    for size in (2, 20):
        orders = [a_sold_order(selling, (0, 2), (1, 1)) for _ in range(size)]
        wanted = [a_return_wanted(one.id, selling.store, (1, 1, "damaged"), (2, 1)) for one in orders]
        with CaptureQueriesContext(connection) as seen:
            assert not [one for one in return_goods(wanted, now=now) if isinstance(one, Refused)]
        counts.append(len([query for query in seen.captured_queries if "SAVEPOINT" not in query["sql"]]))
    assert counts[0] == counts[1]
    assert check_books() == []
