"""Points: earned, matured, spent, given back, taken back, expired. Every figure is exact, and the books agree."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from sitong.member.points.actions import (
    PointsEarned,
    PointsGift,
    PointsGivenBack,
    PointsSpend,
    PointsTakenBack,
    earn_points,
    expire_points,
    give_back_points,
    give_points,
    lock_points,
    mature_points,
    publish_points_plan,
    spend_points,
    take_back_points,
    tell_of_expiry,
)
from sitong.member.points.actions.earning import Earned, PointsNotEarned, TakenBack
from sitong.member.points.actions.giving import ReasonMissing
from sitong.member.points.actions.plans import PlanChanged, PointPlanOutOfBounds
from sitong.member.points.actions.spending import PointsNotSpent, PointsOutOfRange, PointsSpent, PointsTooFew
from sitong.member.points.books import check_points
from sitong.member.points.models import PointBucket, PointsEntry
from sitong.member.points.queries import plan_of, points_now
from sitong.member.points.rules import PointsNow, PointsPlan, most_points, points_for, worth_minor
from sitong.shared.access.models import Audit
from sitong.shared.errors import NotFound, RepeatDiffers
from sitong.shared.events.models import Event
from sitong.shared.ids import new_id
from sitong.shared.ledger.books import check_ledger
from tests.make.member import a_member
from tests.make.org import NOW, a_brand, done
from tests.make.points import a_points_plan, earned_points, matured_points, some_points

LATER = NOW + timedelta(days=8)


@pytest.fixture
def member(db):
    brand = a_brand()
    a_points_plan(brand)
    return a_member(brand)


@pytest.fixture(autouse=True)
def the_books_agree(request):
    yield
    if "db" in request.fixturenames:
        assert check_points() + check_ledger() == []


def now_of(member):
    return points_now([member.id])[member.id]


def buckets(member):
    rows = PointBucket.objects.filter(member_id=member.id, left__gt=0).order_by("expires_on")
    return list(rows.values_list("expires_on", "left"))


def spend(member, points, *, document_id=None, now=NOW):
    return spend_points([PointsSpend(document_id or new_id(), member.brand_id, member.id, points)], now=now)[0]


def test_what_is_earned_is_pending_until_the_return_window_ends(member):
    earned_points(member, 120)
    assert now_of(member) == PointsNow(ready=0, pending=120)
    assert mature_points(now=NOW + timedelta(days=6)) == 0
    assert mature_points(now=NOW + timedelta(days=7)) == 1
    assert now_of(member) == PointsNow(ready=120, pending=0)
    assert buckets(member) == [(date(2027, 3, 31), 120)]


def test_the_same_earning_again_gets_the_same_answer_and_earns_nothing(member):
    wanted = PointsEarned(new_id(), new_id(), member.brand_id, member.id, 50, LATER)
    first = earn_points([wanted, wanted], now=NOW)
    assert first == [Earned(wanted.id, member.id, 50)] * 2 == [*earn_points([wanted], now=NOW)] * 2
    other = PointsEarned(wanted.id, wanted.document_id, member.brand_id, member.id, 51, LATER)
    assert earn_points([other], now=NOW) == [RepeatDiffers(id=wanted.id)]
    assert now_of(member) == PointsNow(pending=50)


def test_the_oldest_points_are_spent_first(member):
    some_points(member, 30, expires_on=date(2026, 5, 31))
    some_points(member, 30, expires_on=date(2026, 4, 30))
    document = new_id()
    assert spend(member, 40, document_id=document) == PointsSpent(document, member.id, 40)
    assert buckets(member) == [(date(2026, 5, 31), 20)]
    assert spend(member, 40, document_id=document) == PointsSpent(document, member.id, 40)
    assert spend(member, 10, document_id=document) == RepeatDiffers(id=document)
    assert now_of(member) == PointsNow(ready=20)


def test_more_than_is_ready_is_not_spent(member):
    some_points(member, 30)
    earned_points(member, 100)
    assert spend(member, 31) == PointsTooFew(wanted=31, ready=30)
    assert spend(member, 0) == PointsOutOfRange(points=0)
    assert now_of(member) == PointsNow(ready=30, pending=100)


def test_of_two_spendings_in_one_batch_only_what_is_there_is_spent(member):
    some_points(member, 30)
    wanted = [PointsSpend(new_id(), member.brand_id, member.id, 20) for _ in range(2)]
    assert [type(one) for one in spend_points(wanted, now=NOW)] == [PointsSpent, PointsTooFew]
    assert now_of(member) == PointsNow(ready=10)


def test_points_given_back_go_into_the_bucket_from_which_they_came(member):
    some_points(member, 30, expires_on=date(2026, 4, 30))
    some_points(member, 30, expires_on=date(2026, 5, 31))
    document = new_id()
    spend(member, 50, document_id=document)
    assert buckets(member) == [(date(2026, 5, 31), 10)]
    done(give_back_points([PointsGivenBack(new_id(), document, 15)], now=NOW))
    assert buckets(member) == [(date(2026, 5, 31), 25)]
    done(give_back_points([PointsGivenBack(new_id(), document, 15)], now=NOW))
    assert buckets(member) == [(date(2026, 4, 30), 10), (date(2026, 5, 31), 30)]
    done(give_back_points([PointsGivenBack(new_id(), document, 20)], now=NOW))
    assert buckets(member) == [(date(2026, 4, 30), 30), (date(2026, 5, 31), 30)]
    more = give_back_points([PointsGivenBack(new_id(), document, 1)], now=NOW)
    assert more == [PointsNotSpent(wanted=1, left=0)]
    assert give_back_points([PointsGivenBack(new_id(), new_id(), 1)], now=NOW) == [NotFound(what="points spent")]


def test_the_same_giving_back_again_gives_nothing_more(member):
    some_points(member, 30)
    document, wanted = new_id(), PointsGivenBack(new_id(), new_id(), 5)
    wanted = PointsGivenBack(wanted.id, document, 5)
    spend(member, 30, document_id=document)
    first = give_back_points([wanted, wanted], now=NOW)
    assert first[0] == first[1] == give_back_points([wanted], now=NOW)[0]
    assert give_back_points([PointsGivenBack(wanted.id, document, 6)], now=NOW) == [RepeatDiffers(id=wanted.id)]
    assert now_of(member) == PointsNow(ready=5)


def test_points_given_back_after_their_end_have_until_the_end_of_the_next_month(member):
    some_points(member, 30, expires_on=date(2026, 3, 31))
    document = new_id()
    spend(member, 30, document_id=document)
    in_april = datetime(2026, 4, 10, 2, tzinfo=UTC)
    done(give_back_points([PointsGivenBack(new_id(), document, 30)], now=in_april))
    assert buckets(member) == [(date(2026, 5, 31), 30)]


def test_pending_points_are_taken_back_from_what_is_pending(member):
    document = earned_points(member, 100)
    key = new_id()
    (outcome,) = take_back_points([PointsTakenBack(key, document, 40)], now=NOW)
    assert outcome == TakenBack(key, member.id, pending=40, ready=0, owed=0)
    assert take_back_points([PointsTakenBack(key, document, 40)], now=NOW) == [outcome]
    assert now_of(member) == PointsNow(pending=60)
    assert take_back_points([PointsTakenBack(new_id(), document, 61)], now=NOW) == [PointsNotEarned(wanted=61, left=60)]
    assert mature_points(now=LATER) == 1
    assert now_of(member) == PointsNow(ready=60)


def test_ready_points_are_taken_back_from_their_own_expiry_first(member):
    some_points(member, 50, expires_on=date(2026, 4, 30))
    document = matured_points(member, 100)
    take_back_points([PointsTakenBack(new_id(), document, 100)], now=NOW)
    assert buckets(member) == [(date(2026, 4, 30), 50)]


def test_what_was_spent_meanwhile_is_owed_and_settled_by_the_next_points(member):
    document = matured_points(member, 100)
    spend(member, 80)
    (outcome,) = take_back_points([PointsTakenBack(new_id(), document, 100)], now=NOW)
    assert (outcome.pending, outcome.ready, outcome.owed) == (0, 20, 80)
    assert now_of(member) == PointsNow(owed=80)
    matured_points(member, 50)
    assert now_of(member) == PointsNow(owed=30)
    matured_points(member, 50)
    assert now_of(member) == PointsNow(ready=20)


def test_an_earning_that_was_wholly_taken_back_matures_to_nothing(member):
    document = earned_points(member, 10)
    take_back_points([PointsTakenBack(new_id(), document, 10)], now=NOW)
    assert mature_points(now=LATER) == 1
    assert now_of(member) == PointsNow()
    assert mature_points(now=LATER) == 0


def test_points_expire_after_the_last_day_of_their_month_in_the_brand_s_zone(member):
    some_points(member, 30, expires_on=date(2026, 3, 31))
    some_points(member, 5, expires_on=date(2026, 4, 30))
    assert expire_points(now=datetime(2026, 3, 31, 15, 59, tzinfo=UTC)) == 0
    assert expire_points(now=datetime(2026, 3, 31, 16, 0, tzinfo=UTC)) == 30
    assert now_of(member) == PointsNow(ready=5)
    assert expire_points(now=datetime(2026, 3, 31, 16, 1, tzinfo=UTC)) == 0


def test_who_has_points_that_expire_is_told_once(member):
    some_points(member, 30, expires_on=date(2026, 3, 31))
    some_points(member, 5, expires_on=date(2026, 5, 31))
    assert tell_of_expiry(now=NOW) == 1
    assert tell_of_expiry(now=NOW) == 0
    facts = Event.objects.get(name="member.points_expiring").facts
    assert (facts["points"], facts["expires_on"]) == (30, "2026-03-31")


def test_points_by_hand_need_a_reason_and_leave_who_gave_them(member):
    clerk = new_id()
    gift = PointsGift(new_id(), member.brand_id, member.id, 10, "by_hand", by=clerk)
    assert give_points([gift], now=NOW) == [ReasonMissing()]
    assert now_of(member) == PointsNow()
    done(give_points([PointsGift(gift.id, member.brand_id, member.id, 10, "by_hand", "broken cup", by=clerk)], now=NOW))
    audit = Audit.objects.get(verb="points_given")
    assert (audit.by, audit.after, audit.subject_id) == (clerk, {"points": 10, "reason": "broken cup"}, member.id)
    assert PointsEntry.objects.get(member_id=member.id).reason == "broken cup"


def test_a_plan_is_published_in_versions_and_only_over_the_one_that_was_read(db):
    brand = a_brand()
    assert plan_of(brand.id) is None
    first = a_points_plan(brand)
    assert first.version == 1 and plan_of(brand.id) == first
    second = publish_points_plan(PointsPlan(brand.id, 1, 2, 1), by=None, now=NOW)
    assert plan_of(brand.id) == second and second.earn_points_per_100 == 2
    with pytest.raises(PlanChanged):
        publish_points_plan(PointsPlan(brand.id, 1, 3, 1), by=None, now=NOW)
    with pytest.raises(PointPlanOutOfBounds):
        publish_points_plan(PointsPlan(brand.id, 2, 3, 0), by=None, now=NOW)
    assert plan_of(brand.id) == second


def test_rates_limits_and_steps_round_down():
    plan = PointsPlan(new_id(), 1, 1, 1, spend_step=100, spend_share_bp=5_000)
    assert points_for(1_999, plan) == 19
    assert points_for(1_999, plan, 15_000) == 29
    assert worth_minor(250, plan) == 250
    assert most_points(1_999, plan, 5_000) == 900
    assert most_points(1_999, plan, 350) == 300
    assert most_points(-1, plan, 350) == 0


def test_a_batch_of_twenty_takes_as_many_statements_as_one_of_two(db):
    brand = a_brand()
    a_points_plan(brand)
    members = [a_member(brand) for _ in range(40)]
    for member in members:
        some_points(member, 100)

    def statements(some):
        with CaptureQueriesContext(
            connection,
        ) as queries:
            documents = [new_id() for _ in some]
            lock_points([one.id for one in some])
            spend_points(
                [PointsSpend(key, brand.id, one.id, 9) for key, one in zip(documents, some, strict=True)], now=NOW
            )
            give_back_points([PointsGivenBack(new_id(), key, 3) for key in documents], now=NOW)
            earn_points(
                [
                    PointsEarned(new_id(), key, brand.id, one.id, 7, NOW)
                    for key, one in zip(documents, some, strict=True)
                ],
                now=NOW,
            )
            take_back_points([PointsTakenBack(new_id(), key, 2) for key in documents], now=NOW)
            mature_points(now=NOW)
        return len(queries)

    assert statements(members[:2]) == statements(members[20:])
