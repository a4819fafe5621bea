"""One coupon in fifty carts at once, and points spent twice at once: one order has them; and what happens without the lock."""

from __future__ import annotations

import threading
from types import SimpleNamespace

import pytest

from sitong.marketing.coupons.queries import claims_ready
from sitong.marketing.models import CouponClaim, Redemption
from sitong.member.points.queries import points_now
from sitong.scene.cart.queries import Wishes, quote_of
from sitong.scene.models import Order
from sitong.scene.orders.actions import benefits, place_orders
from sitong.shared.ledger.books import check_books
from tests.make.marketing import a_claim, a_coupon
from tests.make.points import a_points_plan, some_points
from tests.make.scene import a_selling_store
from tests.races.test_orders import NOW, at_once, codes

pytestmark = pytest.mark.usefixtures("committed_db")
CARTS = 50


def a_held_coupon(selling, **fields):
    return a_claim(a_coupon(SimpleNamespace(id=selling.store.brand_id), per_member=9, **fields), selling.member)


def test_of_fifty_carts_with_one_coupon_one_order_has_it():
    selling = a_selling_store(stock=500)
    claim = a_held_coupon(selling)
    outcomes = at_once(
        CARTS, lambda _: place_orders([selling.wanted((0, 1), coupon_claim_ids=(claim.id,))], now=NOW)[0]
    )
    assert codes(outcomes) == {"OrderPlacement": 1, "marketing.coupon_used": CARTS - 1}
    assert Redemption.objects.count() == Order.objects.count() == 1
    assert CouponClaim.objects.get().state == "redeemed"
    assert check_books() == []


def test_of_fifty_carts_that_take_the_best_coupon_one_has_it_and_all_are_placed():
    selling = a_selling_store(stock=500)
    a_held_coupon(selling)
    outcomes = at_once(CARTS, lambda _: place_orders([selling.wanted((0, 1), best_coupons=True)], now=NOW)[0])
    assert codes(outcomes) == {"OrderPlacement": CARTS}
    assert sorted(Order.objects.values_list("total_minor", flat=True))[:2] == [790, 1290]
    assert Redemption.objects.count() == 1
    assert check_books() == []


def test_of_a_members_first_orders_at_once_only_one_is_the_first():
    selling = a_selling_store(stock=500)
    claims = [a_held_coupon(selling, terms={"first_order": True}) for _ in range(6)]
    outcomes = at_once(
        6, lambda at: place_orders([selling.wanted((0, 1), coupon_claim_ids=(claims[at].id,))], now=NOW)[0]
    )
    assert codes(outcomes) == {"OrderPlacement": 1, "marketing.coupon_not_applicable": 5}
    assert check_books() == []


def test_one_promise_placed_by_many_is_kept_once():
    selling = a_selling_store(stock=500)
    a_held_coupon(selling)
    wanted = selling.wanted((0, 1))
    quote = quote_of(
        wanted.lines, brand_id=wanted.brand_id, store_id=wanted.store_id, at=NOW,
        wishes=Wishes(selling.member.id, best_coupons=True),
    )  # fmt: skip
    outcomes = at_once(8, lambda _: place_orders([selling.wanted((0, 1), promise=quote.promise)], now=NOW)[0])
    assert codes(outcomes) == {"OrderPlacement": 1, "marketing.coupon_used": 7}
    assert check_books() == []


def test_points_are_not_spent_twice_at_once():
    selling = a_selling_store(stock=500)
    a_points_plan(SimpleNamespace(id=selling.store.brand_id))
    some_points(selling.member, 250)
    outcomes = at_once(8, lambda _: place_orders([selling.wanted((0, 1), points=100)], now=NOW)[0])
    assert codes(outcomes) == {"OrderPlacement": 2, "scene.points_too_many": 6}
    assert points_now([selling.member.id])[selling.member.id].ready == 50
    assert check_books() == []


def test_coupons_and_points_of_crossing_carts_never_wait_in_a_circle():
    selling = a_selling_store(stock=500)
    a_points_plan(SimpleNamespace(id=selling.store.brand_id))
    some_points(selling.member, 100_000)
    claims = [a_held_coupon(selling, stacking="free", value_minor=10) for _ in range(2)]
    a_held_coupon(selling)

    def place(number: int) -> object:
        some = claims if number % 2 else claims[::-1]
        lines = ((0, 1), (1, 1)) if number % 3 else ((1, 1), (0, 1))
        wanted = [selling.wanted(*lines, coupon_claim_ids=(one.id,), points=10) for one in some]
        return place_orders(wanted, now=NOW)

    outcomes = at_once(8, place)
    assert all(isinstance(one, list) for one in outcomes), outcomes
    assert codes([one for some in outcomes for one in some]) == {"OrderPlacement": 2, "marketing.coupon_used": 14}
    assert check_books() == []


def test_without_the_lock_a_coupon_is_given_to_two_orders(monkeypatch):
    """The control: a coupon read without its lock is good for both; only the table's last guard stops the second."""
    selling = a_selling_store(stock=50)
    claim = a_held_coupon(selling)
    both_have_decided, use_benefits, decided = threading.Barrier(2), benefits.redeem_for_orders, []

    def read_only(claim_ids, *, product_ids, store_ids=None):
        held = claims_ready([selling.member.id], at=NOW, product_ids=product_ids, store_ids=store_ids)
        return {one.id: one for some in held.values() for one in some if one.id in set(claim_ids)}

    def redeem_when_both_have_decided(redeemed, *, now) -> None:
        decided.append([one.claim.id for one in redeemed])
        if len(decided) <= 2:
            both_have_decided.wait(10)
        use_benefits(redeemed, now=now)

    monkeypatch.setattr(benefits, "lock_claims", read_only)
    monkeypatch.setattr(benefits, "redeem_for_orders", redeem_when_both_have_decided)
    at_once(2, lambda at: place_orders([selling.wanted((at, 1), coupon_claim_ids=(claim.id,))], now=NOW)[0])
    assert decided[:2] == [[claim.id], [claim.id]]  # both orders were to have it
    assert Redemption.objects.count() == 1


def test_without_the_lock_points_are_promised_to_two_orders(monkeypatch):
    """The control: points read without their lock are enough for both; the second is stopped when it spends them."""
    selling = a_selling_store(stock=50)
    a_points_plan(SimpleNamespace(id=selling.store.brand_id))
    some_points(selling.member, 100)
    both_have_decided, spend_points = threading.Barrier(2), benefits.spend_points

    def spend_when_both_have_decided(spent, *, now):
        both_have_decided.wait(10)
        return spend_points(spent, now=now)

    monkeypatch.setattr(benefits, "lock_points", points_now)
    monkeypatch.setattr(benefits, "spend_points", spend_when_both_have_decided)
    outcomes = at_once(2, lambda at: place_orders([selling.wanted((at, 1), points=100)], now=NOW)[0])
    assert codes(outcomes) == {"OrderPlacement": 1, "RuntimeError": 1}
    assert check_books() == []
