"""Totals kept by events: what they count, that they count once, and that they agree with the orders."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection, transaction

from sitong.insight.metrics.actions import rebuild_totals
from sitong.insight.metrics.books import check_totals
from sitong.insight.metrics.models import CustomerSeen, CustomerTotal, DepartmentTotal, SalesTotal
from sitong.insight.metrics.queries import (
    Asked,
    by_day,
    by_department,
    by_place,
    by_scene,
    customers,
    figures,
    scenes_of,
    span_of,
)
from sitong.insight.metrics.rules import Period
from sitong.member.identity.actions import UndoWanted, bring_along, undo_join
from sitong.org.models import Brand
from sitong.scene.orders.actions import CancelWanted, cancel_orders, confirm_payments, place_orders
from sitong.shared.ids import new_id
from sitong.shared.ledger.books import check_books
from tests.make.goods import a_category, a_shelved_product
from tests.make.insight import an_imported_order, counted, imported
from tests.make.member import a_member, joined_as_one
from tests.make.org import NOW, a_brand, a_dealer, a_store, done
from tests.make.scene import (
    Selling,
    a_handed_over_order,
    a_paid_order,
    a_payment_answer,
    a_placed_order,
    a_selling_store,
)

TODAY = Period(date(2026, 3, 3), date(2026, 3, 4))
MARCH = Period(date(2026, 3, 1), date(2026, 4, 1))


def sums(place_id, period=TODAY, **asked):
    found = figures(Asked(place_id, period, **asked))
    return found.revenue_minor, found.orders, found.items, found.customers


def test_a_paid_order_is_in_the_figures_of_its_store_and_brand_and_a_placed_one_is_not(committed_db):
    selling = a_selling_store(prices=(1290, 250))
    a_placed_order(selling, (0, 1))
    a_paid_order(selling, (0, 2), (1, 3))
    counted()
    for place in (selling.store.id, selling.store.brand_id):
        assert sums(place) == (2 * 1290 + 3 * 250, 1, 5, 1)
    assert check_books() == []


def test_a_canceled_order_is_taken_out_again_and_its_customer_too(committed_db):
    selling = a_selling_store()
    kept, canceled = a_paid_order(selling), a_paid_order(selling, (1, 1))
    never_paid = a_placed_order(selling)
    counted()
    assert sums(selling.store.id) == (1290 + 250, 2, 2, 1)
    for order in (canceled, never_paid):
        done(cancel_orders([CancelWanted(order.id, new_id(), None, "changed my mind")], now=NOW))
    counted()
    assert sums(selling.store.id) == (1290, 1, 1, 1)
    done(cancel_orders([CancelWanted(kept.id, new_id(), None, "changed my mind")], now=NOW))
    counted()
    assert sums(selling.store.id) == (0, 0, 0, 0)
    assert set(CustomerTotal.objects.values_list("customers", flat=True)) == {0}
    assert check_totals() == []


def test_a_dealer_and_those_above_it_have_the_figures_of_their_stores(committed_db):
    brand = a_brand()
    upper = a_dealer(brand)
    lower = a_dealer(parent=upper)
    other = a_dealer(brand)
    stores = [a_store(dealer=lower), a_store(dealer=upper), a_store(dealer=other)]
    member = a_member(brand)
    for at, store in enumerate(stores, start=1):
        a_paid_order(Selling(store, [a_shelved_product(store, 100 * at)], member))
    counted()
    assert [sums(place.id)[0] for place in (brand, upper, lower, other, *stores)] == [600, 300, 100, 300, 100, 200, 300]
    assert [sums(place.id)[3] for place in (brand, upper, lower)] == [1, 1, 1]  # one member, however many stores
    rows = by_place(Asked(brand.id, TODAY), [store.id for store in stores])
    assert [(row.key, row.revenue_minor, row.customers) for row in rows] == [
        (stores[2].id, 300, 1),
        (stores[1].id, 200, 1),
        (stores[0].id, 100, 1),
    ]


def test_departments_count_their_part_and_an_order_once_in_each(committed_db):
    selling = a_selling_store()
    brand_id, store = selling.store.brand_id, selling.store
    food = a_category(brand_id, code="food")
    milk = a_category(brand_id, code="milk", parent_code="food")
    toys = a_category(brand_id, code="toys")
    goods = [
        a_shelved_product(store, price, category_id=category.id)
        for price, category in ((100, milk), (200, food), (1000, toys))
    ]
    a_paid_order(Selling(store, goods, selling.member), (0, 1), (1, 1), (2, 2))
    a_paid_order(selling, (0, 1))
    counted()
    rows = {row.key: (row.revenue_minor, row.orders, row.items) for row in by_department(Asked(brand_id, TODAY))}
    nil = next(key for key in rows if key.int == 0)
    assert rows == {food.id: (300, 1, 2), toys.id: (2000, 1, 2), nil: (1290, 1, 1)}
    assert milk.id not in rows
    assert sums(brand_id, department_id=food.id) == (300, 1, 2, None)
    assert [(row.key, row.revenue_minor) for row in by_day(Asked(brand_id, TODAY, department_id=food.id))] == [
        (date(2026, 3, 3), 300)
    ]


def test_imported_orders_are_counted_on_their_own_days_whatever_the_period(committed_db):
    selling = a_selling_store()
    store, sku = selling.store, selling.goods[0].sku_id
    members = [a_member(brand=type("B", (), {"id": store.brand_id})()) for _ in range(3)]
    start = datetime(2025, 1, 1, 4, tzinfo=UTC)
    orders = [
        an_imported_order(
            store, f"{day}-{at}", start + timedelta(days=day), (sku, 2, 500), member_id=members[(day + at) % 3].id
        )
        for day in range(400)
        for at in range(2)
    ]
    imported(orders, brand_id=store.brand_id)
    counted()
    year = Period(date(2025, 1, 1), date(2026, 1, 1))
    assert sums(store.brand_id, year) == (365 * 2 * 500, 730, 1460, 3)
    assert sums(store.id, Period(date(2025, 2, 3), date(2025, 2, 10))) == (7000, 14, 28, 3)
    assert sums(store.id, Period(date(2025, 2, 3), date(2025, 2, 4))) == (1000, 2, 4, 2)
    assert sums(store.id, Period(date(2024, 12, 1), date(2025, 1, 2)))[:2] == (1000, 2)
    odd = Period(date(2025, 1, 17), date(2025, 12, 9))
    assert sums(store.brand_id, odd) == (odd.days * 1000, odd.days * 2, odd.days * 4, 3)
    assert span_of(store.brand_id) == Period(date(2025, 1, 1), date(2026, 2, 5))
    assert scenes_of(store.brand_id) == ["till"]
    assert [(row.channel, row.key, row.orders) for row in by_scene(Asked(store.brand_id, year))] == [
        ("pos", "till", 730)
    ]
    assert sums(store.brand_id, year, scene="till") == sums(store.brand_id, year)
    assert sums(store.brand_id, year, scene="livestream") == (0, 0, 0, 0)
    assert check_books() == []


def test_rebuilt_totals_are_the_same_totals(committed_db):
    selling = a_selling_store()
    orders = [a_paid_order(selling), a_handed_over_order(selling, (1, 2)), a_paid_order(selling, (0, 1), (1, 1))]
    done(cancel_orders([CancelWanted(orders[0].id, new_id(), None, "no")], now=NOW))
    counted()
    before = everything()
    assert rebuild_totals(selling.store.brand_id) == 2
    assert everything() == before
    SalesTotal.objects.all().delete()
    assert rebuild_totals(selling.store.brand_id) == 2
    assert everything() == before


def test_a_rebuild_leaves_to_the_handlers_what_they_have_yet_to_read(committed_db):
    selling = a_selling_store()
    read = a_paid_order(selling)
    counted()
    a_paid_order(selling, (1, 1))
    done(cancel_orders([CancelWanted(read.id, new_id(), None, "no")], now=NOW))
    imported(
        [an_imported_order(selling.store, "1", NOW, (selling.goods[0].sku_id, 1, 77))], brand_id=selling.store.brand_id
    )
    rebuild_totals(selling.store.brand_id)
    assert sums(selling.store.id) == (1290, 1, 1, 1)
    assert check_totals() == []
    counted()
    assert sums(selling.store.id)[:2] == (250 + 77, 2)
    assert check_totals() == []


def test_the_check_finds_a_total_that_is_wrong(committed_db):
    selling = a_selling_store()
    a_paid_order(selling)
    counted()
    SalesTotal.objects.filter(place_id=selling.store.id, grain="D").update(revenue_minor=1)
    CustomerTotal.objects.filter(place_id=selling.store.brand_id, grain="M").update(customers=5)
    DepartmentTotal.objects.filter(place_id=selling.store.brand_id, grain="M").update(revenue_minor=2)
    wrong = check_totals()
    assert len(wrong) == 3
    assert f"store {selling.store.id} on 2026-03-03: counted [1, 1, 1], its orders say [1290, 1, 1]" in wrong[0]
    assert "DepartmentTotal M: counted 2" in wrong[1]
    assert "customers of 2026-03: counted 5" in wrong[2]


def test_the_same_orders_counted_in_any_batches_give_the_same_totals(committed_db):
    selling = a_selling_store()
    store, sku = selling.store, selling.goods[0].sku_id
    orders = [an_imported_order(store, str(at), NOW + timedelta(hours=7 * at), (sku, 1, at)) for at in range(60)]
    for start in range(0, 60, 7):
        imported(orders[start : start + 7], brand_id=store.brand_id)
    counted()
    one_by_one = everything()
    with transaction.atomic(), connection.cursor() as cursor:
        for table in (SalesTotal, DepartmentTotal, CustomerSeen, CustomerTotal):
            cursor.execute(f"DELETE FROM {table._meta.db_table}")
    rebuild_totals(store.brand_id)
    assert everything() == one_by_one


@pytest.mark.parametrize("orders", [2, 20])
def test_counting_takes_five_statements_whatever_the_number_of_orders(committed_db, django_assert_num_queries, orders):
    from sitong.insight.metrics.actions import count_orders

    selling = a_selling_store()
    ids = {a_paid_order(selling).id: 1 for _ in range(orders)}
    with django_assert_num_queries(5):
        count_orders(ids)
    with django_assert_num_queries(2):
        figures(Asked(selling.store.id, MARCH))
    assert customers(Asked(selling.store.id, MARCH)) == 1


def everything() -> dict[str, set]:
    """All totals that are not zero."""
    return {
        "sales": set(SalesTotal.objects.exclude(orders=0).values_list()),
        "departments": set(DepartmentTotal.objects.exclude(orders=0).values_list()),
        "seen": set(CustomerSeen.objects.exclude(orders=0).values_list()),
        "customers": set(CustomerTotal.objects.exclude(customers=0).values_list()),
    }


def test_a_member_who_comes_through_two_scenes_is_one_customer_and_stays_one_until_both_are_canceled(committed_db):
    selling = a_selling_store()
    member, store, scenes = selling.member, selling.store, ("livestream", "group")
    placed = place_orders([selling.wanted((0, 1), scene=scene) for scene in (*scenes, scenes[0])], now=NOW)
    for order in placed:
        done(confirm_payments([a_payment_answer(selling, order)], now=NOW))
    customers_seen = []

    def look():
        counted()
        at = Asked(store.id, TODAY)
        odd = Period(date(2026, 3, 1), date(2026, 3, 12))
        row = [customers(Asked(store.id, TODAY, scene)) for scene in scenes]
        assert customers(Asked(store.id, odd)) == customers(Asked(store.id, MARCH)) == customers(at)
        assert [customers(Asked(store.id, odd, scene)) for scene in scenes] == row
        customers_seen.append((customers(at), *row))

    look()
    for order in placed:
        done(cancel_orders([CancelWanted(order.id, new_id())], now=NOW))
        look()
    assert customers_seen == [(1, 1, 1), (1, 1, 1), (1, 1, 0), (0, 0, 0)]
    assert member.id
    assert check_totals() == []


def test_two_members_who_are_joined_are_one_customer_and_two_again_when_it_is_undone(committed_db):
    selling = a_selling_store(prices=(1290,))
    brand_id = selling.store.brand_id
    first, second = selling.member, a_member(Brand.objects.get(id=brand_id))
    other = replace(selling, member=second)
    a_paid_order(selling, (0, 1)), a_paid_order(other, (0, 2)), a_paid_order(other, (0, 1))
    counted()
    assert customers(Asked(brand_id, MARCH)) == 2

    join = joined_as_one(first, second)
    counted()
    assert list(check_totals()) == []
    assert customers(Asked(brand_id, MARCH)) == 1

    a_paid_order(other, (0, 1))  # on its way in the old name while they were joined
    counted()
    assert bring_along([join.id], now=NOW) >= 1
    counted()
    assert list(check_totals()) == []
    assert customers(Asked(brand_id, MARCH)) == 1

    undo_join(UndoWanted(join.id), by=None, now=NOW)
    counted()
    assert list(check_totals()) == []
    assert customers(Asked(brand_id, MARCH)) == 2
