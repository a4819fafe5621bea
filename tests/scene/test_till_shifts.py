"""Shifts: counted at both ends, one open for each register, and the drawer's cash to the fen."""

from datetime import timedelta

import pytest

from sitong.scene.payments.actions import GiveBack, give_back
from sitong.scene.till.actions.parked import FetchedAlready, ParkWanted, fetch_parked, park_sale
from sitong.scene.till.actions.registers import RegisterInUse, RegisterWanted, close_register, set_up_registers
from sitong.scene.till.actions.shifts import (
    CashMoveWanted,
    CashNotThere,
    ClosingWanted,
    CountMalformed,
    ShiftIsClosed,
    ShiftOpenAlready,
    ShiftWanted,
    close_shift,
    move_cash,
    open_shift,
)
from sitong.scene.till.models import CashMove, ParkedSale, Register, Shift
from sitong.scene.till.queries import drawer_of, shift_reports
from sitong.shared.access.models import Audit
from sitong.shared.errors import RepeatDiffers
from sitong.shared.ids import new_id
from sitong.shared.ledger.books import check_books
from tests.make.org import NOW
from tests.make.scene import a_selling_store
from tests.make.till import a_register, a_sale, an_open_shift

pytestmark = pytest.mark.usefixtures("db")
COUNT = {"10000": 2, "1000": 5, "100": 10}


@pytest.fixture
def selling():
    return a_selling_store(prices=(1290, 250), stock=50)


@pytest.fixture
def register(selling):
    return a_register(selling.store)


def test_a_shift_opens_with_its_counted_float(register):
    shift = open_shift(ShiftWanted(new_id(), register.id, COUNT), now=NOW)
    assert (shift.number, shift.float_minor, str(shift.opened_on)) == (1, 26_000, "2026-03-03")
    assert drawer_of([shift])[shift.id].expected_minor == 26_000


def test_the_same_opening_again_is_the_same_shift_and_another_one_is_refused(register):
    wanted = ShiftWanted(new_id(), register.id, COUNT)
    first = open_shift(wanted, now=NOW)
    assert open_shift(wanted, now=NOW).id == first.id
    with pytest.raises(RepeatDiffers):
        open_shift(ShiftWanted(wanted.id, register.id, {"100": 1}), now=NOW)
    with pytest.raises(ShiftOpenAlready) as refused:
        open_shift(ShiftWanted(new_id(), register.id, COUNT), now=NOW)
    assert refused.value.facts["number"] == 1
    assert Shift.objects.count() == 1


@pytest.mark.parametrize("count", [{"10000": -1}, {"777": 1}, {"10001": 2}])
def test_a_count_of_money_that_is_none_is_refused(register, count):
    with pytest.raises(CountMalformed):
        open_shift(ShiftWanted(new_id(), register.id, count), now=NOW)
    assert not Shift.objects.exists()


def test_the_drawer_holds_float_and_sales_less_refunds_plus_and_minus_what_was_moved(selling, register):
    shift = an_open_shift(register, count=COUNT)
    sale = a_sale(selling, register, (0, 2), total_minor=2580)
    a_sale(selling, register, (1, 4), total_minor=1000)
    move_cash(CashMoveWanted(new_id(), shift.id, 5_000, "零钱"), now=NOW)
    move_cash(CashMoveWanted(new_id(), shift.id, -2_000, "买胶带"), now=NOW)
    give_back([GiveBack(new_id(), sale.id, 1290, "returned", shift_id=shift.id)], now=NOW)
    (report,) = shift_reports([shift])
    drawer = report.drawer
    assert (drawer.float_minor, drawer.sales_minor, drawer.refunds_minor, drawer.moved_in_minor, drawer.moved_out_minor) == (
        26_000, 3_580, 1_290, 5_000, 2_000,
    )  # fmt: skip
    assert drawer.expected_minor == 31_290
    assert (report.sales, report.total_minor, report.refunds, report.first_number, report.last_number) == (
        2,
        3_580,
        1,
        1,
        2,
    )


def test_closing_keeps_what_was_counted_and_the_difference(selling, register):
    shift = an_open_shift(register, count=COUNT)
    a_sale(selling, register, (0, 1), total_minor=1290)
    wanted = ClosingWanted(new_id(), shift.id, {"10000": 2, "1000": 7, "100": 2}, "少了")
    closed = close_shift(wanted, now=NOW + timedelta(hours=8))
    assert (closed.expected_minor, closed.counted_minor) == (27_290, 27_200)
    (report,) = shift_reports([closed])
    assert (report.closed, report.difference_minor) == (True, -90)
    assert close_shift(wanted, now=NOW + timedelta(hours=9)).closed_at == closed.closed_at
    with pytest.raises(ShiftIsClosed):
        close_shift(ClosingWanted(new_id(), shift.id, {"10000": 2}), now=NOW)
    assert Audit.objects.filter(subject="scene.shift", verb="closed").count() == 1
    assert check_books() == []


