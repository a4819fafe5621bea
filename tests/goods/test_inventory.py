"""Stock: what comes, what is held, what goes, and that its books agree."""

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from sitong.goods.inventory.actions import (
    HoldWanted,
    LevelNow,
    QuantityNotPositive,
    ReceiptLine,
    ReceiptWanted,
    ReturnLine,
    ReturnWanted,
    expire_holds,
    hold_stock,
    keep_holds,
    lock_levels,
    receive_stock,
    release_holds,
    return_stock,
    take_held_stock,
)
from sitong.goods.inventory.books import disagreeing_stock
from sitong.goods.inventory.models import Hold, Level, Lot, Move, StockDocument
from sitong.goods.inventory.queries import free_now, free_online
from sitong.shared.errors import NotFound, RepeatDiffers
from sitong.shared.ids import new_id
from sitong.shared.ledger.books import CHECKS, check_books
from tests.make.goods_stock import a_location, received, some_skus


@pytest.fixture
def brand_id(db):
    return new_id()


@pytest.fixture
def shop(brand_id):
    return a_location(brand_id=brand_id)


@pytest.fixture
def skus(brand_id, now):
    return [sku.id for sku in some_skus(3, brand_id=brand_id, now=now)]


@pytest.fixture(autouse=True)
def books_agree(request):
    yield
    if "db" in request.fixturenames:
        assert disagreeing_stock() == []


def hold(shop, sku_id, quantity, document=None, expires_at=None):
    document = document or new_id()
    with transaction.atomic():
        lock_levels([(shop.id, sku_id)])
        hold_stock([HoldWanted(document, shop.brand_id, shop.id, sku_id, quantity, expires_at)])
    return document


def level(shop, sku_id):
    return lock_levels([(shop.id, sku_id)])[shop.id, sku_id]


def lots(shop, sku_id):
    return sorted(Lot.objects.filter(location=shop, sku_id=sku_id, quantity__gt=0).values_list("code", "quantity"))


def test_what_is_received_is_on_hand_and_free(shop, skus, now):
    received(shop.id, [(skus[0], 10), (skus[0], 5, "L1", date(2026, 4, 1)), (skus[1], 3)], now=now)
    assert level(shop, skus[0]) == LevelNow(15, 0, 0)
    assert free_now([(shop.id, sku) for sku in skus]) == {
        (shop.id, skus[0]): 15,
        (shop.id, skus[1]): 3,
        (shop.id, skus[2]): 0,
    }
    assert lots(shop, skus[0]) == [("", 10), ("L1", 5)]


def test_a_receipt_sent_twice_is_received_once(shop, skus, now):
    wanted = ReceiptWanted(new_id(), shop.id, (ReceiptLine(skus[0], 4),))
    first = receive_stock([wanted], by=None, now=now)
    assert receive_stock([wanted, wanted], by=None, now=now + timedelta(hours=1)) == first * 2
    other = ReceiptWanted(wanted.id, shop.id, (ReceiptLine(skus[0], 5),))
    assert receive_stock([other], by=None, now=now) == [RepeatDiffers(id=wanted.id)]
    assert level(shop, skus[0]).on_hand == 4


def test_a_refused_receipt_leaves_nothing_and_its_neighbors_stand(shop, skus, now):
    bad = ReceiptWanted(new_id(), shop.id, (ReceiptLine(skus[1], 7), ReceiptLine(skus[0], 0)))
    good = ReceiptWanted(new_id(), shop.id, (ReceiptLine(skus[0], 4),))
    nowhere = ReceiptWanted(new_id(), new_id(), (ReceiptLine(skus[0], 4),))
    nothing = ReceiptWanted(new_id(), shop.id, (ReceiptLine(new_id(), 4),))
    answers = receive_stock([bad, good, nowhere, nothing], by=None, now=now)
    assert answers[0] == QuantityNotPositive(sku_id=skus[0], quantity=0)
    assert answers[2:] == [NotFound(what="location"), NotFound(what="sku")]
    assert [row.id for row in StockDocument.objects.all()] == [good.id]
    assert (level(shop, skus[0]).on_hand, level(shop, skus[1]).on_hand) == (4, 0)
    fixed = ReceiptWanted(bad.id, shop.id, (ReceiptLine(skus[1], 7),))
    assert receive_stock([fixed], by=None, now=now)[0].id == bad.id


def test_another_brands_sku_cannot_be_received(shop, now):
    (foreign,) = some_skus(1, brand_id=new_id(), now=now)
    wanted = ReceiptWanted(new_id(), shop.id, (ReceiptLine(foreign.id, 1),))
    assert receive_stock([wanted], by=None, now=now) == [NotFound(what="sku")]
    assert not Level.objects.exists()


def test_held_stock_is_not_free_and_released_stock_is(shop, skus, now):
    received(shop.id, [(skus[0], 10)], now=now)
    order = hold(shop, skus[0], 7)
    assert level(shop, skus[0]) == LevelNow(10, 7, 0)
    assert free_now([(shop.id, skus[0])]) == {(shop.id, skus[0]): 3}
    release_holds([order])
    release_holds([order])
    assert level(shop, skus[0]) == LevelNow(10, 0, 0)
    assert not Hold.objects.exists()


def test_the_database_refuses_to_hold_more_than_is_there(shop, skus, now):
    received(shop.id, [(skus[0], 2)], now=now)
    with pytest.raises(IntegrityError, match="level_never_oversold"):
        hold(shop, skus[0], 3)
    with pytest.raises(RuntimeError, match="has no level"):
        hold(shop, skus[1], 1)
    assert level(shop, skus[0]) == LevelNow(2, 0, 0)
    assert not Hold.objects.exists()


