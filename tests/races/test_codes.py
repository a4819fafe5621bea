"""Codes at the same instant: a box is received once, a code has one first scan, numbers are given once; and without the locks."""

from __future__ import annotations

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from sitong.goods.codes.actions import BatchWanted, MoveWanted, Place, make_batches, move, move_codes, scan_codes
from sitong.goods.codes.models import CodeBatch, CodeMove, CodeState, Scan
from sitong.goods.inventory.actions import LocationWanted, open_locations
from sitong.goods.inventory.queries import levels_now
from sitong.shared.access.scope import every_brand
from sitong.shared.errors import Refused
from sitong.shared.ids import new_id
from sitong.shared.ledger.books import check_books
from tests.make.codes import a_batch, a_code_scan, a_tree, code_texts
from tests.make.org import NOW, a_brand, a_store, done

pytestmark = pytest.mark.usefixtures("committed_db")


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
    return Counter(one.code if isinstance(one, Refused) else type(one).__name__ for one in outcomes)


def a_box_on_its_way():
    """A box of twelve that was shipped to a store, and what receiving it would be."""
    brand = a_brand()
    store = a_store(brand)
    open_locations([LocationWanted(store.id, brand.id, "store", store.id, "店")])
    tree = a_tree(brand, items=12, per_box=12, per_pallet=1)
    shop, texts = Place("store", store.id), tuple(code_texts(tree.boxes, 1))
    done(move_codes([MoveWanted(new_id(), brand.id, "ship", Place("brand", brand.id), texts, to=shop)], now=NOW))

    def receive(_number: int):
        return move_codes([MoveWanted(new_id(), brand.id, "receive", shop, texts, book=True)], now=NOW)[0]

    return receive, (store.id, tree.sku_id)


def test_eight_clerks_receive_one_box_once():
    receive, level = a_box_on_its_way()
    assert codes(at_once(8, receive)) == {"Moved": 1, "goods.code_received": 7}
    assert CodeMove.objects.filter(kind="receive").count() == 1
    assert levels_now([level])[level].on_hand == 12
    assert check_books() == []


def test_without_the_lock_two_clerks_receive_the_same_box_and_stock_doubles(monkeypatch):
    """The control: both read that the box is on its way before either has written."""
    receive, level = a_box_on_its_way()
    both_have_read, ground_of = threading.Barrier(2), move.ground_of

    def read_and_wait(*some):
        found = ground_of(*some)
        both_have_read.wait(10)
        return found

    monkeypatch.setattr(move, "lock_spaces", lambda brand_ids: {})
    monkeypatch.setattr(move, "ground_of", read_and_wait)
    monkeypatch.setattr(move, "write_ground", lambda *some, **named: None)
    assert codes(at_once(2, receive)) == {"Moved": 2}
    assert levels_now([level])[level].on_hand == 24


def test_of_eight_who_scan_a_code_one_is_the_first():
    batch = a_batch(a_brand().id)
    outcomes = at_once(8, lambda _: scan_codes([a_code_scan(batch, 1)], now=NOW)[0])
    assert sorted(one.before for one in outcomes) == list(range(8))
    assert CodeState.objects.get().scans == Scan.objects.count() == 8
    assert check_books() == []


def test_the_same_scan_sent_by_eight_at_once_is_one_scan():
    batch = a_batch(a_brand().id)
    scan = a_code_scan(batch, 1)
    outcomes = at_once(8, lambda _: scan_codes([scan], now=NOW)[0])
    assert {one.before for one in outcomes} == {0}
    assert CodeState.objects.get().scans == Scan.objects.count() == 1


def test_batches_that_are_made_at_once_share_no_number():
    brand = a_brand()
    outcomes = at_once(8, lambda _: make_batches([BatchWanted(new_id(), brand.id, 1000)], by=None, now=NOW)[0])
    assert codes(outcomes) == {"CodeBatch": 8}
    assert sorted(CodeBatch.objects.values_list("first_number", flat=True)) == list(range(0, 8000, 1000))
    assert check_books() == []
