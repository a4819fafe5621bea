"""Redeeming coupons: once only, with reasons that a clerk understands; and taking it back."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from sitong.marketing.coupons.actions import (
    RedeemedInOrder,
    RedeemWanted,
    VoidWanted,
    lock_claims,
    redeem_coupons,
    redeem_for_orders,
    undo_redemptions,
    void_coupon,
    void_coupons,
)
from sitong.marketing.coupons.counter import counter_code, counter_code_holds
from sitong.marketing.coupons.models import CouponClaim, CouponCount, Redemption, RedemptionUndone
from sitong.marketing.coupons.queries import claim_by_code, claims_ready
from sitong.marketing.coupons.queries.member import claim_history
from sitong.marketing.coupons.queries.results import coupon_results, orders_with, results_by_day, results_by_store
from sitong.shared.errors import NotFound, Refused, RepeatDiffers, sentence
from sitong.shared.events.models import Event
from sitong.shared.ids import new_id
from sitong.shared.ledger.books import check_books
from tests.make.marketing import a_claim, a_coupon, an_exchange, chosen
from tests.make.member import a_member
from tests.make.org import NOW, a_brand, a_dealer, a_store

pytestmark = pytest.mark.usefixtures("db")
DAY = timedelta(days=1)


class Counter:
    """A store's counter, and a member who comes there with a coupon."""

    def __init__(self, **fields) -> None:
        self.brand = a_brand()
        self.store, self.member, self.product = a_store(self.brand), a_member(self.brand), new_id()
        self.coupon = an_exchange(self.brand, self.product, **fields)
        self.claim = a_claim(self.coupon, self.member)

    def wanted(self, **fields) -> RedeemWanted:
        return RedeemWanted(
            **{
                "nonce": new_id(),
                "brand_id": self.brand.id,
                "store_id": self.store.id,
                "code": self.claim.code,
                **fields,
            }
        )

    def redeem(self, *, at=NOW, **fields):
        return redeem_coupons([self.wanted(**fields)], now=at)[0]


def code_of(outcome) -> str:
    assert isinstance(outcome, Refused), outcome
    assert not RedemptionUndone.objects.exists()
    return outcome.code


def test_a_scanned_coupon_is_redeemed_once_and_says_where():
    there = Counter()
    nonce, clerk = new_id(), new_id()
    redeemed = there.redeem(nonce=nonce, by=clerk)
    row = Redemption.objects.get()
    assert (row.id, row.claim_id, row.turn, row.store_id, row.order_id, row.by) == (
        nonce,
        there.claim.id,
        1,
        there.store.id,
        None,
        clerk,
    )
    assert CouponClaim.objects.get().state == "redeemed"
    assert there.redeem(nonce=nonce, by=clerk, at=NOW + DAY) == redeemed
    assert Redemption.objects.count() == 1
    again = there.redeem(at=NOW + DAY)
    assert (again.code, again.facts) == (
        "marketing.already_redeemed",
        {"when": "2026-03-03 10:00", "where": there.store.name},
    )
    with translation.override("zh-hans"):
        assert sentence(again) == f"这张券已经核销过了：2026-03-03 10:00，{there.store.name}。"
    assert check_books() == []


def test_another_coupon_under_the_same_nonce_is_refused():
    there = Counter(per_member=2)
    other = a_claim(there.coupon, there.member)
    nonce = new_id()
    there.redeem(nonce=nonce)
    assert isinstance(there.redeem(nonce=nonce, code=other.code), RepeatDiffers)
    assert CouponClaim.objects.get(id=other.id).state == "ready"


def test_the_code_is_read_however_it_is_typed():
    there = Counter()
    typed = f"{there.claim.code[:5]}-{there.claim.code[5:]}".lower()
    assert there.redeem(code=typed).claim_id == there.claim.id


def test_unknown_codes_and_other_brands_coupons_are_unknown():
    there, elsewhere = Counter(), Counter()
    assert code_of(there.redeem(code="C00000000000000")) == "marketing.coupon_unknown"
    assert code_of(there.redeem(code="nonsense")) == "marketing.coupon_unknown"
    assert code_of(there.redeem(code=elsewhere.claim.code)) == "marketing.coupon_unknown"
    assert code_of(there.redeem(code="", claim_id=elsewhere.claim.id)) == "marketing.coupon_unknown"
    assert isinstance(there.redeem(store_id=elsewhere.store.id), NotFound)
    assert not Redemption.objects.exists()


def test_its_time_has_a_beginning_and_an_end_by_the_stores_clock():
    there = Counter(valid_from=NOW + DAY, valid_until=NOW + 2 * DAY)
    early, late = there.redeem(), there.redeem(at=NOW + 2 * DAY)
    assert (early.code, early.facts) == ("marketing.coupon_not_yet", {"since": "2026-03-04 10:00"})
    assert (late.code, late.facts) == ("marketing.coupon_expired", {"until": "2026-03-05 10:00"})
    assert not Redemption.objects.exists()


