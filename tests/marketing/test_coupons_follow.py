"""What follows by itself: counts, gifts for joining and to segments, notices before the end; and passing coupons on."""

from __future__ import annotations

from datetime import timedelta

import pytest

from sitong.marketing.coupons.actions import (
    GivingWanted,
    PassWanted,
    RedeemedInOrder,
    RedeemWanted,
    claim_coupons,
    continue_givings,
    give_coupons,
    lock_claims,
    pass_on_coupon,
    pause_coupon,
    recall_pass,
    redeem_coupons,
    redeem_for_orders,
    stop_giving,
    take_passed_coupon,
    undo_redemptions,
)
from sitong.marketing.coupons.actions import give as giving
from sitong.marketing.coupons.actions.upkeep import notice_expiring
from sitong.marketing.coupons.claiming import HaveYours
from sitong.marketing.coupons.handlers import COUNTS
from sitong.marketing.coupons.models import CouponClaim, CouponCount, CouponGiving
from sitong.marketing.coupons.movers import ClaimsMove
from sitong.marketing.coupons.queries.member import claim_history, claims_kept
from sitong.marketing.coupons.queries.reach import reach_of, segment_reach
from sitong.marketing.coupons.rules import Terms
from sitong.member.segments.filters import Filter
from sitong.shared.errors import NotFound, Refused, RepeatDiffers
from sitong.shared.events.actions import begin_reading
from sitong.shared.events.models import Event
from sitong.shared.events.reader import drain
from sitong.shared.events.registry import SUBSCRIPTIONS
from sitong.shared.ids import new_id
from sitong.shared.ledger.books import check_books
from tests.make.marketing import a_claim, a_claim_wanted, a_coupon, an_exchange, chosen
from tests.make.member import a_member
from tests.make.org import NOW, a_brand, a_store

DAY = timedelta(days=1)
ZONE = "Asia/Shanghai"


@pytest.mark.usefixtures("committed_db")
def test_redemptions_are_counted_once_each_and_taken_back():
    brand = a_brand()
    store, member = a_store(brand), a_member(brand)
    coupon, order = a_coupon(brand, per_member=2), new_id()
    for at, claim_id in enumerate((a_claim(coupon, member).id, a_claim(coupon, member).id)):
        claim = lock_claims([claim_id], product_ids=())[claim_id]
        redeem_for_orders_at(claim, order if at else new_id(), store)
    drain(COUNTS)
    drain(COUNTS)
    count = CouponCount.objects.get()
    assert (count.redeemed, count.saved_minor) == (2, 1000)
    undo_redemptions([order], reason="canceled", now=NOW)
    assert check_books() == []  # the books know that it is yet to be counted
    drain(COUNTS)
    count.refresh_from_db()
    assert (count.redeemed, count.saved_minor) == (1, 500)
    assert check_books() == []


def redeem_for_orders_at(claim, order_id, store) -> None:
    from django.db import transaction

    with transaction.atomic():
        redeem_for_orders([RedeemedInOrder(claim, order_id, store.id, 500)], now=NOW)


@pytest.mark.usefixtures("committed_db")
def test_who_joins_gets_what_the_brand_gives_for_it_once():
    begin_reading([SUBSCRIPTIONS["marketing.joining"]])
    brand, other = a_brand(), a_brand()
    here, there = a_store(brand), a_store(brand)
    gift = a_coupon(brand, ways=("join",), now=NOW - DAY)
    in_store = a_coupon(brand, ways=("join",), terms={"store_ids": [here.id]}, now=NOW - DAY)
    by_choice = a_coupon(brand, ways=("join",), stores_choose=True, now=NOW - DAY)
    chosen(by_choice, there)
    a_coupon(brand, ways=("join",), published=False)
    a_coupon(brand, ways=("join",), now=NOW + DAY)  # published after she joined
    pause_coupon(a_coupon(brand, ways=("join",), now=NOW - DAY).id, by=None, now=NOW)
    a_coupon(other, ways=("join",), now=NOW - DAY)
    at_here, at_there, online = (
        a_member(brand, home_store_id=here.id),
        a_member(brand, home_store_id=there.id),
        a_member(brand),
    )
    drain("marketing.joining")
    giving.give_for_joining([giving.Joined(online.id, brand.id, "test", None, NOW)])  # again
    got = sorted(CouponClaim.objects.values_list("member_id", "coupon_id"))
    assert got == sorted([
        (at_here.id, gift.id), (at_here.id, in_store.id), (at_there.id, gift.id), (at_there.id, by_choice.id), (online.id, gift.id),
    ])  # fmt: skip
    row = CouponClaim.objects.get(member_id=online.id)
    assert (row.way, row.source, row.claimed_at) == ("join", "test", NOW)
    assert check_books() == []


