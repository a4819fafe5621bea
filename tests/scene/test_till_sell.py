"""Selling at a till: one transaction, one answer for one id, and what is refused leaves nothing behind."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from sitong.goods.inventory.models import Level
from sitong.scene.models import Order, Payment, Sale
from sitong.scene.till.actions.sell import sell
from sitong.scene.till.models import Register
from sitong.scene.till.rules import TenderWanted
from sitong.shared.ids import new_id
from sitong.shared.ledger.books import check_books
from tests.make.goods import priced
from tests.make.org import NOW
from tests.make.scene import a_selling_store
from tests.make.till import a_register, a_sale, a_sale_wanted, a_working_register, cash

pytestmark = pytest.mark.usefixtures("db")


@pytest.fixture
def selling():
    return a_selling_store(prices=(1290, 250), stock=10)


@pytest.fixture
def register(selling):
    return a_working_register(selling.store)


def nothing_sold(selling) -> bool:
    levels = Level.objects.filter(location_id=selling.store.id).values_list("on_hand", "held")
    return not (Sale.objects.exists() or Order.objects.exists() or Payment.objects.exists()) and set(levels) == {
        (10, 0)
    }


def test_a_cash_sale_is_paid_handed_over_and_numbered_at_once(selling, register):
    (sold,) = sell([a_sale_wanted(selling, register, [(0, 2), (1, 1)], [cash(2830, 5000)])], now=NOW)
    assert (sold.state, sold.number, sold.total_minor, sold.cash_minor, sold.given_minor, sold.change_minor) == (
        "sold", 1, 2830, 2830, 5000, 2170,
    )  # fmt: skip
    order = Order.objects.get(id=sold.id)
    assert (order.state, order.channel, order.scene, order.total_minor) == ("handed_over", "pos", "till", 2830)
    payment = Payment.objects.get(document_id=sold.id)
    assert (payment.provider, payment.state, payment.amount_minor, payment.given_minor, payment.shift_id) == (
        "cash", "paid", 2830, 5000, sold.shift_id,
    )  # fmt: skip
    levels = Level.objects.filter(location_id=selling.store.id).order_by("on_hand").values_list("on_hand", "held")
    assert list(levels) == [(8, 0), (9, 0)]
    assert check_books() == []


def test_the_same_sale_again_is_the_same_sale(selling, register):
    """The till's answer was lost on the way: it sends the same id with the same content."""
    wanted = a_sale_wanted(selling, register, [(0, 1)], [cash(1290, 2000)])
    (first,) = sell([wanted], now=NOW)
    again, twice = sell([wanted, wanted], now=NOW)
    assert first == again == twice
    assert (Sale.objects.count(), Order.objects.count(), Payment.objects.count()) == (1, 1, 1)
    assert Register.objects.get(id=register.id).last_receipt == 1


def test_the_same_sale_twice_in_one_batch_is_made_once(selling, register):
    wanted = a_sale_wanted(selling, register, [(0, 1)], [cash(1290)])
    first, second, other = sell([wanted, wanted, replace(wanted, tenders=(cash(1290, 1300),))], now=NOW)
    assert first == second
    assert other.code == "shared.repeat_differs"
    assert Sale.objects.count() == 1


@pytest.mark.parametrize("change", [
    {"tenders": (cash(1290, 2000),)}, {"points": 3}, {"expected_total_minor": 1291}, {"best_coupons": True},
])  # fmt: skip
def test_another_content_under_the_same_id_is_refused(selling, register, change):
    wanted = a_sale_wanted(selling, register, [(0, 1)], [cash(1290)])
    sell([wanted], now=NOW)
    (refused,) = sell([replace(wanted, **change)], now=NOW)
    assert refused.code == "shared.repeat_differs"
    assert Sale.objects.count() == 1


@pytest.mark.parametrize(("tenders", "total", "fault"), [
    ((cash(1000),), 1290, "sum"),
    ((cash(1300),), 1290, "sum"),
    ((cash(1290, 1000),), 1290, "given"),
    ((cash(0), TenderWanted("wallet", 1290)), 1290, "amount"),
    ((cash(290), cash(1000)), 1290, "kinds"),
    ((TenderWanted("shells", 1290),), 1290, "kinds"),
    ((TenderWanted("wallet", 1290),), 1290, "member"),
])  # fmt: skip
def test_tenders_that_do_not_fit_are_refused_and_nothing_is_sold(selling, register, tenders, total, fault):
    (refused,) = sell([a_sale_wanted(selling, register, [(0, 1)], tenders, total_minor=total)], now=NOW)
    assert (refused.code, refused.facts["fault"]) == ("scene.tenders_differ", fault)
    assert nothing_sold(selling)


