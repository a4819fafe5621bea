"""Orders at the same instant: never oversold, one order for one id, one hand-over; and what happens without the lock."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection
from django.db.utils import IntegrityError

from sitong.goods.inventory.actions import levels
from sitong.goods.inventory.models import Level
from sitong.scene.models import Order
from sitong.scene.orders.actions import (
    CancelWanted,
    HandoverWanted,
    cancel_orders,
    hand_over_orders,
    place,
    place_orders,
)
from sitong.shared.access.scope import every_brand
from sitong.shared.batch.lane import Lane
from sitong.shared.errors import Refused
from sitong.shared.ids import new_id
from sitong.shared.ledger.books import check_books
from tests.make.scene import a_paid_order, a_selling_store

pytestmark = pytest.mark.usefixtures("committed_db")

NOW = datetime(2026, 3, 3, 2, 0, tzinfo=UTC)
ROOT = Path(__file__).parents[2]


def at_once(count: int, action) -> list[object]:
    """Run `action(number)` in so many threads that start together; give what each returned or raised."""
    gate = threading.Barrier(count)

    def run(number: int) -> object:
        try:
            with every_brand():
                gate.wait()
                return action(number)
        except Exception as raised:
            return raised
        finally:
            connection.close()

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(run, range(count)))


def codes(outcomes) -> Counter[str]:
    return Counter(getattr(one, "code", type(one).__name__) for one in outcomes)


def test_eight_threads_never_sell_more_than_there_is():
    selling = a_selling_store(stock=5)
    outcomes = at_once(8, lambda _: place_orders([selling.wanted((0, 1))], now=NOW)[0])
    assert codes(outcomes) == {"OrderPlacement": 5, "goods.out_of_stock": 3}
    assert Level.objects.get(sku_id=selling.goods[0].sku_id).held == 5
    assert check_books() == []


def test_without_the_lock_the_same_stock_is_promised_twice(monkeypatch):
    """The control: free stock read without a lock is promised to both; only the table's last guard stops the second."""
    selling = a_selling_store(stock=5)
    both_have_decided, hold_stock = threading.Barrier(2), place.hold_stock

    def hold_when_both_have_decided(holds) -> None:
        both_have_decided.wait(10)
        hold_stock(holds)

    monkeypatch.setattr(levels, "LOCK", levels.LOCK.replace("FOR NO KEY UPDATE", ""))
    monkeypatch.setattr(place, "hold_stock", hold_when_both_have_decided)
    monkeypatch.setattr(place, "ATTEMPTS", 1)
    outcomes = at_once(2, lambda _: place_orders([selling.wanted((0, 4))], now=NOW)[0])
    assert codes(outcomes) == {"OrderPlacement": 1, "IntegrityError": 1}
    assert "level_never_oversold" in str(next(one for one in outcomes if isinstance(one, IntegrityError)))
    assert check_books() == []


def test_the_same_order_a_hundred_times_at_once_is_one_order():
    selling = a_selling_store(stock=500)
    wanted = selling.wanted((0, 2), (1, 1))
    lane = Lane("test_orders", lambda some: place_orders(some, now=NOW))
    try:
        outcomes = at_once(
            50, lambda number: lane.submit_sync(wanted) if number % 2 else place_orders([wanted], now=NOW)[0]
        )
        outcomes += at_once(50, lambda _: place_orders([wanted], now=NOW)[0])
    finally:
        lane.stop()
    assert codes(outcomes) == {"OrderPlacement": 100}
    assert len(set(outcomes)) == 1
    assert Order.objects.count() == 1
    assert Level.objects.get(sku_id=selling.goods[0].sku_id).held == 2
    assert check_books() == []


def test_one_id_with_two_contents_is_one_order():
    selling = a_selling_store(stock=500)
    wanted = [selling.wanted((0, 1)), selling.wanted((1, 1))]
    order_id = wanted[0].id
    wanted[1] = selling.wanted((1, 1), id=order_id)
    outcomes = at_once(8, lambda number: place_orders([wanted[number % 2]], now=NOW)[0])
    assert codes(outcomes) == {"OrderPlacement": 4, "shared.repeat_differs": 4}
    assert Order.objects.count() == 1
    assert check_books() == []


def test_two_clerks_hand_one_order_over_once():
    selling = a_selling_store(stock=5)
    order = a_paid_order(selling, (0, 2), now=NOW)
    outcomes = at_once(
        6, lambda _: hand_over_orders([HandoverWanted(new_id(), selling.store.id, order.id)], now=NOW)[0]
    )
    assert codes(outcomes) == {"Handover": 1, "scene.handed_over_already": 5}
    assert Level.objects.get(sku_id=selling.goods[0].sku_id).on_hand == 3
    assert check_books() == []


def test_canceled_or_handed_over_but_not_both():
    selling = a_selling_store(stock=50)
    orders = [a_paid_order(selling, (0, 1), (1, 1), now=NOW) for _ in range(6)]

    def either(number: int) -> object:
        some = orders if number % 4 < 2 else orders[::-1]
        if number % 2:
            return cancel_orders([CancelWanted(one.id, new_id()) for one in some], now=NOW)
        return hand_over_orders([HandoverWanted(new_id(), one.store_id, one.id) for one in some], now=NOW)

    answers = at_once(8, either)
    assert all(isinstance(answer, list) for answer in answers), answers
    done = [one for answer in answers for one in answer if not isinstance(one, Refused)]
    assert len(done) == len({one.order_id for one in done}) == 6
    assert check_books() == []


PLACE_IN_ANOTHER_PROCESS = """
import sys, django
django.setup()
from django.conf import settings
from datetime import datetime, UTC
from uuid import UUID
from sitong.shared.access.scope import every_brand
from sitong.shared.ids import new_id
from sitong.scene.orders.actions import OrderWanted, place_orders
from sitong.scene.orders.rules import LineWanted
brand, store, sku = map(UUID, sys.argv[1:4])
sys.stdin.readline()
placed = 0
with every_brand():
    for _ in range(20):
        some = [OrderWanted(new_id(), brand, store, None, (LineWanted(sku, 1),)) for _ in range(5)]
        placed += sum(hasattr(one, "number") for one in place_orders(some, now=datetime(2026, 3, 3, 2, 0, tzinfo=UTC)))
print(placed)
"""


def test_two_processes_never_oversell_one_sku():
    selling = a_selling_store(stock=70)
    entry = settings.DATABASES["default"]
    environ = {
        "DJANGO_SETTINGS_MODULE": "sitong.console.settings", "SITONG_VAR": str(settings.VAR), "PATH": "/usr/bin:/bin",
        "DATABASE_URL": f"postgresql://{entry['USER']}@/{entry['NAME']}?host={entry['HOST']}",
    }  # fmt: skip
    command = [
        sys.executable,
        "-c",
        PLACE_IN_ANOTHER_PROCESS,
        str(selling.store.brand_id),
        str(selling.store.id),
        str(selling.goods[0].sku_id),
    ]
    both = [
        subprocess.Popen(command, cwd=ROOT, env=environ, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    for one in both:
        one.stdin.write("go\n")
        one.stdin.flush()
    placed = [int(one.communicate(timeout=60)[0]) for one in both]
    assert sum(placed) == 70
    assert Level.objects.get(sku_id=selling.goods[0].sku_id).held == 70
    assert Order.objects.count() == 70
    assert check_books() == []
