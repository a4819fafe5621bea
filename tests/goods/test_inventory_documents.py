"""Counts, write-offs, safety stock, transfers and arrivals."""

from dataclasses import replace
from datetime import date

import pytest

from sitong.goods.inventory.actions import (
    ArrivalWanted,
    CountBelowHeld,
    CountLine,
    CountWanted,
    HoldWanted,
    LevelNow,
    LineTwice,
    NegativeQuantity,
    NotOnTheWay,
    NotThere,
    QuantityNotPositive,
    SafetyWanted,
    SamePlace,
    TransferLine,
    TransferWanted,
    WriteOffLine,
    WriteOffWanted,
    arrive_stock,
    count_stock,
    hold_stock,
    lock_levels,
    set_safety,
    transfer_stock,
    transit_id,
    withdraw_expired,
    write_off,
)
from sitong.goods.inventory.books import disagreeing_stock
from sitong.goods.inventory.models import Level, Lot, Move, StockDocument
from sitong.goods.inventory.queries import free_now, on_the_way_to
from sitong.shared.access.models import Audit
from sitong.shared.errors import NotFound, RepeatDiffers
from sitong.shared.ids import new_id
from tests.make.goods_stock import a_location, received, some_skus

SOON, LATE = date(2026, 3, 10), date(2026, 6, 1)


@pytest.fixture
def brand_id(db):
    return new_id()


@pytest.fixture
def shop(brand_id):
    return a_location(brand_id=brand_id)


@pytest.fixture
def store(brand_id):
    return a_location(brand_id=brand_id, kind="store", name="Store")


@pytest.fixture
def skus(brand_id, now):
    return [sku.id for sku in some_skus(3, brand_id=brand_id, now=now)]


@pytest.fixture(autouse=True)
def books_agree(request):
    yield
    if "db" in request.fixturenames:
        assert disagreeing_stock() == []


def level(place, sku_id):
    return lock_levels([(place, sku_id)])[place, sku_id]


def lots(place, sku_id):
    return sorted(Lot.objects.filter(location_id=place, sku_id=sku_id, quantity__gt=0).values_list("code", "quantity"))


def held(shop, sku_id, quantity):
    lock_levels([(shop.id, sku_id)])
    hold_stock([HoldWanted(new_id(), shop.brand_id, shop.id, sku_id, quantity)])


def counted(shop, now, *lines):
    return count_stock([CountWanted(new_id(), shop.id, lines)], by=None, now=now)[0]


def test_a_count_sets_what_is_on_hand_by_signed_moves(shop, skus, now):
    received(shop.id, [(skus[0], 10, "soon", SOON), (skus[0], 10, "late", LATE), (skus[1], 1)], now=now)
    document = counted(shop, now, CountLine(skus[0], 7), CountLine(skus[1], 4), CountLine(skus[2], 2))
    assert lots(shop.id, skus[0]) == [("late", 7)]
    assert [level(shop.id, sku).on_hand for sku in skus] == [7, 4, 2]
    moves = Move.objects.filter(document_id=document.id).values_list("quantity", "reason")
    assert sorted(moves) == [(-10, "count"), (-3, "count"), (2, "count"), (3, "count")]


def test_one_lot_can_be_counted(shop, skus, now):
    received(shop.id, [(skus[0], 10, "soon", SOON), (skus[0], 10, "late", LATE)], now=now)
    counted(
        shop,
        now,
        CountLine(skus[0], 12, True, "late", LATE),
        CountLine(skus[0], 1, True, "soon", SOON),
        CountLine(skus[0], 3, True, "new", LATE),
    )
    assert lots(shop.id, skus[0]) == [("late", 12), ("new", 3), ("soon", 1)]


def test_a_count_that_finds_what_is_there_moves_nothing(shop, skus, now):
    received(shop.id, [(skus[0], 10)], now=now)
    document = counted(shop, now, CountLine(skus[0], 10))
    assert StockDocument.objects.filter(id=document.id).exists()
    assert not Move.objects.filter(document_id=document.id).exists()