@pytest.mark.usefixtures("db")
def test_a_segment_gets_its_coupon_in_pieces_and_the_row_says_how_far(monkeypatch):
    monkeypatch.setattr(giving, "PIECE", 3)
    brand = a_brand()
    wanted_ones = [a_member(brand, source="poster") for _ in range(7)]
    a_member(brand, source="friend")
    coupon = a_coupon(brand, ways=("segment", "claim"))
    a_claim(coupon, wanted_ones[0])
    segment = poster()
    wanted = GivingWanted(new_id(), brand.id, coupon.id, segment)
    first = give_coupons(wanted, by=None, now=NOW)
    assert (first.reach, first.given, first.finished_at) == (7, 0, None)
    assert give_coupons(wanted, by=None, now=NOW).id == first.id
    with pytest.raises(RepeatDiffers):
        give_coupons(GivingWanted(wanted.id, brand.id, coupon.id), by=None, now=NOW)
    assert continue_givings(now=NOW, pieces=1) == 2  # one of the three has had it
    row = CouponGiving.objects.get()
    assert (row.given, row.refused, row.finished_at) == (2, {"marketing.have_yours": 1}, None)
    continue_givings(now=NOW)
    row.refresh_from_db()
    assert (row.given, row.refused, row.finished_at) == (6, {"marketing.have_yours": 1}, NOW)
    assert set(CouponClaim.objects.values_list("member_id", flat=True)) == {one.id for one in wanted_ones}
    assert check_books() == []


@pytest.mark.usefixtures("db")
def test_a_giving_can_be_stopped_and_needs_a_published_coupon():
    brand = a_brand()
    a_member(brand)
    coupon = a_coupon(brand, ways=("segment",))
    row = give_coupons(GivingWanted(new_id(), brand.id, coupon.id), by=None, now=NOW)
    stop_giving(row.id, by=None, now=NOW)
    assert continue_givings(now=NOW) == 0
    assert not CouponClaim.objects.exists()
    draft = a_coupon(brand, ways=("segment",), published=False)
    with pytest.raises(NotFound):
        give_coupons(GivingWanted(new_id(), brand.id, draft.id), by=None, now=NOW)
    with pytest.raises(NotFound):
        give_coupons(GivingWanted(new_id(), brand.id, a_coupon(brand).id), by=None, now=NOW)


@pytest.mark.usefixtures("db")
def test_reach_counts_whom_it_would_concern():
    brand = a_brand()
    store = a_store(brand)
    for source, home in (("poster", store.id), ("poster", None), ("friend", store.id)):
        a_member(brand, source=source, home_store_id=home)
    a_member(a_brand())
    assert reach_of(brand.id, Terms(), at=NOW) == 3
    assert reach_of(brand.id, Terms(tiers=frozenset({"gold"})), at=NOW) == 0
    assert segment_reach(brand.id, poster(), at=NOW) == 2
    assert segment_reach(brand.id, poster(store_ids={store.id}), at=NOW) == 1
    assert segment_reach(brand.id, Filter(joined_until=NOW).rule(ZONE), at=NOW) == 0
    assert segment_reach(brand.id, Filter(joined_from=NOW, joined_until=NOW + DAY).rule(ZONE), at=NOW) == 3


@pytest.mark.usefixtures("db")
def test_who_holds_one_that_expires_soon_is_told_once():
    brand = a_brand()
    soon, later = a_coupon(brand, valid_until=NOW + 5 * DAY), a_coupon(brand, valid_until=NOW + 9 * DAY)
    by_days = a_coupon(brand, valid_until=None, valid_days=5)
    member = a_member(brand)
    a_claim(later, member)
    told = [a_claim(soon, member), a_claim(by_days, member)]
    assert notice_expiring(now=NOW + DAY) == 0
    assert notice_expiring(now=NOW + 2 * DAY) == 2
    assert notice_expiring(now=NOW + 2 * DAY) == 0
    facts = [event.facts for event in Event.objects.filter(name="marketing.coupon_expiring")]
    assert sorted(one["claim_id"] for one in facts) == sorted(str(one.id) for one in told)
    assert {one["member_id"] for one in facts} == {str(member.id)}


class Passing:
    def __init__(self, **fields) -> None:
        self.brand = a_brand()
        self.giver, self.friend = a_member(self.brand), a_member(self.brand)
        self.coupon = an_exchange(self.brand, new_id(), **{"transferable": True, **fields})
        self.claim = a_claim(self.coupon, self.giver)

    def offer(self, *, id=None, member=None):
        member = member or self.giver
        return pass_on_coupon(PassWanted(id or new_id(), self.brand.id, self.claim.id, member.id), now=NOW)

    def take(self, offer, member):
        return take_passed_coupon(offer.id, member_id=member.id, brand_id=self.brand.id, now=NOW)