def test_after_closing_the_next_shift_has_the_next_number_and_a_drawer_of_its_own(selling, register):
    first = an_open_shift(register, count=COUNT)
    a_sale(selling, register, (0, 1), total_minor=1290)
    close_shift(ClosingWanted(new_id(), first.id, {"10000": 2}), now=NOW)
    second = an_open_shift(register, count={"100": 1})
    assert (second.number, drawer_of([second])[second.id].expected_minor) == (2, 100)


def test_no_more_cash_is_taken_out_than_lies_there_and_the_same_move_counts_once(register):
    shift = an_open_shift(register, count={"100": 5})
    wanted = CashMoveWanted(new_id(), shift.id, -300, "找零")
    assert move_cash(wanted, now=NOW).id == move_cash(wanted, now=NOW).id
    with pytest.raises(CashNotThere) as refused:
        move_cash(CashMoveWanted(new_id(), shift.id, -201, "more"), now=NOW)
    assert refused.value.facts == {"wanted_minor": 201, "there_minor": 200}
    assert CashMove.objects.count() == 1
    close_shift(ClosingWanted(new_id(), shift.id, {"100": 2}), now=NOW)
    with pytest.raises(ShiftIsClosed):
        move_cash(CashMoveWanted(new_id(), shift.id, 100, "late"), now=NOW)


def test_the_books_tell_a_drawer_that_was_reckoned_wrong(selling, register):
    shift = an_open_shift(register, count=COUNT)
    close_shift(ClosingWanted(new_id(), shift.id, COUNT), now=NOW)
    assert check_books() == []
    Shift.objects.update(expected_minor=26_001)
    assert check_books() == ["scene.till: shift 1 expected 26001 in its drawer, its entries say 26000"]


def test_the_books_tell_a_missing_receipt_number(selling, register):
    an_open_shift(register)
    a_sale(selling, register, (1, 1), total_minor=250)
    Register.objects.update(last_receipt=2)
    assert check_books() == ["scene.till: register 1 号收银台 gave 2 receipt numbers to 1 sales"]


def test_a_register_is_set_up_changed_and_taken_away_but_not_while_a_shift_is_open(selling, register):
    by = new_id()
    wanted = RegisterWanted(register.id, register.brand_id, register.store_id, "前台", 58, False)
    (changed,) = set_up_registers([wanted], by=by, now=NOW)
    assert (changed.name, changed.paper_mm, changed.drawer) == ("前台", 58, False)
    entry = Audit.objects.get(subject="scene.register", verb="changed")
    assert (entry.by, entry.after) == (by, {"name": "前台", "paper_mm": 58, "drawer": False})
    (taken,) = set_up_registers(
        [RegisterWanted(new_id(), register.brand_id, register.store_id, "前台")], by=by, now=NOW
    )
    assert taken.code == "scene.register_name_taken"
    shift = an_open_shift(register)
    with pytest.raises(RegisterInUse):
        close_register(register.id, by=by, now=NOW)
    close_shift(ClosingWanted(new_id(), shift.id, {}), now=NOW)
    assert close_register(register.id, by=by, now=NOW).closed_at == NOW


def test_a_parked_basket_is_fetched_once_at_any_register(selling, register):
    by, request = new_id(), new_id()
    wanted = ParkWanted(new_id(), register.id, {"lines": [{"sku_id": "x", "quantity": 2}]}, "红衣服", by)
    parked = park_sale(wanted, now=NOW)
    assert park_sale(wanted, now=NOW).id == parked.id
    with pytest.raises(RepeatDiffers):
        park_sale(ParkWanted(wanted.id, register.id, {"lines": []}), now=NOW)
    assert fetch_parked(parked.id, request_id=request, by=by, now=NOW).content == wanted.content
    assert fetch_parked(parked.id, request_id=request, by=by, now=NOW).content == wanted.content
    with pytest.raises(FetchedAlready):
        fetch_parked(parked.id, request_id=new_id(), by=by, now=NOW)
    assert ParkedSale.objects.get().fetched_by == by
