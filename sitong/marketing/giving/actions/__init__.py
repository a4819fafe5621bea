"""Rewards change here: given, plays used, moved along with a joined member."""

from sitong.marketing.giving.actions.give import (
    ChanceUse,
    Given,
    NoChanceLeft,
    RewardDue,
    RewardImpossible,
    copy_id,
    give_rewards,
    lock_chances,
    use_chances,
)

__all__ = [
    "ChanceUse",
    "Given",
    "NoChanceLeft",
    "RewardDue",
    "RewardImpossible",
    "copy_id",
    "give_rewards",
    "lock_chances",
    "use_chances",
]