def test_void_ones_say_so():
    there = Counter(per_member=2)
    other = a_claim(there.coupon, there.member)
    void_coupons([VoidWanted(there.claim.id, "lost")], by=None, now=NOW)
    assert code_of(there.redeem()) == "marketing.coupon_void"
    void_coupon(there.coupon.id, reason="misprint", by=None, now=NOW)
    assert code_of(there.redeem(code=other.code)) == "marketing.coupon_void"
    assert claims_ready([there.member.id], at=NOW, product_ids=()) == {there.member.id: []}


def test_it_holds_in_its_stores_alone():
    brand = a_brand()
    here, there, franchise = a_store(brand), a_store(brand), a_store(dealer=a_dealer(brand))
    member = a_member(brand)

    def outcome(coupon, store):
        claim = a_claim(coupon, member)
        return redeem_coupons([RedeemWanted(new_id(), brand.id, store.id, claim.code)], now=NOW)[0]

    product = new_id()
    by_store = {"product_ids": [product], "store_ids": [here.id]}
    assert code_of(outcome(an_exchange(brand, product, terms=by_store), there)) == "marketing.wrong_store"
    by_kind = {"product_ids": [product], "store_kinds": ["franchise"]}
    assert code_of(outcome(an_exchange(brand, product, terms=by_kind), here)) == "marketing.wrong_store"
    assert outcome(an_exchange(brand, product, terms=by_kind), franchise).store_id == franchise.id
    choosing = an_exchange(brand, product, stores_choose=True, per_member=2)
    chosen(choosing, there)
    assert code_of(outcome(choosing, here)) == "marketing.wrong_store"
    assert outcome(choosing, there).store_id == there.id


def test_it_holds_on_its_days_and_at_its_hours_by_the_stores_clock():
    product = new_id()
    on_monday = Counter(terms={"product_ids": [product], "weekdays": [0]})
    assert code_of(on_monday.redeem()) == "marketing.wrong_day"  # NOW is a Tuesday
    at_noon = Counter(terms={"product_ids": [product], "hour_from": 11, "hour_until": 13})
    refused = at_noon.redeem()  # 10:00 there
    assert (refused.code, refused.facts) == ("marketing.wrong_hour", {"hour_from": 11, "hour_until": 13})
    assert not isinstance(at_noon.redeem(at=NOW + timedelta(hours=1)), Refused)
    online = Counter(terms={"product_ids": [product], "channels": ["mini_shop"]})
    assert code_of(online.redeem()) == "marketing.online_only"


def test_what_takes_something_off_a_sale_goes_to_the_till():
    brand = a_brand()
    claim = a_claim(a_coupon(brand), a_member(brand))
    outcome = redeem_coupons([RedeemWanted(new_id(), brand.id, a_store(brand).id, claim.code)], now=NOW)[0]
    assert code_of(outcome) == "marketing.needs_sale"
    assert CouponClaim.objects.get().state == "ready"


def test_a_consumer_redeems_only_its_own():
    there = Counter()
    stranger = a_member(there.brand)
    assert code_of(there.redeem(code="", claim_id=there.claim.id, member_id=stranger.id)) == "marketing.not_yours"
    assert there.redeem(code="", claim_id=there.claim.id, member_id=there.member.id).claim_id == there.claim.id


def test_the_same_coupon_twice_in_one_batch_is_redeemed_once():
    there = Counter()
    first, second = redeem_coupons([there.wanted(), there.wanted()], now=NOW)
    assert first.claim_id == there.claim.id
    assert code_of(second) == "marketing.already_redeemed"
    assert Redemption.objects.count() == 1


def test_two_redemptions_and_twenty_take_as_many_statements():
    brand = a_brand()
    store, member = a_store(brand), a_member(brand)
    coupon = an_exchange(brand, new_id(), per_member=100)

    def statements(count: int) -> int:
        wanted = [RedeemWanted(new_id(), brand.id, store.id, a_claim(coupon, member).code) for _ in range(count)]
        with CaptureQueriesContext(connection) as captured:
            outcomes = redeem_coupons(wanted, now=NOW)
        assert not any(isinstance(one, Refused) for one in outcomes)
        return len([one for one in captured.captured_queries if "SAVEPOINT" not in one["sql"]])

    assert statements(2) == statements(20) == 7


def in_order(claim_id, order_id, store, saved=500):
    claim = lock_claims([claim_id], product_ids=())[claim_id]
    redeem_for_orders([RedeemedInOrder(claim, order_id, store.id, saved, None)], now=NOW)


