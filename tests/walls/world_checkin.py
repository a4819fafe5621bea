"""A plan of brand one, a draft beside it, and a member's check-in."""

from __future__ import annotations

from typing import Any

from sitong.marketing.checkin.rules import Step
from sitong.marketing.giving.rules import Reward
from sitong.shared import clock
from tests.make.checkin import a_card, a_plan, checks_in


def checkin_samples(brand: Any, store: Any, member: Any) -> dict[str, str]:
    """Give the id of a draft; a plan runs, and the member has checked in by the counter's code."""
    now = clock.now()
    step = Step("streak", 7, Reward("coupon", 1, a_card(brand, now=now).id))
    a_plan(brand, step, now=now, name="秘密签到", by_position=False)
    draft = a_plan(brand, step, now=now, name="秘密草稿", published=False)
    checks_in(store, member, now=now, position=None, at_counter=True)
    return {"check_in_plan_id": str(draft.id)}
