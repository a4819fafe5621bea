"""Two processes, one SKU: never oversold. And the control: without the lock, more is promised than there is."""

from __future__ import annotations

import multiprocessing
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import IntegrityError, connection, connections, transaction

from sitong.goods.inventory.actions import (
    HoldWanted,
    LevelNow,
    ReceiptLine,
    ReceiptWanted,
    hold_stock,
    lock_levels,
    receive_stock,
    release_holds,
    take_held_stock,
)
from sitong.goods.inventory.actions import levels as locking
from sitong.goods.inventory.books import disagreeing_stock
from sitong.goods.inventory.models import Hold
from sitong.goods.inventory.queries import levels_now
from sitong.shared.access.scope import every_brand
from sitong.shared.errors import Refused
from sitong.shared.ids import new_id
from sitong.shared.statements import run, uuids
from tests.make.goods_stock import a_location, received, some_skus

PIECES, CALLERS, TRIES = 10, 4, 6


@pytest.fixture
def shop(committed_db):
    return a_location(brand_id=new_id())


@pytest.fixture
def sku_id(shop, now):
    (sku,) = some_skus(1, brand_id=shop.brand_id, now=now)
    received(shop.id, [(sku.id, PIECES)], now=now)
    return sku.id


def sell(shop, sku_id, read) -> tuple[int, int]:
    """Try to hold one piece a few times; give how often it was held, and how often it was thought free."""
    held = thought_free = 0
    with every_brand():
        for _ in range(TRIES):
            try:
                with transaction.atomic():
                    level = read([(shop.id, sku_id)])[shop.id, sku_id]
                    time.sleep(0.002)  # what the caller does between looking and holding
                    if level.free >= 1:
                        thought_free += 1
                        hold_stock([HoldWanted(new_id(), shop.brand_id, shop.id, sku_id, 1)])
                        held += 1
            except IntegrityError:
                held -= 1
    return held, thought_free


def in_threads(work, callers=CALLERS):
    """Run `work(at)` in threads that start together, each with its own connection."""
    start = threading.Barrier(callers)

    def one(at):
        try:
            start.wait()
            return work(at)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(callers) as pool:
        return list(pool.map(one, range(callers)))


def in_processes(work, callers=CALLERS):
    """Run `work` in forked processes that start together; give their answers."""
    connections.close_all()
    fork = multiprocessing.get_context("fork")
    start, answers = fork.Barrier(callers), fork.SimpleQueue()

    def one():
        start.wait()
        answers.put(work())
        connections.close_all()

    processes = [fork.Process(target=one) for _ in range(callers)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(30)
        assert process.exitcode == 0
    return [answers.get() for _ in processes]


def test_processes_that_lock_never_promise_more_than_there_is(shop, sku_id):
    sold = in_processes(lambda: sell(shop, sku_id, lock_levels))
    with every_brand():
        assert sum(held for held, _ in sold) == sum(thought for _, thought in sold) == PIECES
        assert levels_now([(shop.id, sku_id)])[shop.id, sku_id] == LevelNow(PIECES, PIECES, 0)
        assert (Hold.objects.count(), disagreeing_stock()) == (PIECES, [])


def test_control_without_the_lock_more_is_promised_and_only_the_database_stops_it(shop, sku_id):
    sold = in_threads(lambda _: sell(shop, sku_id, levels_now))
    assert sum(thought for _, thought in sold) > PIECES
    assert Hold.objects.count() <= PIECES
    assert disagreeing_stock() == []


def test_two_who_want_the_same_skus_in_opposite_order_do_not_wait_for_each_other_forever(shop, now):
    skus = [sku.id for sku in some_skus(4, brand_id=shop.brand_id, now=now)]
    received(shop.id, [(sku, 1_000) for sku in skus], now=now)

    def hold_all(at):
        with every_brand():
            for _ in range(25):
                with transaction.atomic():
                    lock_levels([(shop.id, sku) for sku in (skus if at % 2 else skus[::-1])])
                    hold_stock([HoldWanted(new_id(), shop.brand_id, shop.id, skus[0], 1)])

    in_threads(hold_all)
    assert levels_now([(shop.id, skus[0])])[shop.id, skus[0]].held == 25 * CALLERS


def test_control_locking_in_the_order_of_asking_deadlocks(shop, now):
    skus = [sku.id for sku in some_skus(2, brand_id=shop.brand_id, now=now)]
    received(shop.id, [(sku, 9) for sku in skus], now=now)
    met = threading.Barrier(2)
    deadlocks = []

    def lock_one_by_one(at):
        with every_brand():
            try:
                with transaction.atomic():
                    for number, sku in enumerate(skus if at else skus[::-1]):
                        run(locking.LOCK, [uuids([shop.id]), uuids([sku])])
                        if number == 0:
                            met.wait(5)
            except Exception as failed:
                deadlocks.append(str(failed))

    in_threads(lock_one_by_one, callers=2)
    assert len(deadlocks) == 1
    assert "deadlock detected" in deadlocks[0]


def test_a_receipt_that_many_send_at_once_is_received_once(shop, now):
    (sku,) = some_skus(1, brand_id=shop.brand_id, now=now)
    wanted = ReceiptWanted(new_id(), shop.id, (ReceiptLine(sku.id, 7),))

    def send(_):
        with every_brand():
            return receive_stock([wanted], by=None, now=now)[0]

    answers = in_threads(send, callers=8)
    assert [one.id for one in answers if not isinstance(one, Refused)] == [wanted.id] * 8
    assert levels_now([(shop.id, sku.id)])[shop.id, sku.id].on_hand == 7


def test_what_is_taken_and_released_at_the_same_time_happens_once(shop, sku_id, now):
    orders = [new_id() for _ in range(PIECES)]
    with transaction.atomic():
        lock_levels([(shop.id, sku_id)])
        hold_stock([HoldWanted(order, shop.brand_id, shop.id, sku_id, 1) for order in orders])

    def end(at):
        with every_brand():
            for order in orders if at % 2 else orders[::-1]:
                if at < 2:
                    take_held_stock([order], reason="sale", by=None, now=now)
                else:
                    release_holds([order])

    in_threads(end)
    level = levels_now([(shop.id, sku_id)])[shop.id, sku_id]
    assert level.held == 0
    assert disagreeing_stock() == []
    connection.close()
