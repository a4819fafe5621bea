"""Scan plans change here, and codes are drawn with."""

from sitong.marketing.scans.actions.define import (
    ScanPlanEnded,
    change_scan_plan,
    define_scan_plans,
    end_scan_plan,
    pause_scan_plan,
    plan_wanted_of,
    publish_scan_plan,
    resume_scan_plan,
)
from sitong.marketing.scans.actions.scan import scan_for_reward
from sitong.marketing.scans.definition import ScanPlanWanted
from sitong.marketing.scans.shapes import Scan, ScanWanted

__all__ = [
    "Scan", "ScanPlanEnded", "ScanPlanWanted", "ScanWanted", "change_scan_plan", "define_scan_plans", "end_scan_plan", "pause_scan_plan",
    "plan_wanted_of", "publish_scan_plan", "resume_scan_plan", "scan_for_reward",
]  # fmt: skip
