"""What changes points: plans are published, points earned, matured, spent, given and taken back, given as gifts, expired."""

from sitong.member.points.actions.earning import (
    Earned,
    PointsEarned,
    PointsTakenBack,
    TakenBack,
    earn_points,
    mature_points,
    take_back_points,
)
from sitong.member.points.actions.expiry import expire_points, tell_of_expiry
from sitong.member.points.actions.giving import PointsGift, PointsGot, give_points
from sitong.member.points.actions.plans import publish_points_plan
from sitong.member.points.actions.purses import lock_points
from sitong.member.points.actions.spending import (
    GivenBack,
    PointsGivenBack,
    PointsSpend,
    PointsSpent,
    give_back_points,
    spend_points,
)

__all__ = [
    "Earned",
    "GivenBack",
    "PointsEarned",
    "PointsGift",
    "PointsGivenBack",
    "PointsGot",
    "PointsSpend",
    "PointsSpent",
    "PointsTakenBack",
    "TakenBack",
    "earn_points",
    "expire_points",
    "give_back_points",
    "give_points",
    "lock_points",
    "mature_points",
    "publish_points_plan",
    "spend_points",
    "take_back_points",
    "tell_of_expiry",
]
