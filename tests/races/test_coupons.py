"""Coupons at the same instant: no quota is oversold, one member gets one, one coupon is redeemed once; and without the locks."""

from __future__ import annotations

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, transaction
from django.db.utils import IntegrityError

from sitong.marketing.coupons.actions import (
    PassWanted,
    RedeemedInOrder,
    RedeemWanted,
    VoidWanted,
    claim,
    claim_coupons,
    lock_claims,
    locking,
    pass_on_coupon,
    redeem,
    redeem_coupons,
    redeem_for_orders,
    take_passed_coupon,
    undo_redemptions,
    void_coupons,
)
from sitong.marketing.coupons.models import CouponClaim, CouponCount, Redemption
from sitong.shared.access.scope import every_brand
from sitong.shared.errors import Refused
from sitong.shared.ids import new_id
from sitong.shared.ledger.books import check_books
from tests.make.marketing import a_claim, a_claim_wanted, a_coupon, an_exchange
from tests.make.member import a_member
from tests.make.org import NOW, a_brand, a_store

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


def test_eight_threads_never_give_more_than_there_are():
    brand = a_brand()
    coupon, members = a_coupon(brand, quota_total=5), [a_member(brand) for _ in range(8)]
    outcomes = at_once(8, lambda at: claim_coupons([a_claim_wanted(coupon, members[at])], now=NOW)[0])
    assert codes(outcomes) == {"Claimed": 5, "marketing.coupon_gone": 3}
    assert CouponClaim.objects.count() == CouponCount.objects.get().given == 5
    assert check_books() == []


def test_without_the_lock_the_last_coupon_is_given_twice(monkeypatch):
    """The control: counts that are read without a lock let both have the last one, and the books say so."""
    brand = a_brand()
    coupon, members = a_coupon(brand, quota_total=1), [a_member(brand) for _ in range(2)]
    both_have_decided, write = threading.Barrier(2), claim._write

    def write_when_both_have_decided(*some, **named) -> None:
        both_have_decided.wait(10)
        write(*some, **named)

    monkeypatch.setattr(claim, "LOCK_COUNTS", claim.LOCK_COUNTS.replace("FOR NO KEY UPDATE", ""))
    monkeypatch.setattr(claim, "_write", write_when_both_have_decided)
    outcomes = at_once(2, lambda at: claim_coupons([a_claim_wanted(coupon, members[at])], now=NOW)[0])
    assert codes(outcomes) == {"Claimed": 2}
    assert check_books() == [f"marketing.coupons: coupon {coupon.number}: 2 are out, its quota is 1"]


def test_one_member_who_asks_eight_times_at_once_gets_one():
    brand = a_brand()
    coupon, member = a_coupon(brand), a_member(brand)
    outcomes = at_once(8, lambda _: claim_coupons([a_claim_wanted(coupon, member)], now=NOW)[0])
    assert codes(outcomes) == {"Claimed": 1, "marketing.have_yours": 7}
    assert CouponClaim.objects.count() == 1


def test_without_the_lock_one_member_gets_two(monkeypatch):
    """The control: what a member has had, read without the coupon's lock, is none for both."""
    brand = a_brand()
    coupon, member = a_coupon(brand), a_member(brand)
    both_have_decided, write = threading.Barrier(2), claim._write

    def write_when_both_have_decided(*some, **named) -> None:
        both_have_decided.wait(10)
        write(*some, **named)

    monkeypatch.setattr(claim, "LOCK_COUNTS", claim.LOCK_COUNTS.replace("FOR NO KEY UPDATE", ""))
    monkeypatch.setattr(claim, "_write", write_when_both_have_decided)
    outcomes = at_once(2, lambda _: claim_coupons([a_claim_wanted(coupon, member)], now=NOW)[0])
    assert codes(outcomes) == {"Claimed": 2}
    assert CouponClaim.objects.filter(member_id=member.id).count() == 2


def test_the_same_claim_fifty_times_at_once_is_one_claim():
    brand = a_brand()
    wanted = a_claim_wanted(a_coupon(brand, per_member=50), a_member(brand))
    outcomes = at_once(16, lambda _: claim_coupons([wanted, wanted, wanted], now=NOW)[-1])
    assert len(set(outcomes)) == 1
    assert CouponClaim.objects.count() == CouponCount.objects.get().given == 1


def test_batches_that_want_two_coupons_crosswise_do_not_wait_in_a_circle():
    brand = a_brand()
    first, second = a_coupon(brand, quota_total=20), a_coupon(brand, quota_total=20)
    members = [a_member(brand) for _ in range(8)]

    def both(at: int) -> list[object]:
        pair = [first, second] if at % 2 else [second, first]
        return [
            type(one).__name__ for one in claim_coupons([a_claim_wanted(one, members[at]) for one in pair], now=NOW)
        ]

    assert at_once(8, both) == [["Claimed", "Claimed"]] * 8
    assert check_books() == []


