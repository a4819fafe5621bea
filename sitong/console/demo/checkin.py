"""The demo brand's check-in: seven days in a row bring a card, ten days in all points; members who come already."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sitong.console.demo.files import made_id
from sitong.marketing.checkin.actions import CheckInWanted, PlanWanted, check_in, define_plans, publish_plan
from sitong.marketing.checkin.rules import Step
from sitong.marketing.coupons.actions import CouponWanted, define_coupons, publish_coupon
from sitong.marketing.giving.rules import Reward
from sitong.member.consent.actions import WordingWanted, publish_wordings
from sitong.shared.clock import business_date
from sitong.shared.errors import Refused

DAYS = 6
COMERS = 40
ZONE = "Asia/Shanghai"


def open_check_in(brand_id: UUID, store_id: UUID, members: Sequence[UUID], *, now: datetime) -> None:
    """Publish the plan, and let some members have come on the days before: each a little less often. The same at every load."""
    publish_wordings([WordingWanted(
        made_id("wording", "location"), brand_id, "location",
        "签到时，我们会查看一次您的位置，用来确认您在店里。位置不会保存。您可以随时在“授权”中撤回，也可以改用柜台的码签到。",
        "When you check in, we look once at where you are, to see that you are in the store. We do not keep it. You can take this back "
        "at any time under “Consents”, or check in with the counter's code instead.",
    )], by=None, now=now)  # fmt: skip
    card = CouponWanted(
        made_id("live coupon", "sevendays"), brand_id, "七日签到卡", "cash", name_en="Seven-day card", number="sevendays", value_minor=1000,
        ways=("campaign",), valid_days=30, per_member=50, stacking="free",
    )  # fmt: skip
    for coupon in define_coupons([card], by=None, now=now):
        if not isinstance(coupon, Refused) and coupon.published_at is None:
            publish_coupon(coupon.id, by=None, now=now)
    steps = (
        Step("streak", 7, Reward("coupon", 1, card.id)),
        Step("total", 10, Reward("points", 100)),
        Step("day", 1, Reward("points", 5)),
    )
    first = business_date(now - timedelta(days=DAYS), ZONE)
    plan = PlanWanted(
        made_id("check-in plan", "seven days"), brand_id, "七天签到", steps, first, name_en="Seven days", crowd_members=1_000,
        device_members_max=5,
    )  # fmt: skip
    for outcome in define_plans([plan], by=None, now=now):
        if not isinstance(outcome, Refused):  # loaded on an earlier day it runs already, from its own first day on
            publish_plan(outcome.id, by=None, now=now)
    for day in range(DAYS, 0, -1):
        at = now - timedelta(days=day)
        wanted = [
            CheckInWanted(
                made_id("check-in", f"{business_date(at, ZONE)} {member_id}"),
                brand_id,
                member_id,
                store_id,
                at_counter=True,
            )
            for rank, member_id in enumerate(members[:COMERS])
            if rank % (day + 1) == 0 or rank < 3
        ]
        check_in(wanted, now=at)
