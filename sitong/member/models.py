"""Index of the word's tables; each stands in its topic."""

from sitong.member.identity.models import Member
from sitong.member.points.models import (
    PointBucket,
    PointPlan,
    PointsEarning,
    PointsEntry,
    PointsMoved,
    PointsSpending,
    PointsTaken,
)
from sitong.member.tiers.models import Birthday, Standing, TierDay, TierDayMoved, TierLevel, TierPlan
from sitong.member.wallet.models import TopUpPlan, WalletEntry, WalletTerms

__all__ = [
    "Birthday",
    "Member",
    "PointBucket",
    "PointPlan",
    "PointsEarning",
    "PointsEntry",
    "PointsMoved",
    "PointsSpending",
    "PointsTaken",
    "Standing",
    "TierDay",
    "TierDayMoved",
    "TierLevel",
    "TierPlan",
    "TopUpPlan",
    "WalletEntry",
    "WalletTerms",
]
