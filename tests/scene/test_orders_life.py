"""What becomes of an order: paid, canceled, expired, handed over; each once, and the books agree."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from sitong.goods.inventory.models import Hold, Level, Lot, Move
from sitong.scene.models import Order, OrderStep, Payment, Refund
from sitong.scene.orders.actions import (
    CancelWanted,
    HandoverWanted,
    cancel_orders,
    confirm_payments,
    expire_orders,
    hand_over_orders,
    place_orders,
)
from sitong.scene.orders.actions.cancel import Canceled, OrderNotCancelable
from sitong.scene.orders.actions.hand_over import HandedOverAlready, Handover, OrderClosed, OrderNotPaid
from sitong.shared.errors import NotFound
from sitong.shared.events.models import Event
from sitong.shared.ids import new_id
from sitong.shared.ledger.books import check_books
from tests.make.org import done
from tests.make.scene import a_handed_over_order, a_paid_order, a_payment_answer, a_placed_order, a_selling_store

pytestmark = pytest.mark.usefixtures("db")


def steps_of(order_id) -> list[str]:
    return list(OrderStep.objects.filter(order_id=order_id).order_by("at").values_list("step", flat=True))


def test_a_notification_pays_the_order_and_its_repeat_changes_nothing(now):
    selling = a_selling_store()
    order = a_placed_order(selling, (0, 2))
    answer = a_payment_answer(selling, order)

    (first,) = confirm_payments([answer], now=now + timedelta(minutes=1))
    row = Order.objects.get()
    (again, within) = confirm_payments([answer, answer], now=now + timedelta(minutes=2))

    assert (first.document_id, first.amount_minor, first.repeated) == (order.id, 2580, False)
    assert again.repeated and within.repeated
    assert (row.state, len(row.pickup_code)) == ("paid", 8)
    assert Order.objects.get().pickup_code == row.pickup_code
    assert steps_of(order.id) == ["placed", "paid"]
    assert Event.objects.filter(name="scene.order_paid").count() == 1
    assert check_books() == []


def test_another_amount_pays_nothing(now):
    selling = a_selling_store()
    order = a_placed_order(selling)
    (outcome,) = confirm_payments([a_payment_answer(selling, order, amount_minor=1)], now=now)
    assert outcome.code == "scene.payment_amount_differs"
    assert Order.objects.get().state == "placed" and Payment.objects.get().state == "open"


def test_an_unpaid_order_is_canceled_and_its_stock_is_free(now):
    selling = a_selling_store(stock=5)
    order = a_placed_order(selling, (0, 5))
    wanted = CancelWanted(order.id, new_id(), by=new_id(), reason="changed my mind")

    first, again = cancel_orders([wanted, wanted], now=now)
    (later,) = cancel_orders([wanted], now=now + timedelta(hours=1))
    (other,) = cancel_orders([CancelWanted(order.id, new_id())], now=now)

    assert first == again == later == Canceled(order.id, order.number, 0, now)
    assert other == OrderNotCancelable(number=order.number, state="canceled")
    assert not Hold.objects.exists() and Level.objects.get(sku_id=selling.goods[0].sku_id).held == 0
    assert OrderStep.objects.get(step="canceled").reason == "changed my mind"
    assert Event.objects.get(name="scene.order_canceled").facts["was_paid"] == 0
    assert check_books() == []


def test_a_paid_order_is_canceled_and_its_money_goes_back_once(now):
    selling = a_selling_store()
    order = a_paid_order(selling, (0, 1), (1, 1))
    wanted = CancelWanted(order.id, new_id())

    assert (
        cancel_orders([wanted], now=now)
        == cancel_orders([wanted], now=now)
        == [Canceled(order.id, order.number, 1540, now)]
    )

    assert list(Refund.objects.values_list("amount_minor", "state")) == [(1540, "asked")]
    assert Payment.objects.get().refunded_minor == 1540
    assert not Hold.objects.exists()
    assert Event.objects.get(name="scene.order_canceled").facts["was_paid"] == 1
    assert check_books() == []


def test_what_was_handed_over_is_not_canceled(now):
    selling = a_selling_store()
    order = a_handed_over_order(selling)
    assert cancel_orders([CancelWanted(order.id, new_id())], now=now) == [
        OrderNotCancelable(number=order.number, state="handed_over")
    ]
    assert Order.objects.get().state == "handed_over" and not Refund.objects.exists()


def test_unpaid_orders_expire_when_their_time_is_over(now):
    selling = a_selling_store(stock=10)
    unpaid, paid = a_placed_order(selling, (0, 3)), a_paid_order(selling, (0, 2))
    a_payment_answer(selling, unpaid)

    assert expire_orders(now=now + timedelta(minutes=14, seconds=59)) == 0
    assert expire_orders(now=now + timedelta(minutes=15)) == 1
    assert expire_orders(now=now + timedelta(minutes=15)) == 0

    assert Order.objects.get(id=unpaid.id).state == "expired" and Order.objects.get(id=paid.id).state == "paid"
    assert Level.objects.get(sku_id=selling.goods[0].sku_id).held == 2
    assert Payment.objects.get(document_id=unpaid.id).state == "closed"
    assert Event.objects.filter(name="scene.order_expired").count() == 1
    assert check_books() == []


def test_money_that_comes_after_the_order_has_expired_goes_back(now):
    selling = a_selling_store()
    order = a_placed_order(selling)
    answer = a_payment_answer(selling, order)
    expire_orders(now=now + timedelta(hours=1))

    (late,) = confirm_payments([answer], now=now + timedelta(hours=2))
    (again,) = confirm_payments([answer], now=now + timedelta(hours=3))

    assert (late.late, late.repeated, again.repeated) == (True, False, True)
    assert Order.objects.get().state == "expired"
    assert list(Refund.objects.values_list("amount_minor", flat=True)) == [1290]
    assert check_books() == []


def test_an_order_is_handed_over_once_by_its_code(now):
    selling = a_selling_store(stock=5)
    order = a_paid_order(selling, (0, 2))
    code, clerk = Order.objects.get().pickup_code, new_id()
    wanted = HandoverWanted(new_id(), selling.store.id, pickup_code=code, by=clerk)

    (first,) = hand_over_orders([wanted], now=now)
    (again,) = hand_over_orders([wanted], now=now + timedelta(minutes=5))
    by_code, by_id = hand_over_orders(
        [
            HandoverWanted(new_id(), selling.store.id, pickup_code=code),
            HandoverWanted(new_id(), selling.store.id, order.id),
        ],
        now=now,
    )

    assert first == again == Handover(order.id, order.number, clerk, now)
    assert by_code == by_id == HandedOverAlready(number=order.number, by=clerk, at=now.isoformat())
    assert Order.objects.get().state == "handed_over"
    level = Level.objects.get(sku_id=selling.goods[0].sku_id)
    assert (level.on_hand, level.held) == (3, 0)
    assert list(Move.objects.filter(reason="sale").values_list("quantity", "document_id", "by")) == [
        (-2, order.id, clerk)
    ]
    assert Lot.objects.get(sku_id=selling.goods[0].sku_id).quantity == 3
    assert steps_of(order.id).count("handed_over") == 1
    assert check_books() == []


def test_only_paid_orders_of_the_store_are_handed_over(now):
    selling, other = a_selling_store(), a_selling_store()
    unpaid, paid, gone = a_placed_order(selling), a_paid_order(selling), a_paid_order(selling)
    done(cancel_orders([CancelWanted(gone.id, new_id())], now=now))
    code = Order.objects.get(id=paid.id).pickup_code
    outcomes = hand_over_orders([
        HandoverWanted(new_id(), selling.store.id, unpaid.id),
        HandoverWanted(new_id(), selling.store.id, gone.id),
        HandoverWanted(new_id(), other.store.id, paid.id),
        HandoverWanted(new_id(), other.store.id, pickup_code=code),
        HandoverWanted(new_id(), selling.store.id, new_id()),
        HandoverWanted(new_id(), selling.store.id),
    ], now=now)  # fmt: skip
    missing = NotFound(what="order")
    assert outcomes == [
        OrderNotPaid(number=unpaid.number),
        OrderClosed(number=gone.number, state="canceled"),
        missing,
        missing,
        missing,
        missing,
    ]
    assert not Move.objects.filter(reason="sale").exists()
    assert check_books() == []


def test_every_verb_takes_as_many_statements_for_twenty_orders_as_for_two(now):
    selling = a_selling_store(stock=1000)

    def counted(action) -> int:
        with CaptureQueriesContext(connection) as seen:
            action()
        return len([query for query in seen.captured_queries if "SAVEPOINT" not in query["sql"]])

    counts = []
    for size in (2, 20):
        orders = [done(place_orders([selling.wanted((0, 1), (1, 2))], now=now)) for _ in range(size * 3)]
        answers = [a_payment_answer(selling, order) for order in orders[:size]]
        counts.append([
            counted(lambda answers=answers: confirm_payments(answers, now=now)),
            counted(lambda some=orders[:size]: hand_over_orders([HandoverWanted(new_id(), one.store_id, one.id) for one in some], now=now)),
            counted(lambda some=orders[size : 2 * size]: cancel_orders([CancelWanted(one.id, new_id()) for one in some], now=now)),
            counted(lambda: expire_orders(now=now + timedelta(hours=1))),
        ])  # fmt: skip
    assert counts[0] == counts[1]
    assert check_books() == []
