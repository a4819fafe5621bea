"""Hard to fool: replays, jumps, one device for many members, many in one instant; and what somebody decides after a look."""

from __future__ import annotations

import base64
from datetime import date, timedelta

import pytest

from sitong.marketing.checkin.actions import accept_check_ins, check_in, end_plan, refuse_check_ins
from sitong.marketing.checkin.challenge import ChallengeForged, ChallengeOld, make_challenge, read_challenge
from sitong.marketing.checkin.hot import hashed_device
from sitong.marketing.checkin.queries.results import standing_of
from sitong.marketing.checkin.rules import Stands, Step
from sitong.marketing.giving.rules import Reward
from sitong.marketing.models import CheckIn, CouponClaim
from sitong.member.identity.actions import UndoWanted, erase_member, undo_join
from sitong.shared.geo import Position
from sitong.shared.ids import new_id
from sitong.shared.ledger.books import check_books
from tests.make.checkin import DAY, a_card, a_plan, agrees, asks_for_location, checks_in, comes_on, wanted_in
from tests.make.member import a_member, joined_as_one
from tests.make.org import NOW, a_brand, a_store

pytestmark = pytest.mark.usefixtures("db")
BEIJING = {"latitude_e6": 39_904_000, "longitude_e6": 116_407_000}
IN_BEIJING = Position(39_904_000, 116_407_000)


@pytest.fixture
def brand():
    brand = a_brand()
    asks_for_location(brand)
    return brand


@pytest.fixture
def store(brand):
    return a_store(brand)


def members_of(brand, count: int):
    members = [a_member(brand) for _ in range(count)]
    agrees(brand, *members)
    return members


def test_a_challenge_holds_for_one_member_one_store_and_five_minutes():
    member_id, store_id = new_id(), new_id()
    challenge = make_challenge(member_id, store_id, now=NOW)
    check_in_id = read_challenge(challenge, member_id, store_id, now=NOW + timedelta(minutes=4, seconds=59))
    assert read_challenge(challenge, member_id, store_id, now=NOW) == check_in_id
    with pytest.raises(ChallengeOld):
        read_challenge(challenge, member_id, store_id, now=NOW + timedelta(minutes=5))
    with pytest.raises(ChallengeOld):
        read_challenge(challenge, member_id, store_id, now=NOW - timedelta(seconds=6))
    for other in ((new_id(), store_id), (member_id, new_id())):
        with pytest.raises(ChallengeForged):
            read_challenge(challenge, *other, now=NOW)
    raw = bytearray(base64.urlsafe_b64decode(challenge))
    for at in range(len(raw)):
        forged = bytes([*raw[:at], raw[at] ^ 1, *raw[at + 1 :]])
        with pytest.raises(ChallengeForged):
            read_challenge(base64.urlsafe_b64encode(forged).decode(), member_id, store_id, now=NOW)
    for nonsense in ("", "x", "é", challenge[:-4], challenge + "AAAA"):
        with pytest.raises(ChallengeForged):
            read_challenge(nonsense, member_id, store_id, now=NOW)


def test_nobody_flies_from_shanghai_to_beijing_in_an_hour(brand, store):
    a_plan(brand, per="store")
    north, (member,) = a_store(brand, **BEIJING), members_of(brand, 1)
    checks_in(store, member)
    jumped = checks_in(north, member, position=IN_BEIJING, now=NOW + timedelta(hours=1))
    assert (jumped.state, jumped.streak, CheckIn.objects.get(id=jumped.id).doubts) == ("waiting", 0, "jump")
    assert standing_of(north.id, member.id) == Stands()
    (repeated,) = check_in([wanted_in(north, member, position=IN_BEIJING)], now=NOW + timedelta(hours=1))
    assert repeated.code == "marketing.check_in_waits"
    by_train, (other,) = timedelta(hours=4, minutes=30), members_of(brand, 1)
    checks_in(store, other)
    assert checks_in(north, other, position=IN_BEIJING, now=NOW + by_train).state == "counted"
    assert check_books() == []


def test_one_phone_checks_in_two_members_a_day_and_no_third(brand, store):
    a_plan(brand)
    first, second, third = members_of(brand, 3)
    phone = hashed_device("a phone", brand.id)
    for one in (first, second):
        checks_in(store, one, device=phone)
    (refused,) = check_in([wanted_in(store, third, device=phone)], now=NOW)
    assert (refused.code, refused.facts) == ("marketing.device_shared", {"members": 2})
    assert checks_in(store, third, device=hashed_device("another phone", brand.id)).state == "counted"
    assert checks_in(store, third, device=phone, now=NOW + DAY).state == "counted"
    assert checks_in(store, first, device=phone, now=NOW + DAY).state == "counted"
    assert bytes(CheckIn.objects.first().device) == phone and b"a phone" not in phone