def test_an_order_uses_it_and_gives_it_back_when_it_is_canceled():
    brand = a_brand()
    store, member = a_store(brand), a_member(brand)
    coupon = a_coupon(brand)
    claim, order = a_claim(coupon, member), new_id()
    in_order(claim.id, order, store)
    assert claims_ready([member.id], at=NOW, product_ids=())[member.id] == []
    assert undo_redemptions([order], reason="canceled", now=NOW + DAY) == [claim.id]
    row = CouponClaim.objects.get()
    assert (row.state, row.turn) == ("ready", 2)
    assert undo_redemptions([order], reason="canceled", now=NOW + DAY) == []
    assert RedemptionUndone.objects.count() == 1
    in_order(claim.id, new_id(), store, saved=300)
    assert [step.what for step in claim_history(claim.id)] == ["given", "redeemed", "redeemed", "taken_back"]
    assert check_books() == []


def test_the_books_notice_a_redemption_that_nobody_wrote_down():
    there = Counter()
    CouponClaim.objects.filter(id=there.claim.id).update(state="redeemed")
    assert check_books() == [
        f"marketing.coupons: claim {there.claim.code} is redeemed and has 0 redemptions that stand"
    ]


def test_the_books_allow_for_what_is_yet_to_be_counted_and_for_nothing_else():
    there = Counter()
    there.redeem()
    assert check_books() == []
    Event.objects.filter(name="marketing.coupon_redeemed").delete()
    CouponCount.objects.update(redeemed=5)
    assert check_books() == [
        f"marketing.coupons: coupon {there.coupon.number}: 5 redeemed and 0 saved are counted, its redemptions say 1 and 0"
    ]


def test_the_members_ready_coupons_come_with_what_matters_of_long_lists():
    brand = a_brand()
    here, there = a_store(brand), a_store(brand)
    member, goods = a_member(brand), sorted(new_id() for _ in range(5))
    coupon = a_coupon(brand, goods=tuple(goods), stores_choose=True, valid_until=NOW + 3 * DAY)
    chosen(coupon, here, there)
    sooner = a_claim(a_coupon(brand, valid_until=NOW + DAY), member)
    claim = a_claim(coupon, member)
    found = claims_ready([member.id], at=NOW, product_ids=[goods[1], new_id()], store_ids=[here.id])[member.id]
    assert [one.id for one in found] == [sooner.id, claim.id]
    assert found[1].coupon.listed == {goods[1]}
    assert found[1].coupon.chosen_stores == {here.id}
    assert (found[0].coupon.goods_listed, found[0].coupon.chosen_stores) == (False, None)
    assert claim_by_code(brand.id, claim.code.lower()).id == claim.id
    assert claim_by_code(a_brand().id, claim.code) is None
    assert [one.id for one in claims_ready([member.id], at=NOW + DAY, product_ids=())[member.id]] == [claim.id]


def test_results_are_counted_from_claims_and_redemptions():
    there = Counter(per_member=3, transferable=True)
    second, third = a_claim(there.coupon, there.member, way="claim"), a_claim(there.coupon, there.member)
    there.redeem()
    order = new_id()
    in_order(second.id, order, there.store, saved=800)
    void_coupons([VoidWanted(third.id)], by=None, now=NOW)
    results = coupon_results(there.coupon.id, at=NOW)
    assert (results.issued, results.members, results.redeemed, results.voided, results.ready) == (3, 1, 2, 1, 0)
    assert (results.redemptions, results.taken_back, results.saved_minor, results.orders, results.at_counter) == (
        2,
        0,
        800,
        1,
        1,
    )
    assert results.by_way == {"claim": 3}
    assert results_by_day(there.coupon.id, zone="Asia/Shanghai") == [(NOW.date(), 3, 2)]
    assert results_by_store(there.coupon.id) == [(there.store.id, 2, 800)]
    assert orders_with(there.coupon.id, since=NOW - DAY, until=NOW + DAY) == [order]
    undo_redemptions([order], reason="returned", now=NOW)
    after = coupon_results(there.coupon.id, at=NOW)
    assert (after.redemptions, after.taken_back, after.saved_minor, after.ready) == (1, 1, 0, 1)


def test_the_counters_code_is_good_for_three_minutes_in_that_store():
    store, other = new_id(), new_id()
    code = counter_code(store, at=NOW)
    assert len(code) == 8 and code != counter_code(other, at=NOW)
    assert counter_code_holds(store, code.lower(), at=NOW + timedelta(seconds=170))
    assert not counter_code_holds(store, code, at=NOW + timedelta(seconds=180))
    assert not counter_code_holds(other, code, at=NOW)
    assert not counter_code_holds(store, code, at=NOW - timedelta(seconds=60))
