"""A quarter counted anew from its scans gives what counting scan by scan gave."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest

from sitong.goods.codes.actions import CodeRange, MoveWanted, move_codes
from sitong.goods.codes.moving import Place
from sitong.goods.diversion.actions import recount_period
from sitong.goods.diversion.bulk import first_of_each, packings_of, spans_of
from sitong.goods.diversion.models import BoxCount, DiversionCount, FarScan
from sitong.org.dealers.actions import change_dealer
from sitong.shared.ids import new_id
from sitong.shared.ledger.books import check_books
from tests.make.codes import a_tree
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

Q1 = date(2026, 1, 1)
FAR = [field.name for field in FarScan._meta.fields]
ZONE = "Asia/Shanghai"


@pytest.fixture
def brand(db):
    return a_brand()


def standing():
    counts = sorted(
        DiversionCount.objects.values_list(
            "period_on", "dealer_id", "store_id", "product_id", "scans", "far_5km", "far_15km", "far_50km", "far_150km"
        )
    )
    boxes = sorted(
        BoxCount.objects.values_list(
            "period_on", "batch_id", "serial", "dealer_id", "scans", "far_5km", "far_15km", "far_50km", "far_150km"
        )
    )
    return counts, boxes, sorted(FarScan.objects.values_list(*FAR))


def read_by_the_handler(brand):
    """Nothing is left for the handler: its cursor stands behind all events."""
    from sitong.shared.events.models import Event

    Event.objects.filter(brand_id=brand.id).delete()


def test_counted_anew_it_is_the_same(brand):
    east, west = a_dealer_at(brand, HANGZHOU), a_dealer_at(brand, CHENGDU, name="成都经销")
    store = a_store(dealer=east)
    trees = [goods_of(brand, east), goods_of(brand, west, inner=True), goods_of(brand, a_dealer(brand)), a_tree(brand)]
    on = MoveWanted(
        new_id(),
        brand.id,
        "ship",
        Place("dealer", east.id),
        (),
        (CodeRange(trees[0].pallets.id, 2, 2),),
        Place("store", store.id),
    )
    done(move_codes([on], now=NOW))
    sold = MoveWanted(new_id(), brand.id, "sell", Place("dealer", east.id), (), (CodeRange(trees[0].items.id, 5, 5),))
    done(move_codes([sold], now=NOW))
    counted(trees[0], [30], None)
    for tree in (trees[0], trees[2], trees[3]):
        counted(tree, range(1, 40), HANGZHOU)
        counted(tree, range(30, 60), NINGBO, now=NOW + timedelta(hours=30))
        counted(tree, [70, 70, 80], SHANGHAI)
    counted(trees[1], range(1, 30), HANGZHOU)
    counted(trees[0], [90], SHANGHAI, now=NOW + timedelta(days=40))
    before = standing()
    read_by_the_handler(brand)
    assert recount_period(brand.id, Q1, zone=ZONE) == sum(row[4] for row in before[0] if row[0] == Q1)
    assert standing() == before
    assert recount_period(brand.id, date(2026, 4, 1), zone=ZONE) == 1
    assert standing() == before
    assert check_books() == []


def test_a_redrawn_territory_holds_for_what_was_scanned_before_once_it_is_counted_anew(brand):
    dealer = a_dealer_at(brand, HANGZHOU)
    counted(goods_of(brand, dealer), [1, 2], SHANGHAI)
    change_dealer(dealer.id, {"territory": list(territory_around(SHANGHAI))}, by=None, now=NOW)
    read_by_the_handler(brand)
    recount_period(brand.id, Q1, zone=ZONE)
    assert list(DiversionCount.objects.values_list("scans", "far_5km")) == [(2, 0)]
    assert not FarScan.objects.exists()


def test_what_the_handler_has_yet_to_read_is_left_for_it(brand):
    dealer = a_dealer_at(brand, HANGZHOU)
    tree = goods_of(brand, dealer)
    read_by_the_handler(brand)
    scanned(tree, [1, 2, 14], CHENGDU)
    assert recount_period(brand.id, Q1, zone=ZONE) == 0
    read_by_the_handler(brand)
    assert recount_period(brand.id, Q1, zone=ZONE) == 3


def test_other_brands_are_left_alone(brand):
    other = a_brand()
    counted(goods_of(other, a_dealer_at(other, HANGZHOU)), [1], HANGZHOU)
    before = standing()
    assert recount_period(brand.id, Q1, zone=ZONE) == 0
    assert standing() == before


def test_ranges_are_found_by_binary_search():
    spans = spans_of([(11, 20, 7), (1, 5, 3)])
    assert spans.of(np.array([0, 1, 5, 6, 10, 11, 20, 21])).tolist() == [-1, 3, 3, -1, -1, 7, 7, -1]
    assert spans_of([]).of(np.array([1])).tolist() == [-1]


def test_later_packings_lie_over_earlier_ones():
    packings = packings_of([(1, 24, 0, 12, 1, 0), (25, 36, 0, 12, 3, 0), (5, 8, 0, 2, 50, 1)])
    batch, serial = packings.of(np.array([1, 4, 5, 6, 7, 8, 9, 24, 25, 37]))
    assert batch.tolist() == [0, 0, 1, 1, 1, 1, 0, 0, 0, -1]
    assert serial.tolist()[:9] == [1, 1, 50, 50, 51, 51, 1, 2, 3]


def test_the_first_scan_of_a_code_has_the_fewest_before_it():
    assert sorted(first_of_each(np.array([5, 3, 5, 3, 4]), np.array([1, 0, 0, 2, 9])).tolist()) == [1, 2, 4]