def test_in_one_batch_a_phone_counts_as_it_does_one_after_the_other(brand, store):
    a_plan(brand)
    phone = hashed_device("a phone", brand.id)
    outcomes = check_in([wanted_in(store, one, device=phone) for one in members_of(brand, 4)], now=NOW)
    assert [getattr(one, "state", None) or one.code for one in outcomes] == ["counted"] * 2 + [
        "marketing.device_shared"
    ] * 2


def test_who_comes_in_a_crowd_of_one_instant_waits_for_a_look(brand, store):
    a_plan(brand, Step("day", 1, Reward("coupon", 1, a_card(brand).id)), crowd_members=3, crowd_s=10)
    members = members_of(brand, 6)
    outcomes = check_in([wanted_in(store, one) for one in members[:5]], now=NOW)
    assert [one.state for one in outcomes] == ["counted"] * 3 + ["waiting"] * 2
    late = checks_in(store, members[5], now=NOW + timedelta(seconds=10))
    assert (late.state, CouponClaim.objects.count()) == ("counted", 4)
    waiting = [one.id for one in outcomes[3:]]
    assert accept_check_ins(waiting[:1], by=None, now=NOW + timedelta(hours=1)) == 1
    assert refuse_check_ins(waiting, by=None, now=NOW + timedelta(hours=1)) == 1
    assert accept_check_ins(waiting, by=None, now=NOW + timedelta(hours=1)) == 0
    assert CouponClaim.objects.count() == 5
    assert [standing_of(brand.id, one.member_id).total for one in outcomes] == [1, 1, 1, 1, 0]
    (again,) = check_in([wanted_in(store, members[4])], now=NOW + timedelta(hours=2))
    assert again.code == "marketing.checked_in_already"
    assert check_books() == []


def test_a_day_that_is_accepted_late_closes_the_gap_and_brings_the_card(brand, store):
    plan = a_plan(brand, crowd_members=2)
    member, *others = members_of(brand, 3)
    comes_on(store, member, 0, 1, 2)
    check_in([wanted_in(store, one) for one in others], now=NOW + 3 * DAY)
    fourth = checks_in(store, member, now=NOW + 3 * DAY)
    assert fourth.state == "waiting"
    comes_on(store, member, 4, 5, 6)
    assert (standing_of(brand.id, member.id).streak, CouponClaim.objects.count()) == (3, 0)
    end_plan(plan.id, by=None, now=NOW + 7 * DAY)
    assert accept_check_ins([fourth.id], by=None, now=NOW + 8 * DAY) == 1
    assert standing_of(brand.id, member.id) == Stands(7, date(2026, 3, 3), date(2026, 3, 9), 7)
    assert CouponClaim.objects.count() == 1
    assert check_books() == []


def test_two_members_who_are_one_have_all_days_of_both(brand, store):
    a_plan(brand)
    one, other = members_of(brand, 2)
    comes_on(store, one, 0, 1, 4)
    comes_on(store, other, 1, 2, 3)
    join = joined_as_one(one, other, now=NOW + 5 * DAY)
    survivor = join.survivor_id
    assert standing_of(brand.id, survivor) == Stands(5, date(2026, 3, 3), date(2026, 3, 7), 5)
    assert check_books() == []
    undo_join(UndoWanted(join.id), by=None, now=NOW + 5 * DAY)
    assert {standing_of(brand.id, member.id).streak for member in (one, other)} == {1, 3}
    assert check_books() == []


def test_who_is_erased_leaves_no_check_in(brand, store):
    a_plan(brand)
    (member,) = members_of(brand, 1)
    comes_on(store, member, 0, 1)
    erase_member(member.id, by=None, reason="", now=NOW + 2 * DAY)
    assert not CheckIn.objects.exists()
    assert standing_of(brand.id, member.id) == Stands()
    assert check_books() == []


def test_one_phone_in_two_brands_is_nobody_s_business(brand):
    assert hashed_device("a phone", brand.id) != hashed_device("a phone", a_brand().id)
    assert hashed_device("", brand.id) == b""


def test_a_batch_gives_what_one_after_the_other_gives():
    def told(one_by_one: bool) -> list[tuple[object, ...]]:
        brand = a_brand()
        asks_for_location(brand)
        store, members = a_store(brand), [a_member(brand) for _ in range(4)]
        agrees(brand, *members[:3])
        a_plan(brand, Step("day", 1, Reward("coupon", 1, a_card(brand, quota_total=2).id)), crowd_members=3)
        asked = [wanted_in(store, members[at], device=hashed_device("a phone", brand.id)) for at in (0, 0, 1, 3, 2, 1)]
        asked += [wanted_in(store, members[2]), asked[0]]
        pieces = [[one] for one in asked] if one_by_one else [asked]
        outcomes = [one for piece in pieces for one in check_in(piece, now=NOW)]
        standings = [standing_of(brand.id, member.id) for member in members]
        return [*[getattr(one, "state", None) or one.code for one in outcomes], *standings]

    assert told(one_by_one=True) == told(one_by_one=False)