def test_a_count_below_what_is_held_is_refused_whole(shop, skus, now):
    received(shop.id, [(skus[0], 10), (skus[1], 5)], now=now)
    held(shop, skus[0], 6)
    assert counted(shop, now, CountLine(skus[1], 1), CountLine(skus[0], 5)) == CountBelowHeld(
        sku_id=skus[0], counted=5, held=6
    )
    assert (level(shop.id, skus[0]), level(shop.id, skus[1])) == (LevelNow(10, 6, 0), LevelNow(5, 0, 0))
    assert counted(shop, now, CountLine(skus[0], 6)).kind == "count"
    assert level(shop.id, skus[0]) == LevelNow(6, 6, 0)


def test_a_count_may_not_speak_twice_of_the_same_units_or_below_zero(shop, skus, now):
    both = CountLine(skus[0], 1), CountLine(skus[0], 1, True, "soon", SOON)
    assert counted(shop, now, *both) == counted(shop, now, *both[::-1]) == LineTwice(sku_id=skus[0])
    assert counted(shop, now, CountLine(skus[0], -1)) == NegativeQuantity(sku_id=skus[0], quantity=-1)
    assert not Move.objects.exists()


def test_two_counts_in_one_batch_follow_each_other(shop, skus, now):
    wanted = [CountWanted(new_id(), shop.id, (CountLine(skus[0], quantity),)) for quantity in (5, 3)]
    count_stock(wanted, by=None, now=now)
    assert sorted(Move.objects.values_list("quantity", flat=True)) == [-2, 5]
    assert level(shop.id, skus[0]).on_hand == 3


def test_a_write_off_takes_what_is_not_held(shop, skus, now):
    received(shop.id, [(skus[0], 6, "soon", SOON), (skus[0], 4, "late", LATE)], now=now)
    held(shop, skus[0], 3)

    def off(*lines):
        return write_off([WriteOffWanted(new_id(), shop.id, lines, "broken")], by=None, now=now)[0]

    assert off(WriteOffLine(skus[0], 8)) == NotThere(sku_id=skus[0], wanted=8, there=7)
    assert off(WriteOffLine(skus[0], 5, True, "late", LATE)) == NotThere(sku_id=skus[0], wanted=5, there=4)
    assert off(WriteOffLine(skus[0], 0)) == QuantityNotPositive(sku_id=skus[0], quantity=0)
    assert off(WriteOffLine(skus[0], 3), WriteOffLine(skus[0], 4, True, "late", LATE)).note == "broken"
    assert lots(shop.id, skus[0]) == [("soon", 3)]
    assert level(shop.id, skus[0]) == LevelNow(3, 3, 0)


def test_expired_lots_are_withdrawn_but_for_what_is_held(shop, store, skus, now):
    received(
        shop.id,
        [(skus[0], 6, "gone", date(2026, 3, 2)), (skus[0], 4, "today", date(2026, 3, 3)), (skus[1], 2)],
        now=now,
    )
    received(store.id, [(skus[0], 5, "gone", date(2026, 3, 2))], now=now)
    held(shop, skus[0], 6)
    assert withdraw_expired(now=now) == 4 + 5
    assert lots(shop.id, skus[0]) == [("gone", 2), ("today", 4)]
    assert level(store.id, skus[0]) == LevelNow(0, 0, 0)
    assert sorted(StockDocument.objects.filter(kind="write_off").values_list("location_id", "note")) == sorted(
        [(shop.id, "expired"), (store.id, "expired")]
    )
    assert withdraw_expired(now=now) == 0
    assert StockDocument.objects.filter(kind="write_off").count() == 2


def test_safety_stock_is_not_free_and_its_change_leaves_a_trace(shop, skus, now):
    received(shop.id, [(skus[0], 10)], now=now)
    clerk = new_id()
    wanted = [
        SafetyWanted(shop.id, skus[0], 4),
        SafetyWanted(shop.id, skus[1], 2),
        SafetyWanted(shop.id, skus[2], -1),
        SafetyWanted(new_id(), skus[0], 1),
    ]
    answers = set_safety(wanted, by=clerk, now=now)
    assert answers == [*wanted[:2], NegativeQuantity(sku_id=skus[2], quantity=-1), NotFound(what="location")]
    assert free_now([(shop.id, sku) for sku in skus]) == {
        (shop.id, skus[0]): 6,
        (shop.id, skus[1]): 0,
        (shop.id, skus[2]): 0,
    }
    traces = Audit.objects.filter(subject="goods.safety", by=clerk)
    assert sorted((row.before["safety"], row.after["safety"]) for row in traces) == [(0, 2), (0, 4)]
    set_safety(wanted[:1], by=clerk, now=now)
    assert traces.count() == 2


