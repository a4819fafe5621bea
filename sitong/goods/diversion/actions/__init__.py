"""What the watch changes: counts of scans, evidence, alerts and what people make of them."""

from sitong.goods.diversion.actions.alerts import StepWanted, take_alert_steps
from sitong.goods.diversion.actions.copied import weigh_codes
from sitong.goods.diversion.actions.count import count_scans
from sitong.goods.diversion.actions.judge import judge_brand, judge_brands
from sitong.goods.diversion.actions.recount import recount_period

__all__ = [
    "StepWanted",
    "count_scans",
    "judge_brand",
    "judge_brands",
    "recount_period",
    "take_alert_steps",
    "weigh_codes",
]
