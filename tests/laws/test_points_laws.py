"""Whatever happens to points in whatever order: the ledger balances, buckets equal what is ready, and nothing is negative."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

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
    mature_points,
    spend_points,
    take_back_points,
)
from sitong.member.points.actions.moving import move_points, move_points_back
from sitong.member.points.books import check_points
from sitong.member.points.models import PointBucket
from sitong.member.points.queries import points_now
from sitong.member.points.rules import PointsPlan, parts_to_give_back, points_at, points_for
from sitong.member.tiers.actions import Purchase, count_purchases
from sitong.member.tiers.queries import plan_of
from sitong.member.tiers.rules import DAY, Level, Plan, Sums, next_step, stands_on, window_start
from sitong.member.tiers.spread import levels_of_all
from sitong.shared.ids import new_id
from sitong.shared.ledger.books import check_ledger
from tests.make.member import a_member
from tests.make.org import NOW, a_brand
from tests.make.points import a_points_plan
from tests.make.tiers import a_tier_plan, some_levels

WHAT = ("earn", "mature", "spend", "give_back", "take_back", "expire", "gift", "join", "undo")
SLOW = settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
steps = st.lists(
    st.tuples(st.sampled_from(WHAT), st.integers(0, 1), st.integers(1, 120), st.integers(0, 45)), max_size=25
)


@pytest.fixture
def brand(db):
    brand = a_brand()
    a_points_plan(brand, expiry_months=1)
    return brand


class World:
    """Two members, what they did, and the time, which only moves on."""

    def __init__(self, brand):
        self.members, self.now = [a_member(brand), a_member(brand)], NOW
        self.earned, self.spent, self.joins = [], [], []

    def step(self, what, who, points, days):
        self.now += timedelta(days=days)
        member, now = self.members[who], self.now
        if what == "earn":
            self.earned.append(new_id())
            earn_points(
                [PointsEarned(new_id(), self.earned[-1], member.brand_id, member.id, points, now + DAY)], now=now
            )
        elif what == "mature":
            mature_points(now=now)
        elif what == "spend":
            self.spent.append(new_id())
            spend_points([PointsSpend(self.spent[-1], member.brand_id, member.id, points)], now=now)
        elif what == "give_back" and self.spent:
            give_back_points(
                [PointsGivenBack(new_id(), self.spent[points % len(self.spent)], 1 + points // 4)], now=now
            )
        elif what == "take_back" and self.earned:
            take_back_points(
                [PointsTakenBack(new_id(), self.earned[points % len(self.earned)], 1 + points // 2)], now=now
            )
        elif what == "expire":
            expire_points(now=now)
        elif what == "gift":
            give_points([PointsGift(new_id(), member.brand_id, member.id, points)], now=now)
        elif what == "join" and not self.joins:
            key, gone, stays = new_id(), self.members[who], self.members[1 - who]
            self.joins.append((key, gone, stays, move_points(gone.id, stays.id, join_id=key, now=now)))
        elif what == "undo" and self.joins:
            key, gone, stays, rows = self.joins.pop()
            move_points_back(rows, absorbed_id=gone.id, survivor_id=stays.id, join_id=key, now=now)


@SLOW
@given(steps)
def test_any_sequence_leaves_the_books_in_order(brand, taken):
    with transaction.atomic():
        world = World(brand)
        for step in taken:
            world.step(*step)
        assert check_points() + check_ledger() == []
        for member in world.members:
            now = points_now([member.id])[member.id]
            assert min(now.ready, now.pending, now.owed) >= 0
            buckets = PointBucket.objects.filter(member_id=member.id).values_list("left", flat=True)
            assert sum(buckets) == now.ready and min(buckets, default=0) >= 0
        transaction.set_rollback(True)


@given(st.integers(0, 10**9), st.integers(0, 10**9), st.integers(0, 1_000), st.integers(0, 50_000))
def test_more_paid_never_earns_less_and_parts_never_earn_more_than_the_whole(some, more, rate, factor_bp):
    assert points_at(some, rate, factor_bp) <= points_at(some + more, rate, factor_bp)
    parts = points_at(some, rate, factor_bp) + points_at(more, rate, factor_bp)
    assert parts <= points_at(some + more, rate, factor_bp) <= parts + 1
    assert points_for(some, PointsPlan(new_id(), 1, rate, 1), factor_bp) == points_at(some, rate, factor_bp)


buckets = st.dictionaries(st.dates(date(2026, 1, 1), date(2027, 1, 1)), st.integers(1, 100), min_size=1, max_size=6)


@given(buckets, st.data())
def test_giving_back_leaves_what_a_smaller_spending_would_have_taken(taken, data):
    whole = sum(taken.values())
    points = data.draw(st.integers(1, whole))
    back = dict(parts_to_give_back(points, list(taken.items()), {}))
    assert sum(back.values()) == points
    left = whole - points
    for on in sorted(taken):
        kept = min(taken[on], left)
        assert taken[on] - back.get(on, 0) == kept
        left -= kept


days = st.dictionaries(st.dates(date(2025, 1, 1), date(2026, 3, 3)), st.integers(1, 90_000), max_size=25)
plans = st.builds(
    lambda window, months, period: Plan(new_id(), 1, "spending", window, months, period, 14, some_levels()),
    st.sampled_from(["rolling", "calendar"]), st.sampled_from([1, 3, 6, 12]), st.sampled_from(["month", "quarter", "half_year", "year"]),
)  # fmt: skip


@given(days, plans, st.integers(0, 60))
def test_buying_what_is_needed_by_its_day_lifts_and_one_less_does_not(bought, plan, wait):
    on = date(2026, 3, 3)
    level = stands_on(Sums(bought), on, plan).level
    step = next_step(Sums(bought), level, on, plan)
    if step.up_level:
        late = min(step.up_by, on + timedelta(days=wait))
        enough = {**bought, late: bought.get(late, 0) + step.up_needed}
        assert stands_on(Sums(enough), late, plan).level >= step.up_level
        if late == on and step.up_needed > 1:
            assert (
                stands_on(Sums({**bought, on: bought.get(on, 0) + step.up_needed - 1}), on, plan).level < step.up_level
            )
    end, after = step.keeps_until, step.keeps_until + DAY
    kept = Sums({**bought, end: bought.get(end, 0) + step.keep_needed})
    assert stands_on(kept, after, plan).level >= level
    if step.keep_needed > 1:
        less = Sums({**bought, end: bought.get(end, 0) + step.keep_needed - 1})
        assert stands_on(less, after, plan).level < level


@given(plans, st.dates(date(2024, 1, 1), date(2028, 12, 31)))
def test_windows_never_move_back(plan, on):
    assert window_start(on, plan) <= window_start(on + DAY, plan) or plan.window == "calendar"
    assert window_start(on, plan) <= on


@SLOW
@given(st.lists(days, min_size=1, max_size=4), plans)
def test_one_statement_for_all_members_says_what_the_rules_say_for_each(db, members, plan):
    with transaction.atomic():
        brand, on = a_brand(), date(2026, 3, 3)
        dearer = [Level(one.level, one.code, "b", "", one.threshold + 50_000) for one in some_levels()]
        plan = Plan(brand.id, 1, "spending", plan.window, plan.window_months, plan.period, 14, tuple(dearer))
        ids = {}
        for bought in members:
            member = a_member(brand)
            ids[member.id] = bought
            count_purchases(
                [Purchase(new_id(), brand.id, member.id, day, (amount,)) for day, amount in bought.items()], now=NOW
            )
        found = levels_of_all(plan, on)
        assert {key: found.get(key, 0) for key in ids} == {
            key: stands_on(Sums(bought), on, plan).level for key, bought in ids.items()
        }
        transaction.set_rollback(True)


def test_plans_of_tests_are_those_of_the_brand(db):
    brand = a_brand()
    assert plan_of(brand.id) is None
    assert plan_of(a_tier_plan(brand).brand_id).version == 1