def test_goods_travel_lot_by_lot_and_may_arrive_in_several_deliveries(shop, store, skus, now):
    received(shop.id, [(skus[0], 6, "soon", SOON), (skus[0], 4, "late", LATE), (skus[1], 3)], now=now)
    wanted = TransferWanted(new_id(), shop.id, store.id, (TransferLine(skus[0], 8), TransferLine(skus[1], 3)))
    assert transfer_stock([wanted], by=None, now=now)[0].to_location_id == store.id
    assert (lots(shop.id, skus[0]), lots(transit_id(store.id), skus[0]), level(store.id, skus[0]).on_hand) == (
        [("late", 2)],
        [("late", 2), ("soon", 6)],
        0,
    )
    assert [(one.sku_id, one.quantity) for one in on_the_way_to([store.id])] == [(skus[0], 8), (skus[1], 3)]

    first = ArrivalWanted(new_id(), store.id, wanted.id, (TransferLine(skus[0], 7),))
    assert arrive_stock([first, first], by=None, now=now)[0].of_id == wanted.id
    assert (lots(store.id, skus[0]), lots(transit_id(store.id), skus[0])) == ([("late", 1), ("soon", 6)], [("late", 1)])
    above = ArrivalWanted(new_id(), store.id, wanted.id, (TransferLine(skus[0], 2),))
    elsewhere = ArrivalWanted(new_id(), shop.id, wanted.id, (TransferLine(skus[0], 1),))
    rest = ArrivalWanted(new_id(), store.id, wanted.id, (TransferLine(skus[0], 1), TransferLine(skus[1], 3)))
    again = replace(rest, id=new_id())
    answers = arrive_stock([above, elsewhere, rest, again], by=None, now=now)
    assert answers[:2] == [NotOnTheWay(sku_id=skus[0], wanted=2, on_the_way=1), NotFound(what="shipment")]
    assert (answers[2].kind, answers[3]) == ("arrival", NotOnTheWay(sku_id=skus[0], wanted=1, on_the_way=0))
    assert on_the_way_to([store.id]) == []
    assert [level(store.id, sku).on_hand for sku in skus] == [8, 3, 0]


def test_a_transfer_leaves_what_is_held_and_needs_two_places(shop, store, skus, now):
    received(shop.id, [(skus[0], 5)], now=now)
    held(shop, skus[0], 2)

    def ship(*lines, to=store.id):
        return transfer_stock([TransferWanted(new_id(), shop.id, to, lines)], by=None, now=now)[0]

    assert ship(TransferLine(skus[0], 2), TransferLine(skus[0], 2)) == NotThere(sku_id=skus[0], wanted=4, there=3)
    assert ship(TransferLine(skus[0], 1), to=shop.id) == SamePlace(location_id=shop.id)
    assert ship(TransferLine(skus[0], 1), to=new_id()) == NotFound(what="location")
    assert ship(TransferLine(skus[0], 0)) == QuantityNotPositive(sku_id=skus[0], quantity=0)
    assert level(shop.id, skus[0]) == LevelNow(5, 2, 0)
    assert Level.objects.filter(on_hand__gt=0).count() == 1


def test_the_same_id_with_another_content_is_refused_across_kinds(shop, skus, now):
    count = CountWanted(new_id(), shop.id, (CountLine(skus[0], 5),))
    other = replace(count, lines=(CountLine(skus[0], 6),))
    answers = count_stock([count, other], by=None, now=now)
    assert (answers[0].kind, answers[1]) == ("count", RepeatDiffers(id=count.id))
    off = WriteOffWanted(count.id, shop.id, (WriteOffLine(skus[0], 1),))
    assert write_off([off], by=None, now=now) == [RepeatDiffers(id=count.id)]
    assert level(shop.id, skus[0]).on_hand == 5