def test_without_an_open_shift_nothing_is_sold(selling):
    (refused,) = sell([a_sale_wanted(selling, a_register(selling.store), [(0, 1)], [cash(1290)])], now=NOW)
    assert refused.code == "scene.shift_closed"
    assert nothing_sold(selling)


def test_what_is_not_there_is_not_sold(selling, register):
    (refused,) = sell([a_sale_wanted(selling, register, [(1, 11)], [cash(2750)])], now=NOW)
    assert (refused.code, refused.facts) == (
        "goods.out_of_stock", {"sku_id": selling.goods[1].sku_id, "wanted": 11, "free": 10},
    )  # fmt: skip
    assert nothing_sold(selling)


def test_a_changed_price_is_told_and_nothing_is_sold(selling, register):
    later = NOW + timedelta(hours=1)
    priced(selling.goods[0].sku_id, 1390, starts_at=later, now=later)
    (refused,) = sell([a_sale_wanted(selling, register, [(0, 1)], [cash(1290)])], now=later)
    assert (refused.code, refused.facts["total_minor"]) == ("scene.price_changed", 1390)
    assert nothing_sold(selling)


def test_a_register_of_another_store_is_not_found(selling):
    other = a_working_register(a_selling_store().store)
    wanted = replace(
        a_sale_wanted(selling, other, [(0, 1)], [cash(1290)]),
        store_id=selling.store.id,
        brand_id=selling.store.brand_id,
    )
    (refused,) = sell([wanted], now=NOW)
    assert refused.code == "shared.not_found"
    assert nothing_sold(selling)


def test_a_refused_sale_leaves_its_neighbors_alone_and_no_gap_in_the_numbers(selling, register):
    broke = a_sale_wanted(selling, register, [(0, 1)], [TenderWanted("wallet", 1290)], member=selling.member)
    first, refused, second = sell([
        a_sale_wanted(selling, register, [(0, 1)], [cash(1290)]), broke, a_sale_wanted(selling, register, [(1, 2)], [cash(500)]),
    ], now=NOW)  # fmt: skip
    assert (first.number, refused.code, second.number) == (1, "member.wallet_too_low", 2)
    assert not Order.objects.filter(id=broke.id).exists()
    assert Register.objects.get(id=register.id).last_receipt == 2
    assert check_books() == []


def test_receipts_are_numbered_in_sequence_for_each_register(selling, register):
    other = a_working_register(selling.store, name="2 号收银台")
    numbers = [
        a_sale(selling, at, (1, 1), total_minor=250).number for at in (register, other, register, register, other)
    ]
    assert numbers == [1, 1, 2, 3, 2]


def test_what_costs_nothing_is_sold_without_a_tender():
    selling = a_selling_store(prices=(0,))
    (sold,) = sell([a_sale_wanted(selling, a_working_register(selling.store), [(0, 1)], [])], now=NOW)
    assert (sold.state, sold.number, sold.total_minor) == ("sold", 1, 0)
    assert check_books() == []


def statements_of(prices: int) -> int:
    selling = a_selling_store(prices=[100 + at for at in range(prices)])
    register = a_working_register(selling.store)
    total = sum(100 + at for at in range(prices))
    wanted = a_sale_wanted(
        selling, register, [(at, 1) for at in range(prices)], [cash(total)], member=selling.member, best_coupons=True
    )
    with CaptureQueriesContext(
        connection,
    ) as queries:
        (sold,) = sell([wanted], now=NOW)
    assert sold.total_minor == total
    return len(queries)


def test_a_sale_of_two_lines_takes_as_many_statements_as_one_of_twenty():
    statements_of(2)
    assert statements_of(2) == statements_of(20)


def test_twenty_sales_take_as_many_statements_as_two(selling, register):
    def statements(count: int) -> int:
        wanted = [a_sale_wanted(selling, register, [(1, 1)], [cash(250)], id=new_id()) for _ in range(count)]
        with CaptureQueriesContext(connection) as queries:
            assert {one.state for one in sell(wanted, now=NOW)} == {"sold"}
        return len(queries)

    statements(1)  # asks which promotions the brand has, and remembers it
    assert statements(2) == statements(6)
