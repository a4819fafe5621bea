"""Scans: what a code is, what it wins, once; budgets and limits hold, and what is known is only read."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from sitong.goods.codes.actions import RangeWanted, void_codes
from sitong.goods.codes.models import CodeState
from sitong.goods.codes.models import Scan as ScanRow
from sitong.goods.codes.queries import CodeUnknown
from sitong.marketing.coupons.actions import end_coupon
from sitong.marketing.giving.models import CashDue, RewardGiven
from sitong.marketing.giving.rules import Reward
from sitong.marketing.scans.actions import (
    ScanPlanEnded,
    change_scan_plan,
    define_scan_plans,
    end_scan_plan,
    pause_scan_plan,
    plan_wanted_of,
    resume_scan_plan,
    scan_for_reward,
)
from sitong.marketing.scans.definition import (
    ScanCashRange,
    ScanPlanChances,
    ScanPlanFrozen,
    ScanPlanLimits,
    ScanPlanTarget,
    ScanPrizeUnlawful,
)
from sitong.marketing.scans.models import CodeDraw, ScanPlanCount
from sitong.marketing.scans.rules import (
    MILLION,
    CodeIdle,
    CodeVoid,
    InnerCodeEarns,
    Prize,
    ScanBudgetGone,
    ScanGoneToday,
    ScannedEnough,
    ScannedEnoughToday,
    ScanNotRunning,
)
from sitong.member.points.queries import points_now
from sitong.shared.errors import RepeatDiffers
from sitong.shared.events.models import Event
from sitong.shared.ids import new_id
from sitong.shared.ledger.books import check_books
from tests.make.codes import a_batch, code_texts
from tests.make.goods import a_product
from tests.make.marketing import a_coupon
from tests.make.member import a_member, joined_as_one
from tests.make.org import NOW, a_brand
from tests.make.points import a_points_plan
from tests.make.scans import FIXED, a_scan, a_scan_plan, scanned

LATER = NOW + timedelta(minutes=20)


@pytest.fixture
def brand(db):
    return a_brand()


def count_of(plan) -> tuple[int, int, int, list[int]]:
    row = ScanPlanCount.objects.get(plan_id=plan.id)
    return row.drawn, row.won, row.spent_minor, row.won_each


def test_the_first_scan_says_what_the_code_is_and_gives_its_reward_once(brand):
    a_points_plan(brand)
    product = a_product(brand.id)
    batch = a_batch(brand.id, sku_id=product.skus.get().id)
    plan = a_scan_plan(batch, prizes=(Prize(Reward("points", 50), MILLION, 5),), budget_minor=1_000)
    ann, bob = a_member(brand), a_member(brand)
    first = scanned(batch, 1, ann)
    assert (first.standing, first.product.name, first.before, first.first_scan_at) == ("active", product.name, 0, NOW)
    assert (first.reward, first.mine, first.drawn, first.why) == (Reward("points", 50), True, True, None)
    again, other = scanned(batch, 1, ann), scanned(batch, 1, bob)
    assert (again.before, again.first_scan_at, again.reward, again.mine) == (1, NOW, Reward("points", 50), True)
    assert (other.before, other.reward, other.mine, other.drawn) == (1, None, False, True)
    assert points_now([ann.id])[ann.id].ready == 50 and RewardGiven.objects.count() == 1
    assert count_of(plan) == (1, 1, 5, [1])
    (event,) = Event.objects.filter(name="marketing.code_drawn")
    assert (event.facts["serial"], event.facts["prize"], event.facts["cost_minor"]) == (1, 0, 5)
    assert check_books() == []


def test_the_same_scan_again_gets_the_same_answer_and_gives_nothing_more(brand):
    batch, member = a_batch(brand.id), a_member(brand)
    a_scan_plan(batch)
    one = a_scan(batch, 1, member)
    (first,), (second,) = scan_for_reward([one], now=NOW), scan_for_reward([one], now=LATER)
    assert (first.before, first.reward, first.first_scan_at) == (second.before, second.reward, second.first_scan_at)
    both = scan_for_reward([one, one], now=NOW)
    assert [outcome.reward for outcome in both] == [Reward("cash", 100)] * 2
    assert CashDue.objects.count() == 1 and ScanRow.objects.count() == 1
    (differing,) = scan_for_reward([a_scan(batch, 2, member, id=one.id)], now=NOW)
    assert differing == RepeatDiffers(id=one.id)
    assert CodeDraw.objects.count() == 1


def test_a_repeated_scan_is_only_read_and_written_down_once_in_ten_minutes(brand):
    batch, member = a_batch(brand.id), a_member(brand)
    a_scan_plan(batch)
    scanned(batch, 1, member)
    with CaptureQueriesContext(
        connection,
    ) as caught:
        quiet = scanned(batch, 1, member, now=NOW + timedelta(minutes=9))
    assert (quiet.before, quiet.reward) == (1, Reward("cash", 100))
    assert all(query["sql"].lstrip().startswith("SELECT") and "FOR NO KEY" not in query["sql"] for query in caught)
    assert CodeState.objects.get().scans == 1
    noted = scanned(batch, 1, member, now=NOW + timedelta(minutes=10))
    assert (noted.before, CodeState.objects.get().scans) == (1, 2)


def test_another_place_is_written_down_at_once(brand):
    here, there = 0x872830828FFFFFF, 0x872830829FFFFFF
    batch, member = a_batch(brand.id), a_member(brand)
    scanned(batch, 1, member, cell=here)
    scanned(batch, 1, member, cell=here)
    assert CodeState.objects.get().scans == 1
    scanned(batch, 1, member, cell=there)
    assert CodeState.objects.get().scans == 2


def test_a_stranger_sees_that_it_is_genuine_and_the_reward_waits_for_a_member(brand):
    batch, member = a_batch(brand.id), a_member(brand)
    a_scan_plan(batch)
    seen = scanned(batch, 1)
    assert (seen.standing, seen.before, seen.drawn, seen.reward, seen.why) == ("active", 0, False, None, None)
    mine = scanned(batch, 1, member)
    assert (mine.before, mine.reward) == (1, Reward("cash", 100))


def test_forged_and_foreign_codes_are_unknown_and_touch_no_neighbor(brand):
    other = a_brand()
    batch, foreign, member = a_batch(brand.id), a_batch(other.id), a_member(brand)
    a_scan_plan(batch)
    (code,) = code_texts(foreign, 1)
    asked = [a_scan(batch, 1, member), a_scan(batch, 2, member), a_scan(batch, 3, member)]
    asked[1] = type(asked[1])(new_id(), brand.id, code, member.id)
    outcomes = scan_for_reward(asked, now=NOW)
    assert outcomes[1] == CodeUnknown()
    assert [outcomes[0].reward, outcomes[2].reward] == [Reward("cash", 100)] * 2


def test_void_idle_outer_and_box_codes_win_nothing_and_say_why(brand):
    member = a_member(brand)
    void, idle = a_batch(brand.id, 10), a_batch(brand.id, 10, active=False)
    inner, box = a_batch(brand.id, 10, inner=True), a_batch(brand.id, 10, level="box")
    for batch in (void, idle, inner):
        a_scan_plan(batch)
    void_codes([RangeWanted(new_id(), brand.id, void.id, 1, 5, "lost")], by=None, now=NOW)
    assert scanned(void, 1, member).why == CodeVoid() and scanned(void, 6, member).reward is not None
    assert scanned(idle, 1, member).why == CodeIdle()
    assert scanned(inner, 1, member).why == InnerCodeEarns()
    assert scanned(inner, 1, member, side="inner").reward == Reward("cash", 100)
    boxed = scanned(box, 1, member)
    assert (boxed.reward, boxed.why, boxed.drawn) == (None, None, False)
    assert CodeDraw.objects.count() == 2


def test_budget_quantities_and_limits_hold_and_the_code_keeps_its_chance(brand):
    ann, bob = a_member(brand), a_member(brand)
    poor, scarce, daily, per, per_day = (a_batch(brand.id, 10) for _ in range(5))
    a_scan_plan(poor, budget_minor=250)
    a_scan_plan(scarce, prizes=(Prize(Reward("cash", 100), MILLION, 100, 1),))
    a_scan_plan(daily, rewards_daily=1)
    a_scan_plan(per, per_member=1)
    plan = a_scan_plan(per_day, per_member_daily=1)
    assert [scanned(poor, at, ann).why for at in (1, 2, 3)] == [None, None, ScanBudgetGone()]
    assert [scanned(scarce, at, ann).why for at in (1, 2)] == [None, ScanBudgetGone()]
    assert [scanned(daily, at, one).why for at, one in ((1, ann), (2, bob))] == [None, ScanGoneToday()]
    assert [scanned(per, at, ann).why for at in (1, 2)] == [None, ScannedEnough(per_member=1)]
    assert [scanned(per_day, at, ann).why for at in (1, 2)] == [None, ScannedEnoughToday(per_member_daily=1)]
    tomorrow = NOW + timedelta(days=1)
    assert scanned(daily, 2, bob, now=tomorrow).reward == Reward("cash", 100)
    assert scanned(per, 2, bob).reward == Reward("cash", 100)
    assert scanned(per_day, 2, ann, now=tomorrow).reward == Reward("cash", 100)
    assert count_of(plan) == (2, 2, 200, [2])
    assert check_books() == []


def test_chance_decides_by_weight_and_what_is_missing_to_certain_wins_nothing(brand, monkeypatch):
    member, batch = a_member(brand), a_batch(brand.id, 10)
    prizes = (Prize(Reward("cash", 1_000), 100_000, 1_000, 1), Prize(Reward("cash", 100), 400_000, 100))
    plan = a_scan_plan(batch, prizes=prizes)
    numbers = iter([99_999, 100_000, 499_999, 500_000, 0])
    monkeypatch.setattr("sitong.marketing.scans.actions.scan.secrets.randbelow", lambda _n: next(numbers))
    won = [scanned(batch, at, member).reward for at in range(1, 6)]
    assert won == [Reward("cash", 1_000), Reward("cash", 100), Reward("cash", 100), None, None]
    assert count_of(plan) == (5, 3, 1_200, [1, 2])
    lost = scanned(batch, 4, member)
    assert (lost.drawn, lost.mine, lost.reward, lost.why) == (True, True, None, None)
    assert check_books() == []


def test_a_plan_that_does_not_run_gives_nothing_and_says_so(brand):
    member, batch = a_member(brand), a_batch(brand.id, 10)
    plan = a_scan_plan(batch)
    pause_scan_plan(plan.id, by=None, now=NOW)
    assert scanned(batch, 1, member).why == ScanNotRunning()
    resume_scan_plan(plan.id, by=None, now=NOW)
    assert scanned(batch, 1, member).reward is not None
    assert scanned(batch, 2, member, now=NOW + timedelta(days=30)).why == ScanNotRunning()
    end_scan_plan(plan.id, by=None, now=NOW)
    assert scanned(batch, 3, member).why == ScanNotRunning()
    with pytest.raises(ScanPlanEnded):
        resume_scan_plan(plan.id, by=None, now=NOW)
    assert scanned(batch, 1, member).reward == Reward("cash", 100)


def test_the_plan_of_the_batch_goes_before_that_of_the_product(brand):
    member, product = a_member(brand), a_product(brand.id)
    sku_id = product.skus.get().id
    one, two = a_batch(brand.id, 10, sku_id=sku_id), a_batch(brand.id, 10, sku_id=sku_id)
    a_scan_plan(one, batch_id=None, product_id=product.id, prizes=(Prize(Reward("cash", 70), MILLION, 70),))
    special = a_scan_plan(one)
    assert scanned(one, 1, member).reward == Reward("cash", 100)
    assert scanned(two, 1, member).reward == Reward("cash", 70)
    pause_scan_plan(special.id, by=None, now=NOW)
    assert scanned(one, 2, member).reward == Reward("cash", 70)


def test_what_could_not_be_handed_over_stays_the_members_and_is_tried_again(brand):
    member, batch = a_member(brand), a_batch(brand.id, 10)
    coupon = a_coupon(brand, ways=("campaign",), per_member=1)
    plan = a_scan_plan(batch, prizes=(Prize(Reward("coupon", 1, coupon.id), MILLION, 300),), budget_minor=600)
    assert scanned(batch, 1, member).fault == ""
    owed = scanned(batch, 2, member)
    assert (owed.reward, owed.fault, owed.mine) == (Reward("coupon", 1, coupon.id), "marketing.have_yours", True)
    assert count_of(plan) == (2, 2, 600, [2])
    from sitong.marketing.coupons.actions import change_coupon

    change_coupon(coupon.id, changes={"per_member": 2}, by=None, now=NOW)
    assert scanned(batch, 2, member).fault == ""
    assert RewardGiven.objects.count() == 2 and count_of(plan) == (2, 2, 600, [2])
    assert check_books() == []
    end_coupon(coupon.id, by=None, now=NOW)


def test_a_plan_is_frozen_once_drawn_from_but_in_the_consumers_favor(brand):
    member, batch = a_member(brand), a_batch(brand.id, 10)
    plan = a_scan_plan(batch, budget_minor=1_000, per_member=2)
    change_scan_plan(plan.id, changes={"budget_minor": 900}, by=None, now=NOW)
    scanned(batch, 1, member)
    for changes in (
        {"budget_minor": 800}, {"per_member": 1}, {"ends_at": NOW}, {"prizes": (Prize(Reward("cash", 50), MILLION, 50),)},
        {"starts_at": NOW}, {"batch_id": a_batch(brand.id).id}, {"prizes": (Prize(Reward("cash", 100), MILLION, 100, 5),)},
    ):  # fmt: skip
        with pytest.raises(ScanPlanFrozen):
            change_scan_plan(plan.id, changes=changes, by=None, now=NOW)
    better = {"budget_minor": None, "per_member": 3, "ends_at": NOW + timedelta(days=60), "name": "更好"}
    changed = change_scan_plan(plan.id, changes=better, by=None, now=NOW)
    assert (changed.budget_minor, changed.per_member, changed.name) == (None, 3, "更好")


def test_plans_that_cannot_be_are_refused_when_they_are_made(brand):
    batch = a_batch(brand.id)
    sound = plan_wanted_of(a_scan_plan(batch, published=False))

    def refused(**changes):
        from dataclasses import replace

        (outcome,) = define_scan_plans([replace(sound, id=new_id(), **changes)], by=None, now=NOW)
        return type(outcome)

    half = MILLION // 2
    dear = Prize(Reward("gift", 1, new_id()), half, 5_000_001)
    assert refused(prizes=(Prize(Reward("cash", 100), half, 100),) * 3) is ScanPlanChances
    assert refused(prizes=(dear, *FIXED)) is ScanPrizeUnlawful
    assert refused(prizes=(Prize(Reward("cash", 9), MILLION, 9),)) is ScanCashRange
    assert refused(prizes=(Prize(Reward("cash", 100), MILLION, 50),)) is ScanCashRange
    assert refused(budget_minor=99) is ScanPlanLimits
    assert refused(batch_id=a_batch(a_brand().id).id) is ScanPlanTarget
    assert refused(batch_id=a_batch(brand.id, level="box").id) is ScanPlanTarget
    assert refused(product_id=new_id()) is ScanPlanTarget
    assert refused(batch_id=None, product_id=new_id()) is ScanPlanTarget


def test_statements_do_not_depend_on_how_many_scan(brand):
    a_points_plan(brand)
    batch = a_batch(brand.id, 100)
    a_scan_plan(batch, prizes=(Prize(Reward("points", 5), MILLION, 5),), per_member=5)
    members = [a_member(brand) for _ in range(24)]

    def statements(serials) -> int:
        with CaptureQueriesContext(connection) as caught:
            outcomes = scan_for_reward([a_scan(batch, at, members[at]) for at in serials], now=NOW)
        assert all(one.reward == Reward("points", 5) for one in outcomes)
        return len(caught)

    statements([0 + 1])
    assert statements([2, 3]) == statements(range(4, 24))


def test_draws_move_with_a_joined_member(brand):
    batch, one, two = a_batch(brand.id), a_member(brand), a_member(brand)
    a_scan_plan(batch)
    scanned(batch, 1, one)
    joined_as_one(one, two)
    assert scanned(batch, 1, two).mine or scanned(batch, 1, one).mine
    assert check_books() == []
