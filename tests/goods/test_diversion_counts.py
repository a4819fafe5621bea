"""Scans are counted once, by dealer, store, product and box, with how far outside they lie."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from sitong.goods.codes.actions import CodeRange, MoveWanted, move_codes
from sitong.goods.codes.moving import Place
from sitong.goods.diversion.actions import count_scans
from sitong.goods.diversion.models import BoxCount, DiversionCount, FarScan
from sitong.goods.diversion.periods import next_period, period_of
from sitong.org.dealers.actions import change_dealer
from sitong.shared.ids import new_id
from sitong.shared.ledger.books import check_books
from tests.make.codes import a_batch, a_tree
from tests.make.diversion import (
    CHENGDU,
    HANGZHOU,
    NINGBO,
    SHANGHAI,
    a_dealer_at,
    counted,
    goods_of,
    scanned,
    territory_around,
)
from tests.make.org import NOW, a_brand, a_dealer, a_store, done

COUNTS = ("scans", "far_5km", "far_15km", "far_50km", "far_150km")
Q1 = date(2026, 1, 1)


@pytest.fixture
def brand(db):
    return a_brand()


def counts_of(dealer) -> list[tuple[int, ...]]:
    return list(DiversionCount.objects.filter(dealer_id=dealer.id).order_by("period_on").values_list(*COUNTS))


def test_scans_at_home_count_and_leave_no_trace_of_where_they_were(brand):
    dealer = a_dealer_at(brand, HANGZHOU)
    tree = goods_of(brand, dealer)
    assert counted(tree, range(1, 11), HANGZHOU) == 10
    row = DiversionCount.objects.get()
    assert (row.period_on, row.dealer_id, row.store_id, row.scans) == (Q1, dealer.id, dealer.id, 10)
    assert counts_of(dealer) == [(10, 0, 0, 0, 0)]
    assert not FarScan.objects.exists()


def test_a_scan_outside_counts_at_every_distance_that_it_reaches_and_is_kept_as_evidence(brand):
    dealer = a_dealer_at(brand, HANGZHOU)
    tree = goods_of(brand, dealer)
    counted(tree, [1, 2], HANGZHOU)
    (ningbo,) = scanned(tree, [3], NINGBO)
    with transaction.atomic():
        assert count_scans([ningbo]) == 1
    counted(tree, [14], CHENGDU)
    assert counts_of(dealer) == [(4, 2, 2, 2, 1)]
    far = FarScan.objects.get(id=ningbo)
    assert (far.serial, far.box_serial, far.box_batch_id, far.batch_id) == (3, 1, tree.boxes.id, tree.items.id)
    assert 110_000 < far.distance_m < 130_000, "Ningbo is 139 km from Hangzhou, the territory reaches 14"
    boxes = BoxCount.objects.order_by("serial").values_list("serial", *COUNTS)
    assert list(boxes) == [(1, 3, 1, 1, 1, 0), (2, 1, 1, 1, 1, 1)]
    assert check_books() == []


def test_a_code_counts_once_by_its_first_scan_with_a_place(brand):
    dealer = a_dealer_at(brand, HANGZHOU)
    tree = goods_of(brand, dealer)
    assert counted(tree, [1], None) == 0
    assert counted(tree, [1], HANGZHOU) == 1
    assert counted(tree, [1, 1], CHENGDU) == 0
    assert counts_of(dealer) == [(1, 0, 0, 0, 0)]


def test_the_outer_code_of_an_item_with_an_inner_one_does_not_count(brand):
    dealer = a_dealer_at(brand, HANGZHOU)
    tree = goods_of(brand, dealer, inner=True)
    assert counted(tree, [1, 2], CHENGDU) == 0, "it can be read on the shelf"


def test_staff_and_codes_that_were_shipped_to_nobody_do_not_count(brand):
    dealer = a_dealer_at(brand, HANGZHOU)
    tree = goods_of(brand, dealer)
    assert counted(tree, [1], CHENGDU, role="clerk", member_id=None, account_id=new_id()) == 0
    assert counted(a_tree(brand), [1], CHENGDU) == 0
    assert counts_of(dealer) == []


def test_whoever_has_no_territory_cannot_sell_outside_of_it(brand):
    dealer = a_dealer(brand)
    assert counted(goods_of(brand, dealer), [1, 2], CHENGDU) == 0


def test_goods_that_went_on_to_a_store_count_for_the_store_and_its_dealer(brand):
    dealer = a_dealer_at(brand, HANGZHOU)
    store = a_store(dealer=dealer)
    tree = goods_of(brand, dealer)
    on = MoveWanted(
        new_id(),
        brand.id,
        "ship",
        Place("dealer", dealer.id),
        (),
        (CodeRange(tree.boxes.id, 1, 1),),
        Place("store", store.id),
    )
    done(move_codes([on], now=NOW))
    assert counted(tree, [1, 13], CHENGDU) == 2
    assert set(DiversionCount.objects.values_list("dealer_id", "store_id", "scans")) == {
        (dealer.id, store.id, 1),
        (dealer.id, dealer.id, 1),
    }


def test_a_dealer_whose_territory_grew_is_measured_by_the_new_one(brand):
    dealer = a_dealer_at(brand, HANGZHOU)
    tree = goods_of(brand, dealer)
    counted(tree, [1], SHANGHAI)
    change_dealer(
        dealer.id, {"territory": [*territory_around(HANGZHOU), *territory_around(SHANGHAI)]}, by=None, now=NOW
    )
    counted(tree, [2], SHANGHAI)
    assert counts_of(dealer) == [(2, 1, 1, 1, 1)]


def test_each_quarter_of_the_brands_zone_counts_for_itself(brand):
    dealer = a_dealer_at(brand, HANGZHOU)
    tree = goods_of(brand, dealer)
    last_minute = NOW.replace(month=3, day=31, hour=15, minute=59)
    counted(tree, [1], HANGZHOU, now=last_minute)
    counted(tree, [2], HANGZHOU, now=last_minute + timedelta(minutes=1))
    assert list(DiversionCount.objects.order_by("period_on").values_list("period_on", "scans")) == [
        (Q1, 1),
        (date(2026, 4, 1), 1),
    ]
    assert period_of(NOW, "Asia/Shanghai") == Q1
    assert [next_period(date(2026, month, 1)) for month in (1, 4, 7, 10)] == [
        date(2026, 4, 1), date(2026, 7, 1), date(2026, 10, 1), date(2027, 1, 1),
    ]  # fmt: skip


def test_two_scans_and_twenty_take_as_many_statements(brand):
    dealer = a_dealer_at(brand, HANGZHOU)
    tree = goods_of(brand, dealer)
    counted(tree, [1], CHENGDU)
    taken = []
    for serials in ((2, 14), range(20, 40)):
        ids = scanned(tree, serials, CHENGDU)
        with transaction.atomic(), CaptureQueriesContext(connection) as statements:
            count_scans(ids)
        taken.append(len(statements))
    assert taken[0] == taken[1] == 9


def test_an_item_that_was_taken_out_still_says_which_box_it_came_in(brand):
    dealer = a_dealer_at(brand, HANGZHOU)
    tree = goods_of(brand, dealer)
    sold = MoveWanted(new_id(), brand.id, "sell", Place("dealer", dealer.id), (), (CodeRange(tree.items.id, 5, 5),))
    done(move_codes([sold], now=NOW))
    counted(tree, [5], CHENGDU)
    assert BoxCount.objects.get().serial == 1


def test_codes_of_another_batch_than_items_do_not_count(brand):
    dealer = a_dealer_at(brand, HANGZHOU)
    tree = goods_of(brand, dealer)
    boxes = type(tree)(tree.boxes, tree.boxes, tree.pallets, tree.sku_id)
    assert counted(boxes, [1], CHENGDU) == 0
    assert a_batch(brand.id, 3) is not None
