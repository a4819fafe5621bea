"""Plans of check-in: drafts that may be changed, one that runs, and what cannot be a plan."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from sitong.marketing.checkin.actions import PlanWanted, define_plans, end_plan, publish_plan
from sitong.marketing.checkin.rules import Step
from sitong.marketing.giving.rules import Reward
from sitong.marketing.models import CheckInPlan
from sitong.shared.errors import Refused
from sitong.shared.ids import new_id
from tests.make.checkin import a_card, a_plan, asks_for_location, seven_days
from tests.make.org import NOW, a_brand, a_store, done

pytestmark = pytest.mark.usefixtures("db")


@pytest.fixture
def brand():
    return a_brand()


def wanted_by(brand, **fields) -> PlanWanted:
    values = {"name": "签到", "steps": (seven_days(a_card(brand)),), "starts_on": date(2026, 3, 1), **fields}
    return PlanWanted(new_id(), brand.id, **values)


def test_a_draft_may_be_changed_and_what_is_published_may_not(brand):
    asks_for_location(brand)
    wanted = wanted_by(brand)
    done(define_plans([wanted], by=None, now=NOW))
    changed = done(define_plans([replace(wanted, name="新签到")], by=None, now=NOW))
    assert (changed.name, CheckInPlan.objects.count()) == ("新签到", 1)
    publish_plan(wanted.id, by=None, now=NOW)
    assert done(define_plans([replace(wanted, name="新签到")], by=None, now=NOW)).name == "新签到"
    (refused,) = define_plans([wanted], by=None, now=NOW)
    assert refused.code == "marketing.check_in_published"
    assert CheckInPlan.objects.get().name == "新签到"


def test_one_plan_runs_at_a_time_beside_a_store_s_own(brand):
    first, second = a_plan(brand), a_plan(brand, published=False)
    with pytest.raises(Refused, match="check_in_running"):
        publish_plan(second.id, by=None, now=NOW)
    a_plan(brand, store=a_store(brand))
    end_plan(first.id, by=None, now=NOW)
    assert publish_plan(second.id, by=None, now=NOW).published_at == NOW
    with pytest.raises(Refused, match="check_in_published"):
        publish_plan(first.id, by=None, now=NOW)


def test_nobody_s_position_is_looked_at_before_members_are_asked(brand):
    wanted, by_code = wanted_by(brand), wanted_by(brand, by_position=False)
    define_plans([wanted, by_code], by=None, now=NOW)
    with pytest.raises(Refused, match="location_wording_missing"):
        publish_plan(wanted.id, by=None, now=NOW)
    assert publish_plan(by_code.id, by=None, now=NOW).published_at == NOW


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"name": "  "}, "marketing.check_in_nameless"), ({"steps": ()}, "marketing.check_in_steps"),
        ({"steps": (Step("streak", 0, Reward("cash", 1)),)}, "marketing.check_in_steps"),
        ({"steps": (Step("streak", 7, Reward("cash", 1)), Step("streak", 7, Reward("cash", 2)))}, "marketing.check_in_steps"),
        ({"ends_on": date(2026, 2, 28)}, "marketing.check_in_dates"),
        ({"by_position": False, "by_code": False}, "marketing.check_in_ways"),
        ({"accuracy_m_max": 4}, "marketing.check_in_limits"), ({"crowd_members": 1}, "marketing.check_in_limits"),
        ({"per": "dealer"}, "marketing.check_in_limits"), ({"store_id": new_id()}, "shared.not_found"),
        ({"steps": (Step("streak", 7, Reward("points", 5)),)}, "member.no_points_plan"),
        ({"steps": (Step("streak", 7, Reward("coupon", 1, new_id())),)}, "marketing.reward_closed"),
    ],
)  # fmt: skip
def test_what_cannot_be_a_plan_is_refused_when_it_is_made(brand, fields, code):
    (refused,) = define_plans([wanted_by(brand, **fields)], by=None, now=NOW)
    assert isinstance(refused, Refused) and refused.code == code
    assert not CheckInPlan.objects.exists()
