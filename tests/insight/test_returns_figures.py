"""Figures hear of returns: on the day they come back, at the store that had sold, and customers stay customers."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from sitong.insight.metrics.actions import rebuild_totals
from sitong.insight.metrics.books import check_totals
from sitong.insight.metrics.models import SalesTotal
from sitong.insight.metrics.queries import Asked, by_day, by_department, by_place, by_scene, figures
from sitong.insight.metrics.rules import Period
from sitong.shared.ledger.books import check_books
from tests.make.goods import a_category, a_shelved_product
from tests.make.insight import counted
from tests.make.org import NOW
from tests.make.returns import a_return, a_sold_order, another_store
from tests.make.scene import Selling, a_selling_store

SOLD_ON, BACK_ON = date(2026, 3, 3), date(2026, 3, 5)
LATER = NOW + timedelta(days=2)


def of(place_id, first, last):
    return figures(Asked(place_id, Period(first, last + timedelta(days=1))))


def test_what_comes_back_counts_on_its_own_day_at_the_store_that_sold(committed_db):
    selling = a_selling_store(prices=(1000, 250))
    other = another_store(selling)
    order = a_sold_order(selling, (0, 3), (1, 1))
    counted()
    a_return(order.id, other, (1, 2), now=LATER)
    counted()

    then, later = of(selling.store.id, SOLD_ON, SOLD_ON), of(selling.store.id, BACK_ON, BACK_ON)
    assert (then.revenue_minor, then.returned_minor, then.net_minor, then.orders, then.customers) == (
        3250,
        0,
        3250,
        1,
        1,
    )
    assert (later.revenue_minor, later.returned_minor, later.net_minor, later.orders, later.customers) == (
        0,
        2000,
        -2000,
        0,
        0,
    )
    assert (later.returns, later.returned_items) == (1, 2)
    whole = of(selling.store.brand_id, SOLD_ON, BACK_ON)
    assert (whole.revenue_minor, whole.returned_minor, whole.net_minor, whole.orders, whole.items, whole.customers) == (
        3250,
        2000,
        1250,
        1,
        4,
        1,
    )
    assert of(other.id, SOLD_ON, BACK_ON).returned_minor == 0
    assert check_books() == []


def test_days_places_departments_and_scenes_say_what_came_back(committed_db):
    selling = a_selling_store()
    brand_id, store = selling.store.brand_id, selling.store
    food = a_category(brand_id, code="food")
    goods = [a_shelved_product(store, 500, category_id=food.id), *selling.goods]
    order = a_sold_order(Selling(store, goods, selling.member), (0, 2), (1, 1))
    a_return(order.id, store, (1, 1), (2, 1), now=LATER)
    counted()
    asked = Asked(brand_id, Period(SOLD_ON, BACK_ON + timedelta(days=1)))
    assert [(row.key, row.revenue_minor, row.returned_minor) for row in by_day(asked)] == [
        (SOLD_ON, 2290, 0),
        (BACK_ON, 0, 1790),
    ]
    assert [(row.key, row.net_minor) for row in by_place(asked, [store.id])] == [(store.id, 500)]
    departments = {row.key: (row.revenue_minor, row.returned_minor) for row in by_department(asked)}
    assert departments[food.id] == (1000, 500) and set(departments.values()) == {(1000, 500), (1290, 1290)}
    assert [(row.revenue_minor, row.returned_minor) for row in by_scene(asked)] == [(2290, 1790)]
    only = figures(Asked(brand_id, asked.period, department_id=food.id))
    assert (only.revenue_minor, only.returned_minor, only.returned_items) == (1000, 500, 1)


@pytest.mark.parametrize("read_before", [True, False])
def test_rebuilt_totals_are_the_same_and_count_nothing_twice(committed_db, read_before):
    selling = a_selling_store()
    order = a_sold_order(selling, (0, 2), (1, 2))
    a_return(order.id, selling.store, (1, 1), now=LATER)
    if read_before:
        counted()
    rebuild_totals(selling.store.brand_id)
    assert check_totals() == []
    counted()
    a_return(order.id, selling.store, (2, 2), now=LATER)
    assert check_totals() == []
    counted()
    before = list(SalesTotal.objects.order_by("pk").values())
    rebuild_totals(selling.store.brand_id)
    assert list(SalesTotal.objects.order_by("pk").values()) == before
    assert of(selling.store.id, SOLD_ON, BACK_ON).net_minor == 1290
    assert check_books() == []


def test_the_books_notice_a_return_that_was_not_counted(committed_db):
    selling = a_selling_store()
    order = a_sold_order(selling)
    a_return(order.id, selling.store)
    counted()
    SalesTotal.objects.filter(place_id=selling.store.id, grain="D").update(returned_minor=1)
    (sentence,) = check_totals()
    assert sentence.endswith(f"store {selling.store.id} on 2026-03-03: counted [1, 1] back, its returns say [1290, 1]")
