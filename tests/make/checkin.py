"""Plans of check-in, members who come to a store, and where they stand, made through actions."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sitong.marketing.checkin.actions import CheckInWanted, PlanWanted, check_in, define_plans, publish_plan
from sitong.marketing.checkin.rules import Step
from sitong.marketing.giving.rules import Reward
from sitong.member.consent.actions import ConsentSaid, WordingWanted, publish_wordings, say_consents
from sitong.member.consent.queries import wordings_now
from sitong.shared.geo import Position
from sitong.shared.ids import new_id
from tests.make.marketing import a_coupon
from tests.make.org import NOW, done

AT_STORE = Position(31_230_000, 121_473_000)
"""Where `a_store` stands: its fence reaches 200 m."""
DAY = timedelta(days=1)


def asks_for_location(brand: Any, *, now: datetime = NOW):
    """The brand asks its members whether it may look at their location."""
    wanted = WordingWanted(
        new_id(), brand.id, "location", "签到时，我们会查看一次您的位置，不会保存。", "We look once at where you are."
    )
    return done(publish_wordings([wanted], by=None, now=now))


def agrees(brand: Any, *members: Any, yes: bool = True, now: datetime = NOW) -> None:
    """Members say yes (or no) to the brand's wording."""
    (wording,) = [one for one in wordings_now(brand.id) if one.purpose == "location"]
    for outcome in say_consents(
        [ConsentSaid(new_id(), brand.id, member.id, wording.id, yes, "self") for member in members], now=now
    ):
        assert not isinstance(outcome, Exception), outcome


def a_card(brand: Any, *, now: datetime = NOW, **fields: Any):
    """The card that seven days bring: a coupon that campaigns may give, again and again."""
    fields = {
        "name": "七日卡",
        "name_en": "Seven-day card",
        "per_member": 100,
        "ways": ("campaign",),
        "valid_until": now + 400 * DAY,
    } | fields
    return a_coupon(brand, now=now, **fields)


def seven_days(coupon: Any, **fields: Any) -> Step:
    """Seven days in a row bring a coupon."""
    return Step("streak", 7, Reward("coupon", 1, coupon.id), **fields)


def a_plan(brand: Any, *steps: Step, store: Any = None, published: bool = True, now: datetime = NOW, **fields: Any):
    """A plan of the brand, or of a store of its own; for nothing else, seven days in a row bring a card."""
    if not any(one.purpose == "location" for one in wordings_now(brand.id)):
        asks_for_location(brand, now=now)
    steps = steps or (seven_days(a_card(brand, now=now)),)
    values = {"starts_on": date(2026, 1, 1), "name": "到店签到", "name_en": "Come by", **fields}
    wanted = PlanWanted(new_id(), brand.id, steps=steps, store_id=store.id if store else None, **values)
    plan = done(define_plans([wanted], by=None, now=now))
    return publish_plan(plan.id, by=None, now=now) if published else plan


def wanted_in(store: Any, member: Any, *, id: UUID | None = None, **fields: Any) -> CheckInWanted:
    """A member stands in the store and says so."""
    values = {"position": AT_STORE, "accuracy_m": 20, **fields}
    return CheckInWanted(id or new_id(), store.brand_id, member.id, store.id, **values)


def checks_in(store: Any, member: Any, *, now: datetime = NOW, **fields: Any):
    """A member checks in; what it is refused with is raised."""
    return done(check_in([wanted_in(store, member, **fields)], now=now))


def comes_on(store: Any, member: Any, *days: int, now: datetime = NOW, **fields: Any) -> None:
    """A member comes on these days after the first."""
    for day in days:
        checks_in(store, member, now=now + day * DAY, **fields)
