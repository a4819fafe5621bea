"""Coupons change here: defined, given, redeemed, passed on, made void."""

from sitong.marketing.coupons.actions.claim import claim_coupons, look_at_claims
from sitong.marketing.coupons.actions.define import (
    CampaignWanted,
    change_coupon,
    define_campaigns,
    define_coupons,
    wanted_of,
)
from sitong.marketing.coupons.actions.give import GivingWanted, continue_givings, give_coupons, stop_giving
from sitong.marketing.coupons.actions.locking import lock_claims
from sitong.marketing.coupons.actions.passing import PassWanted, pass_on_coupon, recall_pass, take_passed_coupon
from sitong.marketing.coupons.actions.redeem import (
    RedeemedInOrder,
    redeem_coupons,
    redeem_for_orders,
    undo_redemptions,
)
from sitong.marketing.coupons.actions.states import (
    VoidWanted,
    end_coupon,
    pause_coupon,
    publish_coupon,
    resume_coupon,
    void_coupon,
    void_coupons,
)
from sitong.marketing.coupons.actions.stores import choose_coupons, push_coupon, unchoose_coupons
from sitong.marketing.coupons.claiming import Claimed, ClaimWanted
from sitong.marketing.coupons.definition import CouponWanted
from sitong.marketing.coupons.redeeming import Redeemed, RedeemWanted

__all__ = [
    "CampaignWanted", "ClaimWanted", "Claimed", "CouponWanted", "GivingWanted", "PassWanted", "RedeemWanted", "Redeemed",
    "RedeemedInOrder", "VoidWanted", "change_coupon", "choose_coupons", "claim_coupons", "continue_givings", "define_campaigns",
    "define_coupons", "end_coupon", "give_coupons", "lock_claims", "look_at_claims", "pass_on_coupon", "pause_coupon", "publish_coupon",
    "push_coupon", "recall_pass", "redeem_coupons", "redeem_for_orders", "resume_coupon", "stop_giving", "take_passed_coupon",
    "unchoose_coupons", "undo_redemptions", "void_coupon", "void_coupons", "wanted_of",
]  # fmt: skip
