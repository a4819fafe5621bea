"""Checking in: once a day, inside of the fence, days in a row and in all, rewards once; and what gives no day."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from sitong.marketing.checkin.actions import check_in, end_plan
from sitong.marketing.checkin.queries.results import plan_results, standing_of, won_by
from sitong.marketing.checkin.rules import Stands, Step
from sitong.marketing.giving.rules import Reward
from sitong.marketing.models import CheckIn, CheckInReward, CouponClaim
from sitong.shared.errors import Refused
from sitong.shared.geo import Position
from sitong.shared.ids import new_id
from sitong.shared.ledger.books import check_books
from tests.make.checkin import (
    DAY,
    a_card,
    a_plan,
    agrees,
    asks_for_location,
    checks_in,
    comes_on,
    seven_days,
    wanted_in,
)
from tests.make.member import a_member
from tests.make.org import NOW, a_brand, a_store
from tests.make.points import a_points_plan

pytestmark = pytest.mark.usefixtures("db")
NEAR = Position(31_230_000 + 1_790, 121_473_000)
OUTSIDE = Position(31_230_000 + 1_810, 121_473_000)
"""200 m north is 1,799 millionths of a degree."""


@pytest.fixture
def brand():
    return a_brand()


@pytest.fixture
def store(brand):
    return a_store(brand)


@pytest.fixture
def member(brand):
    asks_for_location(brand)
    member = a_member(brand)
    agrees(brand, member)
    return member


def refusal(store, member, *, now=NOW, **fields) -> Refused:
    """What a check-in is refused with; nothing has changed."""
    before = CheckIn.objects.count()
    (outcome,) = check_in([wanted_in(store, member, **fields)], now=now)
    assert isinstance(outcome, Refused), outcome
    assert CheckIn.objects.count() == before
    return outcome


def test_seven_days_in_a_row_bring_a_card_and_seven_more_another(brand, store, member):
    card = a_card(brand)
    plan = a_plan(brand, seven_days(card))
    comes_on(store, member, *range(6))
    assert CouponClaim.objects.count() == 0
    seventh = checks_in(store, member, now=NOW + 6 * DAY)
    assert (seventh.state, seventh.streak, seventh.total, seventh.on) == ("counted", 7, 7, date(2026, 3, 9))
    assert [(one.reward.kind, one.turn, one.refused) for one in won_by(seventh.id)] == [("coupon", 7, "")]
    comes_on(store, member, *range(7, 14))
    assert CouponClaim.objects.filter(member_id=member.id, coupon_id=card.id).count() == 2
    assert plan_results(plan.id).by_step == {0: (2, 0)}
    assert standing_of(store.id, member.id) == Stands(14, date(2026, 3, 3), date(2026, 3, 16), 14)
    assert check_books() == []


def test_a_missed_day_begins_the_run_anew_and_keeps_the_sum(brand, store, member):
    a_plan(brand)
    comes_on(store, member, 0, 1, 2, 4)
    assert standing_of(brand.id, member.id) == Stands(1, date(2026, 3, 7), date(2026, 3, 7), 4)


def test_once_a_day_and_the_same_challenge_is_the_same_check_in(brand, store, member):
    a_plan(brand)
    wanted = wanted_in(store, member)
    first, again = check_in([wanted, wanted], now=NOW)
    assert first == again
    assert check_in([wanted], now=NOW + timedelta(hours=2)) == [first]
    assert refusal(store, member, now=NOW + timedelta(hours=2)).code == "marketing.checked_in_already"
    other = a_member(brand)
    agrees(brand, other)
    assert refusal(store, other, id=wanted.id).code == "shared.repeat_differs"
    assert standing_of(store.id, member.id).total == 1


def test_midnight_is_that_of_the_store_s_own_clock(brand, member):
    a_plan(brand, per="store")
    shanghai, new_york = a_store(brand), a_store(brand, zone="America/New_York", code="ny")
    before_midnight = datetime(2026, 3, 3, 15, 59, tzinfo=UTC)
    assert checks_in(shanghai, member, now=before_midnight).on == date(2026, 3, 3)
    assert refusal(shanghai, member, now=before_midnight + timedelta(seconds=59)).code == "marketing.checked_in_already"
    after = checks_in(shanghai, member, now=before_midnight + timedelta(minutes=1))
    assert (after.on, after.streak) == (date(2026, 3, 4), 2)
    assert checks_in(new_york, member, now=before_midnight + timedelta(minutes=1)).on == date(2026, 3, 3)


def test_the_days_on_which_clocks_are_changed_are_days_like_others(brand, member):
    a_plan(brand)
    store = a_store(brand, zone="America/New_York")
    instants = [
        datetime(2026, 3, 8, 4, 59, tzinfo=UTC),
        datetime(2026, 3, 8, 5, 0, tzinfo=UTC),
        datetime(2026, 3, 9, 4, 0, tzinfo=UTC),
    ]
    days = [(one.on.day, one.streak) for at in instants for one in [checks_in(store, member, now=at)]]
    assert days == [(7, 1), (8, 2), (9, 3)]
    assert refusal(store, member, now=datetime(2026, 3, 10, 3, 59, tzinfo=UTC)).code == "marketing.checked_in_already"


def test_a_clock_that_was_put_back_takes_nothing_and_gives_nothing_twice(brand, store, member):
    a_plan(brand, Step("total", 2, Reward("coupon", 1, a_card(brand).id)))
    checks_in(store, member, now=NOW + DAY)
    late = checks_in(store, member, now=NOW)
    assert (late.on, late.streak, late.total) == (date(2026, 3, 3), 2, 2)
    assert standing_of(brand.id, member.id) == Stands(2, date(2026, 3, 3), date(2026, 3, 4), 2)
    assert CouponClaim.objects.count() == 1
    assert refusal(store, member, now=NOW + DAY).code == "marketing.checked_in_already"
    assert check_books() == []


def test_once_for_the_brand_or_once_in_each_store(brand, member):
    east, west = a_store(brand), a_store(brand)
    plan = a_plan(brand)
    checks_in(east, member)
    assert refusal(west, member).code == "marketing.checked_in_already"
    end_plan(plan.id, by=None, now=NOW)
    a_plan(brand, per="store")
    assert checks_in(west, member, now=NOW + timedelta(minutes=1)).streak == 1
    assert standing_of(brand.id, member.id).total == 1
    assert check_books() == []


def test_a_store_gives_its_own_on_top(brand, store, member):
    a_points_plan(brand)
    a_plan(brand, Step("day", 1, Reward("points", 5)))
    own = a_plan(brand, Step("total", 2, Reward("points", 30), again=False), store=store)
    comes_on(store, member, 0, 1, 2, 3)
    rows = CheckInReward.objects.order_by("at", "plan_id").values_list("plan_id", "turn", "refused")
    assert [row for row in rows if row[0] == own.id] == [(own.id, 2, "")]
    assert len(rows) == 5
    elsewhere = a_store(brand)
    comes_on(elsewhere, member, 4, 5)
    assert CheckInReward.objects.filter(plan_id=own.id).count() == 1
    assert check_books() == []


def test_a_step_for_once_in_a_lifetime_is_given_once(brand, store, member):
    a_plan(brand, seven_days(a_card(brand), again=False))
    comes_on(store, member, *range(7), *range(10, 24))
    assert CouponClaim.objects.count() == 1
    assert check_books() == []


def test_a_reward_that_is_gone_does_not_take_the_day(brand, store, member):
    a_plan(brand, Step("day", 1, Reward("coupon", 1, a_card(brand, quota_total=1).id)))
    comes_on(store, member, 0, 1)
    assert standing_of(brand.id, member.id).streak == 2
    refused = CheckInReward.objects.order_by("at").values_list("refused", flat=True)
    assert list(refused) == ["", "marketing.coupon_gone"]
    assert check_books() == []


def test_the_fence_is_round_and_its_edge_belongs_to_it(brand, store, member):
    a_plan(brand)
    assert refusal(store, member, position=OUTSIDE) == refusal(store, member, position=Position(0, 0))
    assert refusal(store, member, position=OUTSIDE).facts == {"fence_m": 200}
    checks_in(store, member, position=NEAR)
    row = CheckIn.objects.get()
    assert (row.way, row.near, len(row.cell)) == ("position", "fence", 15)


def test_a_position_that_is_not_known_well_enough_proves_nothing(brand, store, member):
    a_plan(brand, accuracy_m_max=50)
    for accuracy_m in (0, 51, 5_000):
        assert refusal(store, member, accuracy_m=accuracy_m).code == "marketing.position_unsure"
    assert refusal(store, member, position=None).code == "marketing.check_in_proof_missing"
    checks_in(store, member, accuracy_m=50)


def test_nobody_s_position_is_looked_at_without_a_yes(brand, store, member):
    a_plan(brand)
    other = a_member(brand)
    assert refusal(store, other).code == "marketing.location_not_agreed"
    agrees(brand, member, yes=False, now=NOW + timedelta(seconds=1))
    assert refusal(store, member, now=NOW + timedelta(seconds=2)).code == "marketing.location_not_agreed"
    by_code = checks_in(store, other, position=None, accuracy_m=0, at_counter=True)
    row = CheckIn.objects.get(id=by_code.id)
    assert (row.way, row.near, row.cell) == ("code", "counter", "")


def test_the_counter_s_code_is_taken_where_the_plan_takes_it(brand, store, member):
    a_plan(brand, by_code=False)
    assert refusal(store, member, position=None, at_counter=True).code == "marketing.check_in_proof_missing"


def test_no_plan_no_check_in(brand, store, member):
    assert refusal(store, member).code == "marketing.check_in_closed"
    plan = a_plan(brand, starts_on=date(2026, 3, 4), ends_on=date(2026, 3, 4))
    assert refusal(store, member).code == "marketing.check_in_closed"
    checks_in(store, member, now=NOW + DAY)
    assert refusal(store, member, now=NOW + 2 * DAY).code == "marketing.check_in_closed"
    end_plan(plan.id, by=None, now=NOW)
    assert refusal(store, member, now=NOW + DAY).code == "marketing.check_in_closed"
    foreign = a_store(a_brand())
    (outcome,) = check_in([wanted_in(store, member).__class__(new_id(), brand.id, member.id, foreign.id)], now=NOW)
    assert outcome.code == "shared.not_found"


@pytest.mark.parametrize("count", [2, 20])
def test_statements_are_as_many_for_20_as_for_2(brand, store, count):
    a_points_plan(brand)
    a_plan(
        brand,
        Step("day", 1, Reward("points", 5)),
        Step("streak", 3, Reward("coupon", 1, a_card(brand).id), again=False),
        crowd_members=500,
    )
    members = [a_member(brand) for _ in range(count)]
    agrees(brand, *members)
    wanted = [wanted_in(store, member, device=bytes([at]) * 32) for at, member in enumerate(members)]
    warm = a_member(brand)
    agrees(brand, warm)
    checks_in(store, warm)
    with CaptureQueriesContext(
        connection,
    ) as caught:
        outcomes = check_in(wanted, now=NOW)
    assert [one.state for one in outcomes] == ["counted"] * count
    statements = [one["sql"] for one in caught.captured_queries if not one["sql"].startswith(("SAVEPOINT", "RELEASE"))]
    assert len(statements) == STATEMENTS, statements


STATEMENTS = 34
