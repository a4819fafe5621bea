"""Claiming coupons: never more than the quotas allow, one answer for one id."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from sitong.marketing.coupons.actions import (
    ClaimWanted,
    VoidWanted,
    change_coupon,
    claim_coupons,
    end_coupon,
    pause_coupon,
    resume_coupon,
    void_coupons,
)
from sitong.marketing.coupons.claiming import (
    ClaimNotYet,
    ClaimOver,
    ClerkGaveEnough,
    CouponGone,
    CouponGoneToday,
    CouponPaused,
    HaveYours,
    NotForYou,
    WayClosed,
    make_code,
    read_code,
)
from sitong.marketing.coupons.models import CouponClaim, CouponCount
from sitong.shared.errors import NotFound, Refused, RepeatDiffers
from sitong.shared.events.models import Event
from sitong.shared.ids import new_id
from sitong.shared.ledger.books import check_books
from tests.make.marketing import a_claim, a_claim_wanted, a_coupon
from tests.make.member import a_member
from tests.make.org import NOW, a_brand
from tests.make.scene import a_paid_order, a_selling_store

pytestmark = pytest.mark.usefixtures("db")
DAY = timedelta(days=1)


def counts(coupon) -> tuple[int, int, int]:
    row = CouponCount.objects.get(coupon_id=coupon.id)
    return row.given, row.given_today, row.voided


def test_a_claimed_coupon_is_the_members_with_a_code_of_its_own():
    brand = a_brand()
    member, coupon = a_member(brand), a_coupon(brand)
    claim = a_claim(coupon, member, source="poster")
    row = CouponClaim.objects.get(id=claim.id)
    assert (row.member_id, row.coupon_id, row.state, row.way, row.source, row.turn) == (
        member.id,
        coupon.id,
        "ready",
        "claim",
        "poster",
        1,
    )
    assert len(claim.code) == 15 and claim.code[0] == "C" and row.code == claim.code
    assert (claim.valid_from, claim.valid_until) == (NOW, NOW + timedelta(days=7))
    event = Event.objects.get(name="marketing.coupon_claimed")
    assert (event.facts["claim_id"], event.facts["way"], event.facts["source"]) == (str(claim.id), "claim", "poster")
    assert counts(coupon) == (1, 1, 0)
    assert check_books() == []


def test_the_last_ones_go_to_those_who_came_first():
    brand = a_brand()
    coupon = a_coupon(brand, quota_total=2)
    wanted = [a_claim_wanted(coupon, a_member(brand)) for _ in range(4)]
    outcomes = claim_coupons(wanted, now=NOW)
    assert [type(one) for one in outcomes[2:]] == [CouponGone, CouponGone]
    assert [one.id for one in outcomes[:2]] == [one.id for one in wanted[:2]]
    assert CouponClaim.objects.count() == 2
    assert counts(coupon) == (2, 2, 0)


def test_the_same_id_gets_the_first_answer_even_when_all_are_gone():
    brand = a_brand()
    coupon, member = a_coupon(brand, quota_total=1), a_member(brand)
    first = a_claim(coupon, member)
    again, other = claim_coupons(
        [a_claim_wanted(coupon, member, id=first.id), a_claim_wanted(coupon, a_member(brand), id=first.id)],
        now=NOW + DAY,
    )
    assert again == first
    assert isinstance(other, RepeatDiffers)
    assert counts(coupon) == (1, 1, 0)


def test_a_repeat_within_one_batch_is_a_repeat_too():
    brand = a_brand()
    coupon = a_coupon(brand)
    wanted = a_claim_wanted(coupon, a_member(brand))
    first, second = claim_coupons([wanted, wanted], now=NOW)
    assert first == second
    assert counts(coupon) == (1, 1, 0)


def test_each_member_gets_as_many_as_one_may_have():
    brand = a_brand()
    coupon, member = a_coupon(brand, per_member=2), a_member(brand)
    outcomes = claim_coupons([a_claim_wanted(coupon, member) for _ in range(3)], now=NOW)
    assert outcomes[2] == HaveYours(coupon_id=coupon.id, per_member=2)
    (later,) = claim_coupons([a_claim_wanted(coupon, member)], now=NOW)
    assert later == HaveYours(coupon_id=coupon.id, per_member=2)
    assert counts(coupon) == (2, 2, 0)


def test_a_void_one_can_be_given_anew_to_the_same_member():
    brand = a_brand()
    coupon, member = a_coupon(brand, quota_total=1), a_member(brand)
    claim = a_claim(coupon, member)
    void_coupons([VoidWanted(claim.id, "given by mistake")], by=None, now=NOW)
    assert counts(coupon) == (1, 1, 1)
    a_claim(coupon, member)
    assert counts(coupon) == (2, 2, 1)
    assert check_books() == []


def test_the_daily_quota_is_that_of_the_brands_own_day():
    brand = a_brand()
    coupon = a_coupon(brand, quota_daily=1)
    before_midnight, after = (
        datetime(2026, 3, 3, 15, 59, tzinfo=UTC),
        datetime(2026, 3, 3, 16, 0, tzinfo=UTC),
    )  # 24:00 in Shanghai
    a_claim(coupon, a_member(brand), now=before_midnight)
    (refused,) = claim_coupons([a_claim_wanted(coupon, a_member(brand))], now=before_midnight)
    assert refused == CouponGoneToday(coupon_id=coupon.id)
    a_claim(coupon, a_member(brand), now=after)
    assert counts(coupon) == (2, 1, 0)


def test_claims_open_and_close_with_the_coupon():
    brand = a_brand()
    coupon = a_coupon(brand, claim_from=NOW + DAY, claim_until=NOW + 2 * DAY)
    member = a_member(brand)

    def outcome(at):
        return claim_coupons([a_claim_wanted(coupon, member)], now=at)[0]

    assert outcome(NOW) == ClaimNotYet(coupon_id=coupon.id, at="2026-03-04 10:00")
    assert isinstance(outcome(NOW + 2 * DAY), ClaimOver)
    pause_coupon(coupon.id, by=None, now=NOW)
    assert isinstance(outcome(NOW + DAY), CouponPaused)
    resume_coupon(coupon.id, by=None, now=NOW)
    assert not isinstance(outcome(NOW + DAY), Refused)
    end_coupon(coupon.id, by=None, now=NOW)
    assert isinstance(claim_coupons([a_claim_wanted(coupon, a_member(brand))], now=NOW + DAY)[0], ClaimOver)
    assert counts(coupon) == (1, 1, 0)


def test_what_would_be_over_at_once_is_not_given():
    brand = a_brand()
    coupon = a_coupon(brand, valid_until=NOW + DAY)
    (refused,) = claim_coupons([a_claim_wanted(coupon, a_member(brand))], now=NOW + DAY)
    assert isinstance(refused, ClaimOver)


def test_a_draft_or_another_brands_coupon_is_not_found():
    brand, other = a_brand(), a_brand()
    draft, foreign = a_coupon(brand, published=False), a_coupon(other)
    member = a_member(brand)
    wanted = ClaimWanted(new_id(), brand.id, member.id, foreign.id)
    assert [type(one) for one in claim_coupons([a_claim_wanted(draft, member), wanted], now=NOW)] == [
        NotFound,
        NotFound,
    ]
    assert not CouponClaim.objects.exists()


def test_only_the_ways_that_it_has_are_open():
    brand = a_brand()
    coupon = a_coupon(brand, ways=("clerk",), clerk_daily=1)
    clerk = new_id()
    (refused,) = claim_coupons([a_claim_wanted(coupon, a_member(brand))], now=NOW)
    assert refused == WayClosed(coupon_id=coupon.id, way="claim")
    outcomes = claim_coupons(
        [a_claim_wanted(coupon, a_member(brand), way="clerk", by=clerk) for _ in range(2)], now=NOW
    )
    assert outcomes[1] == ClerkGaveEnough(coupon_id=coupon.id, clerk_daily=1)
    (later,) = claim_coupons([a_claim_wanted(coupon, a_member(brand), way="clerk", by=clerk)], now=NOW)
    assert later == ClerkGaveEnough(coupon_id=coupon.id, clerk_daily=1)
    a_claim(coupon, a_member(brand), way="clerk", by=clerk, now=NOW + DAY)
    a_claim(coupon, a_member(brand), way="clerk", by=new_id())


def test_a_coupon_for_tiers_is_not_for_members_without_one():
    brand = a_brand()
    coupon = a_coupon(brand, terms={"tiers": ["gold"]})
    (refused,) = claim_coupons([a_claim_wanted(coupon, a_member(brand))], now=NOW)
    assert refused == NotForYou(coupon_id=coupon.id, what="tier")


def test_a_coupon_for_new_customers_is_not_for_who_has_ordered():
    brand = a_brand()
    coupon = a_coupon(brand, terms={"first_order": True})
    (refused,) = claim_coupons([a_claim_wanted(coupon, a_member(brand), first_order=False)], now=NOW)
    assert refused == NotForYou(coupon_id=coupon.id, what="first_order")
    a_claim(coupon, a_member(brand))
    selling = a_selling_store(brand=brand)
    a_paid_order(selling)
    (looked_up,) = claim_coupons([a_claim_wanted(coupon, selling.member)], now=NOW)
    assert looked_up == NotForYou(coupon_id=coupon.id, what="first_order")


def test_days_count_from_that_of_the_claim_on_to_midnight_on_the_brands_calendar():
    brand = a_brand()
    coupon = a_coupon(brand, valid_until=None, valid_days=7)
    claim = a_claim(coupon, a_member(brand), now=NOW)  # 3 March, 10:00 in Shanghai
    assert claim.valid_until == datetime(2026, 3, 9, 16, 0, tzinfo=UTC)  # the midnight that ends 9 March there


def test_dates_and_days_together_end_with_the_earlier():
    brand = a_brand()
    coupon = a_coupon(brand, valid_until=NOW + DAY, valid_days=7, valid_from=NOW - DAY)
    claim = a_claim(coupon, a_member(brand))
    assert (claim.valid_from, claim.valid_until) == (NOW, NOW + DAY)


def test_a_change_of_the_quota_is_known_to_the_next_claim():
    brand = a_brand()
    coupon = a_coupon(brand, quota_total=1)
    a_claim(coupon, a_member(brand))
    assert isinstance(claim_coupons([a_claim_wanted(coupon, a_member(brand))], now=NOW)[0], CouponGone)
    change_coupon(coupon.id, changes={"quota_total": 2}, by=None, now=NOW)
    a_claim(coupon, a_member(brand))
    assert isinstance(claim_coupons([a_claim_wanted(coupon, a_member(brand))], now=NOW)[0], CouponGone)


def test_two_claims_and_twenty_take_as_many_statements():
    brand = a_brand()
    coupons = [a_coupon(brand) for _ in range(5)]
    a_claim(coupons[0], a_member(brand))

    def statements(count: int) -> int:
        wanted = [a_claim_wanted(coupons[at % 5], a_member(brand)) for at in range(count)]
        claim_coupons(
            [a_claim_wanted(one, a_member(brand)) for one in coupons], now=NOW
        )  # the process has read the coupons
        with CaptureQueriesContext(connection) as captured:
            outcomes = claim_coupons(wanted, now=NOW)
        assert not any(isinstance(one, Refused) for one in outcomes)
        return len([one for one in captured.captured_queries if "SAVEPOINT" not in one["sql"]])

    assert statements(2) == statements(20) == 6


def test_a_code_is_read_as_people_type_it():
    code = make_code(bytes(range(9)))
    assert len(code) == 15
    spaced = f" {code[:5].lower()}-{code[5:10]} {code[10:]}".replace("0", "o").replace("1", "l")
    assert read_code(spaced) == code
    assert [read_code(text) for text in ("", "6901234567892", "C123", code + "1", "U" + code[1:])] == [""] * 5


def test_codes_have_seventy_random_bits():
    assert make_code(b"\xff" * 9) == "C" + "Z" * 14
    assert make_code(b"\x00" * 9) == "C" + "0" * 14
    assert len({make_code((1 << bit).to_bytes(9, "big")) for bit in range(70)}) == 70
