"""Advertising changes here: targets, what is granted and approved, what the provider was asked and has said."""

from sitong.marketing.ads.actions.campaigns import (
    approve_campaign,
    choose_store,
    decline_campaign,
    end_campaigns,
    grant_campaigns,
    try_again,
)
from sitong.marketing.ads.actions.sending import DayTold, begin_campaign, keep_days, note_asked, note_fault, note_made
from sitong.marketing.ads.actions.targets import TargetWanted, define_target, end_target, keep_account, publish_target

__all__ = [
    "DayTold", "TargetWanted", "approve_campaign", "begin_campaign", "choose_store", "decline_campaign", "define_target",
    "end_campaigns", "end_target", "grant_campaigns", "keep_account", "keep_days", "note_asked", "note_fault", "note_made",
    "publish_target", "try_again",
]  # fmt: skip
