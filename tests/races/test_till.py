"""Tills at the same instant: the last piece goes to one register, and a shift is not closed under a sale; and without the lock."""

import threading
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from sitong.goods.inventory.models import Level
from sitong.scene.models import Register, Sale, Shift
from sitong.scene.till.actions import sell as selling_action
from sitong.scene.till.actions import shifts
from sitong.scene.till.actions.sell import sell
from sitong.scene.till.actions.shifts import ClosingWanted, close_shift
from sitong.scene.till.queries import drawer_of
from sitong.shared.ids import new_id
from sitong.shared.ledger.books import check_books
from tests.make.scene import a_selling_store
from tests.make.till import a_sale_wanted, a_working_register, cash
from tests.races.test_orders import at_once, codes

pytestmark = pytest.mark.usefixtures("committed_db")

NOW = datetime(2026, 3, 3, 2, 0, tzinfo=UTC)


def test_two_registers_never_sell_the_last_piece_both():
    selling = a_selling_store(prices=(1290,), stock=1)
    registers = [a_working_register(selling.store, name=f"{at} 号") for at in range(4)]
    outcomes = at_once(4, lambda at: sell([a_sale_wanted(selling, registers[at], [(0, 1)], [cash(1290)])], now=NOW)[0])
    assert codes(outcomes) == {"Sold": 1, "goods.out_of_stock": 3}
    assert Level.objects.get(sku_id=selling.goods[0].sku_id).on_hand == 0
    assert check_books() == []


def test_the_same_sale_sent_by_many_at_once_is_one_sale():
    selling = a_selling_store(prices=(1290,), stock=10)
    wanted = a_sale_wanted(selling, a_working_register(selling.store), [(0, 1)], [cash(1290)])
    outcomes = at_once(6, lambda _: sell([wanted], now=NOW)[0])
    assert {one.number for one in outcomes} == {1}
    assert (Sale.objects.count(), Level.objects.get(sku_id=selling.goods[0].sku_id).on_hand) == (1, 9)
    assert check_books() == []


def test_receipt_numbers_of_one_register_have_no_gaps_and_no_doubles():
    selling = a_selling_store(prices=(1290,), stock=100)
    register = a_working_register(selling.store)
    outcomes = at_once(
        8, lambda _: [sell([a_sale_wanted(selling, register, [(0, 1)], [cash(1290)])], now=NOW)[0] for _ in range(3)]
    )
    assert sorted(one.number for some in outcomes for one in some) == list(range(1, 25))
    assert check_books() == []


def close_while_selling(monkeypatch) -> tuple[list[object], Shift]:
    """Let a sale and the closing of its shift meet: the sale has found the shift open and the closing has reckoned its
    cash before either writes, as far as their locks allow it."""
    selling = a_selling_store(prices=(1290,), stock=10)
    register = a_working_register(selling.store)
    shift = Shift.objects.get(register=register)
    found_open, reckoned = threading.Event(), threading.Event()
    place, drawer = selling_action._place, shifts.drawer_of

    def place_when_the_drawer_is_reckoned(wanted, *, now):
        found_open.set()
        reckoned.wait(2)
        return place(wanted, now=now)

    def reckon(rows):
        told = drawer(rows)
        reckoned.set()
        return told

    monkeypatch.setattr(selling_action, "_place", place_when_the_drawer_is_reckoned)
    monkeypatch.setattr(shifts, "drawer_of", reckon)

    def act(number: int) -> object:
        if number == 0:
            return sell([a_sale_wanted(selling, register, [(0, 1)], [cash(1290)])], now=NOW)[0]
        found_open.wait(5)
        return close_shift(ClosingWanted(new_id(), shift.id, {"10000": 2}), now=NOW)

    outcomes = at_once(2, act)
    shift.refresh_from_db()
    return outcomes, shift


def test_a_shift_closed_while_a_sale_is_posted_counts_that_sale(monkeypatch):
    outcomes, shift = close_while_selling(monkeypatch)
    assert Counter(type(one).__name__ for one in outcomes) == {"Sold": 1, "Shift": 1}
    assert shift.expected_minor == 26_000 + 1_290 == drawer_of([shift])[shift.id].expected_minor
    assert check_books() == []


def test_without_the_register_s_lock_the_closed_shift_misses_the_sale(monkeypatch):
    """The control: both read what stands without waiting for each other, and the drawer's expectation is wrong for good."""
    monkeypatch.setattr(
        selling_action, "LOCK_REGISTERS", selling_action.LOCK_REGISTERS.replace("FOR NO KEY UPDATE", "")
    )
    monkeypatch.setattr(
        "sitong.scene.till.actions.registers.LOCK", "SELECT id FROM scene_register WHERE id = ANY(%s::uuid[])"
    )
    outcomes, shift = close_while_selling(monkeypatch)
    assert Counter(type(one).__name__ for one in outcomes) == {"Sold": 1, "Shift": 1}
    assert shift.expected_minor == 26_000
    assert drawer_of([shift])[shift.id].expected_minor == 27_290
    assert check_books() == ["scene.till: shift 1 expected 26000 in its drawer, its entries say 27290"]


def test_a_sale_that_comes_after_the_closing_is_refused():
    selling = a_selling_store(prices=(1290,), stock=10)
    register = a_working_register(selling.store)
    shift = Shift.objects.get(register=register)
    wanted = a_sale_wanted(selling, register, [(0, 1)], [cash(1290)])

    def act(number: int) -> object:
        if number == 0:
            return close_shift(ClosingWanted(new_id(), shift.id, {"10000": 2}), now=NOW)
        return sell([replace(wanted, id=new_id())], now=NOW)[0]

    outcomes = at_once(5, act)
    told = Counter(getattr(one, "code", type(one).__name__) for one in outcomes)
    assert set(told) <= {"Shift", "Sold", "scene.shift_closed"}
    assert Register.objects.get(id=register.id).last_receipt == told["Sold"]
    assert check_books() == []
