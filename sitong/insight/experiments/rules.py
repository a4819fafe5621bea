"""Arithmetic of experiments: two shares, two means, and how many members it takes. Pure.

Shares and their difference stand in `shared.intervals`; here Welch's interval for two means, by the normal distribution;
CUPED: Deng, Xu, Kohavi, Walker (2013), Improving the sensitivity of online controlled experiments.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, sqrt
from statistics import NormalDist

from sitong.shared.intervals import CONFIDENCE, Interval, score


@dataclass(frozen=True, slots=True)
class Sums:
    """A group's members, and the sums of what each did after (y) and before (x), of their squares and of their product."""

    members: int = 0
    y: float = 0.0
    yy: float = 0.0
    x: float = 0.0
    xx: float = 0.0
    xy: float = 0.0

    def __add__(self, other: Sums) -> Sums:
        return Sums(
            self.members + other.members, self.y + other.y, self.yy + other.yy, self.x + other.x, self.xx + other.xx, self.xy + other.xy
        )  # fmt: skip

    def mean(self) -> float:
        """Give the mean of what members did after."""
        return self.y / self.members if self.members else 0.0

    def variance_of(self, theta: float) -> float:
        """Give the variance of y − theta · x within the group."""
        if self.members < 2:
            return 0.0
        mean = (self.y - theta * self.x) / self.members
        squares = self.yy - 2 * theta * self.xy + theta * theta * self.xx
        return max(0.0, (squares - self.members * mean * mean) / (self.members - 1))


def difference_of_means(
    treated: Sums, control: Sums, *, theta: float = 0.0, confidence: float = CONFIDENCE
) -> Interval | None:
    """Give by how much more a treated member did, less theta times what it had done more before; None of too few."""
    if treated.members < 2 or control.members < 2:
        return None
    value = (treated.y - theta * treated.x) / treated.members - (control.y - theta * control.x) / control.members
    spread = score(confidence) * sqrt(
        treated.variance_of(theta) / treated.members + control.variance_of(theta) / control.members
    )
    return Interval(value, value - spread, value + spread)


def theta_of(treated: Sums, control: Sums) -> float:
    """Give CUPED's factor: how much of what comes after is explained by what was before, within the groups; 0 if nothing."""
    together, apart = 0.0, 0.0
    for group in (treated, control):
        if group.members:
            together += group.xy - group.x * group.y / group.members
            apart += group.xx - group.x * group.x / group.members
    return together / apart if apart > 0 else 0.0


def members_needed(
    share: float, uplift: float, *, control: float = 0.5, power: float = 0.8, confidence: float = CONFIDENCE
) -> int:
    """Give how many members an experiment needs in all to see an uplift of a share (both as parts of 1), by the normal approximation.

    `control` is the part of them that gets nothing. ValueError when there is nothing to see or the shares leave 0 to 1.
    """
    other = share + uplift
    if not (0 < share < 1 and 0 < other < 1 and uplift and 0 < control < 1 and 0 < power < 1):
        raise ValueError("no such experiment")
    spread = other * (1 - other) / (1 - control) + share * (1 - share) / control
    return ceil((score(confidence) + NormalDist().inv_cdf(power)) ** 2 * spread / uplift**2)


def uplift_seen(share: float, members: int, *, control: float = 0.5, power: float = 0.8) -> float:
    """Give the smallest uplift that so many members let one see, to a hundredth of a percentage point; 1 if none."""
    low, high = 0.0, 1.0 - share
    if members < 2 or not 0 < share < 1 or members_needed(share, high * 0.9999, control=control, power=power) > members:
        return 1.0
    while high - low > 1e-5:
        middle = (low + high) / 2
        if members_needed(share, max(middle, 1e-9), control=control, power=power) > members:
            low = middle
        else:
            high = middle
    return high
