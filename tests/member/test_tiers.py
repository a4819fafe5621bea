"""Tiers: up at once, down at a period's end, exact at any moment, and what is needed by when."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from sitong.member.points.queries import points_now
from sitong.member.tiers.actions import (
    DayChange,
    Purchase,
    change_days,
    count_purchases,
    give_birthday_gifts,
    publish_tier_plan,
    rebuild_standings,
    retier_all,
    say_birthday,
    settle_standings,
    tell_of_endings,
)
from sitong.member.tiers.actions.birthdays import BirthdaySaid, BirthdayWrong
from sitong.member.tiers.actions.plans import TierPlanChanged, TierPlanWrong
from sitong.member.tiers.models import Standing, TierDay
from sitong.member.tiers.queries import plan_of, retierings_of, standing_of, tiers_of
from sitong.member.tiers.rules import Level, NextStep, Sums, next_step, period_end, window_start
from sitong.member.tiers.spread import falling, rising, spread_of
from sitong.shared.events.models import Event
from sitong.shared.ids import new_id
from tests.make.member import a_member
from tests.make.org import NOW, a_brand
from tests.make.points import a_points_plan
from tests.make.tiers import a_tier_plan, bought, some_levels

TODAY = date(2026, 3, 3)


@pytest.fixture
def brand(db):
    return a_brand()


@pytest.fixture
def plan(brand):
    return a_tier_plan(brand)


@pytest.fixture
def member(brand, plan):
    return a_member(brand)


def tier(member, at=NOW):
    found = tiers_of([member.id], at=at).get(member.id)
    return found.code if found else None


def test_who_has_bought_nothing_stands_at_the_level_that_needs_nothing(member):
    assert tier(member) == "basic"


def test_without_a_plan_nobody_has_a_tier(brand):
    assert tier(a_member(brand)) is None


def test_a_member_rises_at_once_and_the_next_purchase_of_the_same_batch_has_the_new_factor(member):
    wanted = [
        Purchase(new_id(), member.brand_id, member.id, TODAY, lines, 1) for lines in ((60_000, 40_000), (10_000,))
    ]
    first, second = count_purchases(wanted, now=NOW)
    assert (first.factor_bp, first.points) == (10_000, (600, 400))
    assert (second.factor_bp, second.points) == (15_000, (150,))
    assert tier(member) == "gold"
    day = TierDay.objects.get(member_id=member.id)
    assert (day.on, day.amount_minor, day.points) == (TODAY, 110_000, 1_150)
    assert Event.objects.get(name="member.tier_rose").facts["after"] == "gold"


def test_a_level_gained_by_what_came_back_is_gone_at_once(member):
    bought(member, 100_000)
    assert tier(member) == "gold"
    change_days([DayChange(member.brand_id, member.id, TODAY, -60_000, -600)], now=NOW)
    assert tier(member) == "silver"
    assert Event.objects.get(name="member.tier_fell").facts["because"] == "return"


def test_members_fall_only_at_the_period_s_end(member, plan):
    bought(member, 100_000, on=date(2025, 9, 15))
    assert tier(member) == "gold"
    # the purchase leaves the rolling six months on 15 March; gold is kept to the end of March
    assert tier(member, datetime(2026, 3, 31, 15, 59, tzinfo=UTC)) == "gold"
    in_april = datetime(2026, 3, 31, 16, 0, tzinfo=UTC)
    assert tier(member, in_april) == "basic"
    assert Standing.objects.get(member_id=member.id).level == 3
    assert settle_standings(now=in_april) == 1
    assert Standing.objects.get(member_id=member.id).level == 1
    assert tier(member, in_april) == "basic"
    assert settle_standings(now=in_april) == 0


def test_who_will_fall_is_told_once_with_what_is_lacking(member):
    bought(member, 100_000, on=date(2025, 9, 15))
    at = datetime(2026, 3, 20, 2, tzinfo=UTC)
    assert tell_of_endings(now=at) == 1
    assert tell_of_endings(now=at) == 0
    facts = Event.objects.get(name="member.tier_ending").facts
    assert (facts["code"], facts["needed"], facts["keeps_until"]) == ("gold", 100_000, "2026-03-31")


def test_a_purchase_of_last_month_that_is_heard_of_today_counts_where_it_belongs(member):
    bought(member, 50_000, on=date(2026, 2, 27))
    bought(member, 50_000, on=TODAY)
    assert tier(member) == "gold"
    assert standing_of(member.id, NOW).value == 100_000


def test_what_is_needed_by_when(plan):
    days = Sums({date(2025, 10, 10): 88_000, date(2026, 2, 1): 20_000})
    # 1,080.00 of 2,000.00: 920.00 more until the purchase of 10 October leaves the window on 10 April
    step = next_step(days, 3, TODAY, plan)
    assert step == NextStep(4, 92_000, date(2026, 4, 9), 0, date(2026, 3, 31))
    # at the end of April only 200.00 still counts
    assert next_step(days, 3, date(2026, 4, 2), plan).keep_needed == 80_000
    assert next_step(days, 6, TODAY, plan).up_level == 0


def test_windows_and_periods_end_with_their_months(plan):
    assert window_start(date(2026, 8, 31), plan) == date(2026, 3, 1)
    assert window_start(date(2026, 3, 3), plan) == date(2025, 9, 4)
    quarter = replace(plan, period="quarter", window="calendar", window_months=12)
    assert period_end(date(2026, 5, 5), quarter) == date(2026, 6, 30)
    assert window_start(date(2026, 5, 5), quarter) == date(2026, 1, 1)


def test_a_plan_is_published_over_the_one_that_was_read_and_must_make_sense(brand, plan):
    with pytest.raises(TierPlanChanged):
        publish_tier_plan(replace(plan, version=0), by=None, now=NOW)
    with pytest.raises(TierPlanWrong):
        publish_tier_plan(replace(plan, levels=plan.levels[::-1]), by=None, now=NOW)
    twice = (plan.levels[0], replace(plan.levels[1], threshold=0))
    with pytest.raises(TierPlanWrong):
        publish_tier_plan(replace(plan, levels=twice), by=None, now=NOW)
    assert plan_of(brand.id) == plan


def test_a_new_plan_raises_at_once_and_leaves_a_level_until_the_period_s_end(member, plan):
    bought(member, 100_000)
    dearer = [replace(level, threshold=level.threshold * 3) for level in plan.levels]
    publish_tier_plan(replace(plan, levels=tuple(dearer)), by=None, now=NOW)
    assert tier(member) == "gold"
    assert settle_standings(now=NOW) == 1
    assert tier(member) == "gold"
    in_april = datetime(2026, 4, 1, 2, tzinfo=UTC)
    assert tier(member, in_april) == "silver"
    settle_standings(now=in_april)
    assert tier(member, in_april) == "silver"
    cheaper = [replace(level, threshold=level.threshold // 100) for level in dearer]
    publish_tier_plan(replace(plan, version=2, levels=tuple(cheaper)), by=None, now=in_april)
    assert tier(member, in_april) == "crown"


def test_the_preview_counts_everybody_under_the_plan_that_is_tried(brand, plan):
    members = [a_member(brand) for _ in range(5)]
    for member, amount in zip(members, (0, 30_000, 60_000, 120_000, 900_000), strict=True):
        if amount:
            bought(member, amount)
    assert spread_of(plan, TODAY) == [0, 1, 2, 1, 0, 0, 1]
    one = replace(plan, levels=(Level(1, "club", "会员", "Club", 100_000),))
    assert spread_of(one, TODAY) == [3, 2]
    by_points = replace(plan, measure="points")
    assert spread_of(by_points, TODAY)[1] == 5


def test_the_lists_name_who_falls_and_who_lacks_least(brand, plan):
    ann, bob = a_member(brand), a_member(brand)
    bought(ann, 100_000, on=date(2025, 9, 15))
    bought(bob, 95_000)
    assert [(one.member_id, one.needed) for one in falling(plan, TODAY)] == [(ann.id, 100_000)]
    assert next((one.member_id, one.needed) for one in rising(plan, TODAY)) == (bob.id, 5_000)


def test_the_rebuild_gives_what_counting_gave(brand, plan):
    members = [a_member(brand) for _ in range(6)]
    for number, member in enumerate(members):
        bought(member, 20_000 * number, on=TODAY - timedelta(days=30 * number))
        bought(member, 15_000, on=TODAY)
    before = dict(Standing.objects.values_list("member_id", "level"))
    Standing.objects.all().delete()
    assert rebuild_standings(brand.id, now=NOW) == 6
    assert dict(Standing.objects.values_list("member_id", "level")) == before


def test_a_birthday_is_said_once_and_its_gift_comes_once_a_year(brand, plan):
    a_points_plan(brand)
    member = a_member(brand)
    say_birthday(member.id, month=3, day=3, now=NOW)
    say_birthday(member.id, month=3, day=3, now=NOW)
    with pytest.raises(BirthdaySaid):
        say_birthday(member.id, month=3, day=4, now=NOW)
    with pytest.raises(BirthdayWrong):
        say_birthday(member.id, month=2, day=30, now=NOW)
    assert give_birthday_gifts(now=NOW) == 0  # the basic level has no gift
    bought(member, 100_000)
    assert give_birthday_gifts(now=NOW) == 1
    assert give_birthday_gifts(now=NOW + timedelta(days=1)) == 0
    assert points_now([member.id])[member.id].ready == 200
    assert give_birthday_gifts(now=NOW + timedelta(days=364)) == 0
    bought(member, 100_000, on=date(2027, 3, 3), now=NOW + timedelta(days=365))
    assert give_birthday_gifts(now=NOW + timedelta(days=365)) == 1


def test_twenty_members_take_as_many_statements_as_two(brand, plan):
    members = [a_member(brand) for _ in range(22)]

    def statements(some):
        with CaptureQueriesContext(connection) as queries:
            count_purchases([Purchase(new_id(), brand.id, one.id, TODAY, (5_000,), 1) for one in some], now=NOW)
            tiers_of([one.id for one in some], at=NOW)
        return len(queries)

    assert statements(members[:2]) == statements(members[2:])
    assert [level.code for level in some_levels()][:3] == ["basic", "silver", "gold"]


def test_a_whole_brand_is_settled_in_as_many_statements_for_twenty_as_for_two(brand, plan):
    in_april = datetime(2026, 4, 1, 2, tzinfo=UTC)

    def statements(count, at):
        for _ in range(count):
            bought(a_member(brand), 100_000, on=date(2025, 9, 15))
        with CaptureQueriesContext(connection) as queries:
            assert retier_all(brand.id, now=at) == count
        return len(queries)

    settle_standings(now=NOW)
    assert statements(2, in_april) == statements(20, in_april)
    assert Event.objects.filter(name="member.tier_fell").count() == 22
    assert {one.ended_at for one in retierings_of(brand.id)} == {NOW, in_april}
    assert [one.moves for one in retierings_of(brand.id)][:2] == [[["gold", "basic", 20]], [["gold", "basic", 2]]]


def test_more_than_one_piece_of_endings_is_told_of_once_each(brand, plan, monkeypatch):
    monkeypatch.setattr("sitong.member.tiers.actions.periods.SETTLED_AT_ONCE", 2)
    for _ in range(5):
        bought(a_member(brand), 100_000, on=date(2025, 9, 15))
    at = datetime(2026, 3, 20, 2, tzinfo=UTC)
    assert [tell_of_endings(now=at), tell_of_endings(now=at)] == [5, 0]
    assert Event.objects.filter(name="member.tier_ending").count() == 5
