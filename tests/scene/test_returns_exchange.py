"""Exchange: what comes back pays for what goes out, and the books of both orders agree."""

from datetime import timedelta

import pytest

from sitong.goods.inventory.models import Level
from sitong.scene.models import Order, Payment, Refund, Return
from sitong.scene.orders.actions import CancelWanted, cancel_orders, expire_orders
from sitong.scene.payments.queries import refunds_of
from sitong.scene.returns.actions import ExchangeWanted, TenderGiven, exchange_goods
from sitong.scene.returns.queries import cash_returned_in
from sitong.shared.errors import Refused
from sitong.shared.events.models import Event
from sitong.shared.ids import new_id
from sitong.shared.ledger.books import check_books
from tests.make.insight import an_imported_order, imported
from tests.make.org import done
from tests.make.returns import a_full_wallet, a_return, a_return_wanted, a_sold_order
from tests.make.scene import a_selling_store

pytestmark = pytest.mark.usefixtures("db")


def an_exchange(selling, order_id, back, out, *tenders, **fields) -> ExchangeWanted:
    returned = a_return_wanted(order_id, selling.store, *back)
    return ExchangeWanted(returned, selling.wanted(*out, channel="pos", scene="till"), tuple(tenders), **fields)


def paid_by(order_id) -> list[tuple[str, int, int]]:
    return sorted(
        Payment.objects.filter(document_id=order_id, state="paid").values_list(
            "provider", "amount_minor", "refunded_minor"
        )
    )


def test_a_dearer_thing_is_paid_with_what_came_back_and_cash_on_top(now):
    selling = a_selling_store(prices=(1000, 2500), stock=10)
    old = a_sold_order(selling, (0, 1))
    made = exchange_goods(an_exchange(selling, old.id, [(1, 1)], [(1, 1)], TenderGiven("cash", 1500, 2000)), now=now)

    assert (made.paid_minor, made.due_minor, made.handed_over) == (1000, 0, True)
    assert (made.returned.refund_minor, made.returned.exchange_minor) == (1000, 1000)
    assert paid_by(made.order.id) == [("cash", 1500, 0), ("exchange", 1000, 0)]
    assert paid_by(old.id) == [("cash", 1000, 0)] and not Refund.objects.exists()
    assert Order.objects.get(id=made.order.id).state == "handed_over"
    assert [Level.objects.get(sku_id=one.sku_id).on_hand for one in selling.goods] == [10, 9]
    assert Event.objects.get(name="scene.goods_returned").facts["exchange_order_id"] == str(made.order.id)
    assert check_books() == []


def test_a_cheaper_thing_leaves_the_rest_to_go_back_to_the_payments(now):
    selling = a_selling_store(prices=(1000, 250), stock=10)
    a_full_wallet(selling, 3000)
    old = a_sold_order(selling, (0, 2), cash=500)
    made = exchange_goods(an_exchange(selling, old.id, [(1, 1)], [(1, 1)]), now=now)

    assert (made.returned.refund_minor, made.returned.exchange_minor, made.due_minor) == (1000, 250, 0)
    assert paid_by(old.id) == [("cash", 500, 188), ("wallet", 1500, 562)]
    assert check_books() == []
    rest = a_return(old.id, selling.store, (1, 1))
    assert rest.refund_minor == 1000
    assert sum(left - back for _, left, back in paid_by(old.id)) == 250  # what the other order lives on
    assert check_books() == []


def test_what_an_exchange_paid_goes_back_where_the_money_lies(now):
    selling = a_selling_store(prices=(1000, 800), stock=10)
    a_full_wallet(selling, 3000)
    old = a_sold_order(selling, (0, 1), cash=400)
    made = exchange_goods(an_exchange(selling, old.id, [(1, 1)], [(1, 1)]), now=now)
    back = a_return(made.order.id, selling.store, (1, 1))

    assert back.refund_minor == 800
    assert sorted((one.kind, one.amount_minor) for one in refunds_of([back.id])[back.id]) == [
        ("cash", 320),
        ("wallet", 480),
    ]
    assert [sum(row[1] - row[2] for row in paid_by(order)) for order in (old.id, made.order.id)] == [0, 0]
    assert check_books() == []


