"""One code on fifty phones at the same instant gives one reward, and a budget is never overdrawn; and without the locks."""

from __future__ import annotations

import pytest
from django.db import IntegrityError

from sitong.goods.codes.models import CodeState
from sitong.marketing.giving.models import CashDue
from sitong.marketing.scans.actions import scan, scan_for_reward
from sitong.marketing.scans.models import CodeDraw, ScanPlanCount
from sitong.shared.ledger.books import check_books
from tests.make.codes import a_batch
from tests.make.member import a_member
from tests.make.org import NOW, a_brand
from tests.make.scans import a_scan, a_scan_plan
from tests.races.test_coupons import at_once

pytestmark = pytest.mark.usefixtures("committed_db")
PHONES = 50


def town(**terms):
    brand = a_brand()
    batch = a_batch(brand.id, 100)
    return batch, a_scan_plan(batch, **terms), [a_member(brand) for _ in range(PHONES)]


def test_one_code_on_fifty_phones_gives_one_reward():
    batch, plan, members = town()
    outcomes = at_once(PHONES, lambda at: scan_for_reward([a_scan(batch, 1, members[at])], now=NOW)[0])
    assert not [one for one in outcomes if isinstance(one, Exception)]
    assert sorted(one.reward is not None for one in outcomes) == [False] * 49 + [True]
    assert (CodeDraw.objects.count(), CashDue.objects.count()) == (1, 1)
    assert sum(one.mine for one in outcomes) == 1 and all(one.drawn for one in outcomes)
    assert ScanPlanCount.objects.get(plan_id=plan.id).spent_minor == 100
    assert check_books() == []


def test_fifty_codes_at_once_never_overdraw_a_budget():
    batch, plan, members = town(budget_minor=1_000)
    outcomes = at_once(PHONES, lambda at: scan_for_reward([a_scan(batch, at + 1, members[at])], now=NOW)[0])
    assert not [one for one in outcomes if isinstance(one, Exception)]
    assert sum(one.reward is not None for one in outcomes) == 10
    count = ScanPlanCount.objects.get(plan_id=plan.id)
    assert (count.drawn, count.won, count.spent_minor) == (10, 10, 1_000)
    assert CodeState.objects.count() == PHONES and check_books() == []


def test_without_the_plan_s_lock_the_budget_is_overdrawn(monkeypatch):
    """The control: what the lock prevents does happen without it."""
    monkeypatch.setattr(scan, "LOCK_COUNTS", scan.LOCK_COUNTS.replace("FOR NO KEY UPDATE", ""))
    batch, _plan, members = town(budget_minor=1_000)
    for start in (0, 25):
        at_once(
            25,
            lambda at, start=start: scan_for_reward([a_scan(batch, start + at + 1, members[start + at])], now=NOW)[0],
        )
    assert CodeDraw.objects.exclude(prize=None).count() > 10 or check_books() != []


def test_without_looking_again_under_the_lock_a_code_would_be_drawn_twice(monkeypatch):
    """The second control: the unique key of a draw is what is left, and it refuses what was read before the lock."""
    batch, _plan, members = town()
    monkeypatch.setattr(scan, "ATTEMPTS", 1)
    monkeypatch.setattr(scan, "drawn_with", lambda _keys: {})
    outcomes = at_once(PHONES, lambda at: scan_for_reward([a_scan(batch, 1, members[at])], now=NOW)[0])
    assert any(isinstance(one, IntegrityError) for one in outcomes)
    assert CodeDraw.objects.count() == 1