class Held:
    """A member with a coupon for the counter, and two stores."""

    def __init__(self) -> None:
        self.brand = a_brand()
        self.stores = [a_store(self.brand), a_store(self.brand)]
        self.member = a_member(self.brand)
        self.claim = a_claim(an_exchange(self.brand, new_id(), transferable=True), self.member)

    def redeem(self, at: int):
        wanted = RedeemWanted(new_id(), self.brand.id, self.stores[at % 2].id, self.claim.code)
        return redeem_coupons([wanted], now=NOW)[0]


def test_two_counters_that_scan_one_coupon_at_once_redeem_it_once():
    there = Held()
    outcomes = at_once(8, there.redeem)
    assert codes(outcomes) == {"Redeemed": 1, "marketing.already_redeemed": 7}
    assert Redemption.objects.count() == 1
    won = next(one for one in outcomes if type(one).__name__ == "Redeemed")
    where = {one.facts["where"] for one in outcomes if one is not won}
    assert where == {next(one.name for one in there.stores if one.id == won.store_id)}
    assert check_books() == []


def test_without_the_lock_both_counters_think_that_it_is_good(monkeypatch):
    """The control: both decide to redeem; only the table's last guard stops the second."""
    there = Held()
    both_have_decided, write = threading.Barrier(2), redeem._write

    def write_when_both_have_decided(*some, **named) -> None:
        both_have_decided.wait(10)
        write(*some, **named)

    monkeypatch.setattr(locking, "LOCK", locking.LOCK.replace("FOR NO KEY UPDATE", ""))
    monkeypatch.setattr(redeem, "_write", write_when_both_have_decided)
    monkeypatch.setattr(redeem, "ATTEMPTS", 1)
    outcomes = at_once(2, there.redeem)
    assert codes(outcomes) == {"Redeemed": 1, "IntegrityError": 1}
    assert "redeemed_once_a_turn" in str(next(one for one in outcomes if isinstance(one, IntegrityError)))


def test_a_terminal_that_repeats_its_nonce_from_eight_lines_gets_one_answer():
    there = Held()
    wanted = RedeemWanted(new_id(), there.brand.id, there.stores[0].id, there.claim.code)
    outcomes = at_once(8, lambda _: redeem_coupons([wanted], now=NOW)[0])
    assert codes(outcomes) == {"Redeemed": 8} and len(set(outcomes)) == 1
    assert Redemption.objects.count() == 1


def test_used_in_an_order_or_at_a_counter_or_void_or_passed_on_but_only_one_of_them():
    for _ in range(4):
        there = Held()
        friend = a_member(there.brand)
        offer = pass_on_coupon(PassWanted(new_id(), there.brand.id, there.claim.id, there.member.id), now=NOW)

        def one_of_four(at: int, there=there, friend=friend, offer=offer) -> object:
            if at == 0:
                return there.redeem(0)
            if at == 1:
                return void_coupons([VoidWanted(there.claim.id)], by=None, now=NOW)[0]
            if at == 2:
                return take_passed_coupon(offer.id, member_id=friend.id, brand_id=there.brand.id, now=NOW)
            with transaction.atomic():
                claim = lock_claims([there.claim.id], product_ids=())[there.claim.id]
                if claim.state != "ready" or claim.member_id != there.member.id:
                    return None
                redeem_for_orders([RedeemedInOrder(claim, new_id(), there.stores[0].id, 100)], now=NOW)
                return "order"

        outcomes = at_once(4, one_of_four)
        row = CouponClaim.objects.get(id=there.claim.id)
        live = Redemption.objects.filter(claim_id=there.claim.id).count()
        assert not any(isinstance(one, Exception) and not hasattr(one, "code") for one in outcomes), outcomes
        assert live == (1 if row.state == "redeemed" else 0)
        assert not (outcomes[3] == "order" and row.member_id == friend.id)
    assert check_books() == []


def test_an_order_given_back_from_four_lines_at_once_gives_the_coupon_back_once():
    there = Held()
    order = new_id()
    with transaction.atomic():
        claim_now = lock_claims([there.claim.id], product_ids=())[there.claim.id]
        redeem_for_orders([RedeemedInOrder(claim_now, order, there.stores[0].id, 100)], now=NOW)
    outcomes = at_once(4, lambda _: undo_redemptions([order], reason="canceled", now=NOW))
    assert sorted(outcomes) == [[], [], [], [there.claim.id]]
    row = CouponClaim.objects.get()
    assert (row.state, row.turn) == ("ready", 2)
    assert check_books() == []
