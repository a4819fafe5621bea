"""Check-in changes here: its plans, the days of members, and what somebody decides after a look."""

from sitong.marketing.checkin.actions.counting import check_in
from sitong.marketing.checkin.actions.plans import PlanWanted, define_plans, end_plan, publish_plan
from sitong.marketing.checkin.actions.review import accept_check_ins, refuse_check_ins
from sitong.marketing.checkin.deciding import CheckedIn, CheckInWanted

__all__ = [
    "CheckInWanted", "CheckedIn", "PlanWanted", "accept_check_ins", "check_in", "define_plans", "end_plan", "publish_plan",
    "refuse_check_ins",
]  # fmt: skip
