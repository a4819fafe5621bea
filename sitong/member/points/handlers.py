"""What points do with time."""

from __future__ import annotations

from datetime import datetime

from sitong.member.points.actions import expire_points, mature_points, tell_of_expiry
from sitong.shared.events.periodic import every


@every(30, "member.mature_points")
def mature(now: datetime) -> None:
    mature_points(now=now)


@every(600, "member.expire_points")
def expire(now: datetime) -> None:
    expire_points(now=now)


@every(3_600, "member.tell_of_points_expiry")
def tell(now: datetime) -> None:
    tell_of_expiry(now=now)