def test_an_exchange_of_an_exchange_still_finds_its_way_back(now):
    selling = a_selling_store(prices=(1000, 1000, 700), stock=10)
    old = a_sold_order(selling, (0, 1))
    first = exchange_goods(an_exchange(selling, old.id, [(1, 1)], [(1, 1)]), now=now)
    second = exchange_goods(an_exchange(selling, first.order.id, [(1, 1)], [(2, 1)]), now=now)
    back = a_return(second.order.id, selling.store, (1, 1))
    assert [(one.kind, one.amount_minor) for one in refunds_of([back.id])[back.id]] == [("cash", 700)]
    assert paid_by(old.id) == [("cash", 1000, 1000)]
    assert check_books() == []


def test_what_is_not_paid_on_top_stays_due_and_goes_back_when_the_order_expires(now):
    selling = a_selling_store(prices=(1000, 2500), stock=10)
    old = a_sold_order(selling, (0, 1))
    made = exchange_goods(an_exchange(selling, old.id, [(1, 1)], [(1, 1)]), now=now)
    assert (made.due_minor, made.handed_over) == (1500, False)
    assert check_books() == []
    assert expire_orders(now=now + timedelta(hours=1)) == 1
    assert paid_by(old.id) == [("cash", 1000, 1000)]
    assert check_books() == []


def test_a_canceled_order_that_an_exchange_paid_gives_the_money_back(now):
    selling = a_selling_store(prices=(1000, 1000), stock=10)
    old = a_sold_order(selling, (0, 1))
    made = exchange_goods(an_exchange(selling, old.id, [(1, 1)], [(1, 1)], hand_over=False), now=now)
    done(cancel_orders([CancelWanted(made.order.id, new_id())], now=now))
    assert paid_by(old.id) == [("cash", 1000, 1000)]
    assert check_books() == []


def test_the_same_exchange_again_is_the_same_answer(now):
    selling = a_selling_store(prices=(1000, 2500), stock=10)
    old = a_sold_order(selling, (0, 1))
    wanted = an_exchange(selling, old.id, [(1, 1)], [(1, 1)], TenderGiven("cash", 1500))
    first = exchange_goods(wanted, now=now)
    assert exchange_goods(wanted, now=now + timedelta(minutes=5)) == first
    assert (Order.objects.count(), Return.objects.count(), Payment.objects.count()) == (2, 1, 3)
    assert check_books() == []


def test_a_refused_half_leaves_nothing_of_the_other(now):
    selling = a_selling_store(prices=(1000, 2500), stock=3)
    old = a_sold_order(selling, (0, 1))
    too_many = an_exchange(selling, old.id, [(1, 1)], [(1, 4)])
    not_there = an_exchange(selling, old.id, [(1, 2)], [(1, 1)])
    for wanted, code in ((too_many, "goods.out_of_stock"), (not_there, "scene.returned_already")):
        with pytest.raises(Refused) as refused:
            exchange_goods(wanted, now=now)
        assert refused.value.code == code
    assert Order.objects.count() == 1 and not Return.objects.exists()
    assert Level.objects.get(sku_id=selling.goods[1].sku_id).held == 0
    assert check_books() == []


def test_goods_of_an_imported_order_are_paid_out_of_the_drawer_and_into_it_again(now):
    selling = a_selling_store(prices=(1000, 250), stock=10)
    shift = new_id()
    imported(
        [an_imported_order(selling.store, "7", now - timedelta(days=1), (selling.goods[0].sku_id, 2, 1999))],
        brand_id=selling.store.brand_id,
    )
    old = Order.objects.get()
    came = a_return(old.id, selling.store, (1, 1), shift_id=shift)
    assert (came.refund_minor, came.cash_minor) == (999, 999) and cash_returned_in([shift]) == {shift: 999}
    made = exchange_goods(an_exchange(selling, old.id, [(1, 1)], [(1, 1)]), now=now)
    assert (made.returned.refund_minor, made.returned.cash_minor, made.returned.exchange_minor) == (1000, 1000, 0)
    assert paid_by(made.order.id) == [("cash", 250, 0)]
    assert check_books() == []