def test_held_stock_is_taken_first_expired_first_out_and_undated_last(shop, skus, now):
    received(
        shop.id,
        [
            (skus[0], 5),
            (skus[0], 4, "late", date(2026, 6, 1)),
            (skus[0], 3, "soon", date(2026, 3, 10)),
            (skus[0], 2, "gone", date(2026, 3, 2)),
        ],
        now=now,
    )
    take_held_stock([hold(shop, skus[0], 6)], reason="sale", by=None, now=now)
    assert lots(shop, skus[0]) == [("", 5), ("gone", 2), ("late", 1)]
    take_held_stock([hold(shop, skus[0], 7)], reason="sale", by=None, now=now)
    assert lots(shop, skus[0]) == [("gone", 1)]
    assert level(shop, skus[0]) == LevelNow(1, 0, 0)
    assert sum(Move.objects.filter(reason="sale").values_list("quantity", flat=True)) == -13


def test_taking_twice_takes_once(shop, skus, now):
    received(shop.id, [(skus[0], 5)], now=now)
    order = hold(shop, skus[0], 2)
    take_held_stock([order], reason="sale", by=None, now=now)
    take_held_stock([order], reason="sale", by=None, now=now)
    assert level(shop, skus[0]) == LevelNow(3, 0, 0)


def test_holds_expire_unless_they_are_kept(shop, skus, now):
    received(shop.id, [(skus[0], 10)], now=now)
    hold(shop, skus[0], 1, expires_at=now)
    hold(shop, skus[0], 2, expires_at=now + timedelta(minutes=1))
    kept = hold(shop, skus[0], 4, expires_at=now)
    keep_holds([kept])
    assert expire_holds(now=now) == 1
    assert level(shop, skus[0]).held == 6
    assert expire_holds(now=now + timedelta(days=1)) == 1
    assert level(shop, skus[0]).held == 4


def test_what_comes_back_goes_into_the_lots_it_was_sold_from(shop, skus, now):
    received(shop.id, [(skus[0], 2, "soon", date(2026, 3, 10)), (skus[0], 2, "late", date(2026, 6, 1))], now=now)
    order = hold(shop, skus[0], 4)
    take_held_stock([order], reason="sale", by=None, now=now)
    back = [ReturnWanted(new_id(), shop.id, order, (ReturnLine(skus[0], quantity),)) for quantity in (1, 2)]
    assert [row.kind for row in return_stock(back, by=None, now=now)] == ["return", "return"]
    assert lots(shop, skus[0]) == [("late", 2), ("soon", 1)]
    return_stock([ReturnWanted(new_id(), shop.id, order, (ReturnLine(skus[0], 3),))], by=None, now=now)
    assert lots(shop, skus[0]) == [("", 2), ("late", 2), ("soon", 2)]
    assert level(shop, skus[0]) == LevelNow(6, 0, 0)


def test_online_channels_take_only_from_stores_that_let_them(shop, skus, now):
    received(shop.id, [(skus[0], 10)], now=now)
    pair = (shop.id, skus[0])
    assert free_online([pair], {shop.id: True}) == {pair: 10}
    assert free_online([pair], {shop.id: False}) == {pair: 0}
    assert free_online([pair], {}) == {pair: 0}


def test_hot_actions_take_as_many_statements_for_twenty_as_for_two(shop, brand_id, now):
    counts = []
    for size in (2, 20):
        skus = [sku.id for sku in some_skus(size, brand_id=brand_id, now=now)]
        with CaptureQueriesContext(
            connection,
        ) as receiving:
            receive_stock(
                [ReceiptWanted(new_id(), shop.id, (ReceiptLine(sku, 9, "L", date(2026, 6, 1)),)) for sku in skus],
                by=None,
                now=now,
            )
        orders = [new_id() for _ in skus]
        with CaptureQueriesContext(connection) as holding:
            lock_levels([(shop.id, sku) for sku in skus])
            hold_stock([HoldWanted(order, brand_id, shop.id, sku, 2) for order, sku in zip(orders, skus, strict=True)])
        with CaptureQueriesContext(connection) as taking:
            take_held_stock(orders[: size // 2], reason="sale", by=None, now=now)
        with CaptureQueriesContext(connection) as releasing:
            release_holds(orders)
        counts.append([len(captured) for captured in (receiving, holding, taking, releasing)])
    assert counts[0] == counts[1]
    assert counts[0][1] == 3


def test_the_books_of_stock_notice_what_does_not_add_up(shop, skus, now):
    received(shop.id, [(skus[0], 5, "L", date(2026, 6, 1))], now=now)
    hold(shop, skus[0], 2)
    assert "goods.stock" in CHECKS
    for table, change, found in [
        (Level, {"on_hand": 6}, "on hand 6, moves 5, lots 5; held 2, holds 2"),
        (Level, {"held": 3}, "on hand 5, moves 5, lots 5; held 3, holds 2"),
        (Lot, {"quantity": 4}, "on hand 5, moves 5, lots 4; held 2, holds 2"),
        (Hold, {"quantity": 1}, "on hand 5, moves 5, lots 5; held 2, holds 1"),
    ]:
        with transaction.atomic():
            table.objects.update(**change)
            assert disagreeing_stock()[0] == f"location {shop.id}, SKU {skus[0]}: {found}"
            assert f"goods.stock: {disagreeing_stock()[0]}" in check_books()
            transaction.set_rollback(True)