def refused(code: str, ask, *args, **named) -> None:
    with pytest.raises(Refused) as caught:
        ask(*args, **named)
    assert caught.value.code == code


@pytest.mark.usefixtures("db")
def test_a_coupon_goes_to_the_friend_who_opens_the_link_first_and_no_further():
    there = Passing()
    offer = there.offer()
    assert there.offer(id=offer.id).id == offer.id == there.offer().id  # again, and by another id: the one that is open
    there.take(offer, there.friend)
    there.take(offer, there.friend)
    row = CouponClaim.objects.get()
    assert (row.member_id, row.taken_by, row.state) == (there.friend.id, there.giver.id, "ready")
    refused("marketing.pass_taken", there.take, offer, a_member(there.brand))
    refused("marketing.not_yours", there.offer)
    refused("marketing.not_transferable", there.offer, member=there.friend)
    assert [step.what for step in claim_history(row.id)] == ["given", "offered", "passed_on"]
    (again,) = claim_coupons([a_claim_wanted(there.coupon, there.giver)], now=NOW)
    assert isinstance(again, HaveYours)  # what was given away stays in the giver's quota
    (hers,) = claim_coupons([a_claim_wanted(there.coupon, there.friend)], now=NOW)
    assert isinstance(hers, HaveYours)
    assert (
        claim_coupons([a_claim_wanted(there.coupon, there.giver, id=row.id)], now=NOW)[0].code == row.code
    )  # the first answer
    assert check_books() == []


@pytest.mark.usefixtures("db")
def test_an_offer_is_no_good_once_used_recalled_or_for_oneself():
    there = Passing(per_member=2)
    offer = there.offer()
    refused("marketing.pass_own", there.take, offer, there.giver)
    recall_pass(offer.id, member_id=there.giver.id, now=NOW)
    refused("marketing.pass_taken", there.take, offer, there.friend)
    second = there.offer()
    store = a_store(there.brand)
    redeem_coupons([RedeemWanted(new_id(), there.brand.id, store.id, there.claim.code)], now=NOW)
    refused("marketing.pass_used", there.take, second, there.friend)
    assert CouponClaim.objects.get().member_id == there.giver.id


@pytest.mark.usefixtures("db")
def test_a_friend_who_has_had_one_cannot_take_another():
    there = Passing()
    a_claim(there.coupon, there.friend)
    offer = there.offer()
    refused("marketing.have_yours", there.take, offer, there.friend)
    assert CouponClaim.objects.get(id=there.claim.id).member_id == there.giver.id


@pytest.mark.usefixtures("db")
def test_only_transferable_ones_that_still_hold_can_be_offered():
    fixed = Passing(transferable=False)
    refused("marketing.not_transferable", fixed.offer)
    there = Passing(valid_until=NOW + DAY)
    wanted = PassWanted(new_id(), there.brand.id, there.claim.id, there.giver.id)
    refused("marketing.coupon_expired", pass_on_coupon, wanted, now=NOW + DAY)


@pytest.mark.usefixtures("db")
def test_coupons_move_with_a_joined_member_and_back():
    brand = a_brand()
    absorbed, survivor = a_member(brand), a_member(brand)
    coupon = a_coupon(brand)
    old, own = a_claim(coupon, absorbed), a_claim(coupon, survivor)
    mover, join = ClaimsMove(), new_id()
    moved = mover.move(absorbed.id, survivor.id, join_id=join, now=NOW)
    assert moved == [old.id]
    assert mover.move(absorbed.id, survivor.id, join_id=join, now=NOW) == []
    assert set(CouponClaim.objects.values_list("member_id", flat=True)) == {survivor.id}
    later = a_claim(a_coupon(brand), survivor, now=NOW + DAY)
    assert [(one.id, one.title) for one in mover.made_later(survivor.id, moved, since=NOW)] == [(later.id, "满减券")]
    mover.move_back(moved, absorbed.id, survivor.id, join_id=join, now=NOW)
    assert dict(CouponClaim.objects.values_list("id", "member_id")) == {
        old.id: absorbed.id,
        own.id: survivor.id,
        later.id: survivor.id,
    }


@pytest.mark.usefixtures("db")
def test_an_export_names_each_coupon_and_what_became_of_it():
    there = Passing()
    store = a_store(there.brand)
    redeem_coupons([RedeemWanted(new_id(), there.brand.id, store.id, there.claim.code)], now=NOW + DAY)
    (kept,) = claims_kept([there.giver.id])
    assert (kept["coupon"], kept["code"], kept["state"], kept["redeemed_at"], kept["saved_minor"]) == (
        "提领券", there.claim.code, "redeemed", NOW + DAY, 0,
    )  # fmt: skip


def poster(**more):
    """Whom a poster brought."""
    return Filter(sources={"poster"}, **more).rule(ZONE)
