"""Rebates: a store or a dealer is owed something for each code that it scans in, once, within the budget."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import transaction

from sitong.goods.codes.events import CodesMoved
from sitong.marketing.scans.actions.rebates import OWED, define_rebate_plans, earn_rebates, end_rebate_plan
from sitong.marketing.scans.models import Rebate, RebatePlan
from sitong.marketing.scans.queries import rebate_owed_minor, rebates_of
from sitong.marketing.scans.rebating import RebatePlanFault, RebatePlanWanted, Received
from sitong.shared.errors import RepeatDiffers
from sitong.shared.events.actions import announce
from sitong.shared.events.reader import drain
from sitong.shared.ids import new_id
from sitong.shared.ledger.books import check_books
from sitong.shared.ledger.models import LedgerAccount
from tests.make.codes import a_batch
from tests.make.org import NOW, a_brand, a_store, done


@pytest.fixture
def brand(db):
    return a_brand()


def a_rebate_plan(brand, **fields):
    values = {
        "id": new_id(),
        "brand_id": brand.id,
        "name": "收货返利",
        "amount_minor": 200,
        "starts_at": NOW,
        "ends_at": NOW + timedelta(days=9),
        **fields,
    }
    return done(define_rebate_plans([RebatePlanWanted(**values)], by=None, now=NOW))


def a_receipt(batch, holder, first: int = 1, last: int = 1, kind: str = "store") -> Received:
    return Received(new_id(), batch.brand_id, batch.id, first, last, kind, holder.id)


def test_each_scanned_box_earns_once_and_is_owed_on_the_ledger(brand):
    store, other = a_store(brand), a_store(brand)
    boxes, items = a_batch(brand.id, 100, level="box"), a_batch(brand.id, 100)
    a_rebate_plan(brand)
    first = a_receipt(boxes, store, 1, 3)
    assert earn_rebates([first, a_receipt(items, store, 1, 50)], now=NOW) == 3
    assert earn_rebates([first], now=NOW) == 0
    assert earn_rebates([a_receipt(boxes, other, 3, 5)], now=NOW) == 2
    assert (rebate_owed_minor(store.id), rebate_owed_minor(other.id)) == (600, 400)
    assert LedgerAccount.objects.get(owner_id=store.id, kind=OWED).credits_posted == 600
    assert [(row["codes"], row["minor"]) for row in rebates_of(store.id)] == [(3, 600)]
    assert check_books() == []


def test_the_budget_is_kept_and_nothing_is_earned_after_the_end(brand):
    store, boxes = a_store(brand), a_batch(brand.id, 100, level="box")
    plan = a_rebate_plan(brand, budget_minor=500)
    assert earn_rebates([a_receipt(boxes, store, 1, 10)], now=NOW) == 2
    assert RebatePlan.objects.get(id=plan.id).spent_minor == 400
    generous = a_rebate_plan(brand)
    end_rebate_plan(generous.id, by=None, now=NOW)
    assert earn_rebates([a_receipt(boxes, store, 11, 20)], now=NOW) == 0
    assert Rebate.objects.count() == 2 and check_books() == []


@pytest.mark.usefixtures("committed_db")
def test_a_receipt_that_is_announced_is_heard():
    brand = a_brand()
    store, boxes = a_store(brand), a_batch(brand.id, 100, level="box")
    a_rebate_plan(brand, starts_at=NOW - timedelta(days=400), ends_at=NOW + timedelta(days=4_000))
    moved = CodesMoved(brand.id, new_id(), "receive", boxes.id, 7, 8, "store", store.id)
    with transaction.atomic():
        announce([moved, replace(moved, kind="ship"), replace(moved, to_kind="", to_id=None)], at=NOW)
    drain("marketing.rebates")
    assert rebate_owed_minor(store.id) == 400


def test_a_rebate_that_cannot_be_is_refused(brand):
    sound = RebatePlanWanted(new_id(), brand.id, "返利", 100, NOW, NOW + timedelta(days=1))
    wrong = [
        replace(sound, id=new_id(), amount_minor=0),
        replace(sound, id=new_id(), ends_at=NOW),
        replace(sound, id=new_id(), budget_minor=99),
    ]
    assert define_rebate_plans(wrong, by=None, now=NOW) == [RebatePlanFault()] * 3
    assert RebatePlan.objects.count() == 0
    done(define_rebate_plans([sound], by=None, now=NOW))
    done(define_rebate_plans([sound], by=None, now=NOW))
    assert define_rebate_plans([replace(sound, amount_minor=101)], by=None, now=NOW) == [RepeatDiffers(id=sound.id)]
