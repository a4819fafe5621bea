"""Checking in at the same instant: one day is counted once, and its reward given once; and without the lock."""

from __future__ import annotations

import threading

import pytest

from sitong.marketing.checkin.actions import check_in, counting, writing
from sitong.marketing.checkin.queries.results import standing_of
from sitong.marketing.checkin.rules import Step
from sitong.marketing.giving.rules import Reward
from sitong.marketing.models import CheckIn, CouponClaim
from sitong.shared.ledger.books import check_books
from tests.make.checkin import a_card, a_plan, agrees, asks_for_location, checks_in, wanted_in
from tests.make.member import a_member
from tests.make.org import NOW, a_brand, a_store
from tests.races.test_coupons import at_once, codes

pytestmark = pytest.mark.usefixtures("committed_db")


def a_member_in_two_stores(count: int = 2):
    brand = a_brand()
    asks_for_location(brand)
    stores, member = [a_store(brand) for _ in range(count)], a_member(brand)
    agrees(brand, member)
    a_plan(brand, Step("day", 1, Reward("coupon", 1, a_card(brand).id)), per="store")
    return brand, stores, member


def test_eight_taps_at_once_are_one_day_and_one_reward():
    brand, (store, _), member = a_member_in_two_stores()
    outcomes = at_once(8, lambda _at: check_in([wanted_in(store, member)], now=NOW)[0])
    assert codes(outcomes) == {"CheckedIn": 1, "marketing.checked_in_already": 7}
    assert CheckIn.objects.count() == CouponClaim.objects.count() == standing_of(brand.id, member.id).total == 1
    assert check_books() == []


def test_the_same_challenge_eight_times_at_once_is_one_check_in():
    _brand, (store, _), member = a_member_in_two_stores()
    wanted = wanted_in(store, member)
    outcomes = at_once(8, lambda _at: check_in([wanted], now=NOW)[0])
    assert codes(outcomes) == {"CheckedIn": 8}
    assert len({one.id for one in outcomes}) == CheckIn.objects.count() == 1


def test_two_stores_at_once_are_one_day_of_the_brand():
    brand, stores, member = a_member_in_two_stores(4)
    outcomes = at_once(4, lambda at: check_in([wanted_in(stores[at], member)], now=NOW)[0])
    assert codes(outcomes) == {"CheckedIn": 4}
    assert standing_of(brand.id, member.id).total == 1
    assert check_books() == []


def test_without_the_lock_the_brand_s_days_are_wrong(monkeypatch):
    """The control: standings that are read without a lock let the second day overwrite what the first has written."""
    brand, stores, member = a_member_in_two_stores()
    for store in stores:
        checks_in(store, member)
    both_have_decided, write = threading.Barrier(2), counting._write
    wrong_lock = """
        SELECT s.place_id, s.member_id, s.streak, s.since_on, s.last_on, s.total
        FROM unnest(%s::uuid[], %s::uuid[], %s::uuid[]) AS w(place_id, member_id, brand_id)
        JOIN marketing_checkinstanding AS s ON s.place_id = w.place_id AND s.member_id = w.member_id
    """

    def write_when_both_have_decided(*some) -> None:
        both_have_decided.wait(10)
        write(*some)

    monkeypatch.setattr(writing, "LOCK", wrong_lock)
    monkeypatch.setattr(counting, "_write", write_when_both_have_decided)
    days = [NOW.replace(day=4), NOW.replace(day=5)]
    outcomes = at_once(2, lambda at: check_in([wanted_in(stores[at], member)], now=days[at])[0])
    assert codes(outcomes) == {"CheckedIn": 2}
    assert standing_of(brand.id, member.id).total == 2
    assert any("stands at" in one for one in check_books())
