"""What a journey brings: the treated group beside the control group, with intervals that say how sure it is. Pure.

- Share of one group: Wilson's score interval (E. B. Wilson, JASA 22, 1927).
- Difference of two shares: Newcombe's hybrid score interval (R. G. Newcombe, Statistics in Medicine 17, 1998, method 10).
- Difference of two means: Welch's t with the degrees of freedom of Satterthwaite (B. L. Welch, Biometrika 34, 1947).
- Members that are needed: the normal approximation for two shares (J. L. Fleiss, Statistical Methods for Rates and
  Proportions, 3rd edition, section 4.2), here for groups of the sizes' own ratio.

Everybody who entered is counted in the group that was drawn, also who could not be reached (intention to treat): a comparison
of those reached alone would compare unlike members.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, inf, sqrt

from scipy import stats

from sitong.shared.intervals import Interval, share_difference

LEVEL = 0.95
POWER = 0.8
MEMBERS_MIN = 30
"""Below so many members in a group nothing is called certain: a few buyers would turn it."""


@dataclass(frozen=True, slots=True)
class Group:
    """One group: its members, how many did what the journey is for, and what they paid: sum and sum of squares, minor units."""

    members: int = 0
    converted: int = 0
    paid_minor: int = 0
    paid_squares: int = 0

    @property
    def rate(self) -> float:
        """Give the share that did it, 0 to 1."""
        return self.converted / self.members if self.members else 0.0

    @property
    def mean_minor(self) -> float:
        """Give what a member paid on average, those who paid nothing too."""
        return self.paid_minor / self.members if self.members else 0.0

    @property
    def variance(self) -> float:
        """Give the sample variance of what members paid."""
        if self.members < 2:
            return 0.0
        return max(0.0, (self.paid_squares - self.members * self.mean_minor**2) / (self.members - 1))


@dataclass(frozen=True, slots=True)
class Uplift:
    """What the treated group did more than the control group. `verdict`: up, down, unsure, too_few, no_control."""

    treated: Group
    control: Group
    rate: Interval
    revenue: Interval
    verdict: str
    needed_to_treat: int | None
    members_needed: int | None

    @property
    def more_converted(self) -> float:
        """Give how many of the treated did it because of the journey, as far as can be told."""
        return self.rate.value * self.treated.members

    @property
    def more_revenue_minor(self) -> float:
        """Give how much the treated paid because of the journey, as far as can be told."""
        return self.revenue.value * self.treated.members


def uplift_of(treated: Group, control: Group) -> Uplift:
    """Compare two groups. `needed_to_treat`: so many members are led along for one more who does it; None unless certain.

    `members_needed`: with so many in all, in the present ratio of the groups, a difference like this one would be certain in
    four of five cases; None when it is certain already or there is no difference to be seen.
    """
    rate, revenue = rate_difference(treated, control), mean_difference(treated, control)
    verdict = _verdict(treated, control, rate)
    to_treat = ceil(1 / abs(rate.value)) if verdict in {"up", "down"} else None
    needed = _members_needed(treated, control) if verdict in {"unsure", "too_few"} else None
    return Uplift(treated, control, rate, revenue, verdict, to_treat, needed)


def rate_difference(treated: Group, control: Group) -> Interval:
    """Give treated − control of the shares, with Newcombe's interval."""
    return share_difference(treated.converted, treated.members, control.converted, control.members)


def mean_difference(treated: Group, control: Group) -> Interval:
    """Give treated − control of what members paid on average, with Welch's interval; without bounds below two members."""
    value = treated.mean_minor - control.mean_minor
    if min(treated.members, control.members) < 2:
        return Interval(value, -inf, inf)
    one, two = treated.variance / treated.members, control.variance / control.members
    error = sqrt(one + two)
    if error == 0:
        return Interval(value, value, value)
    freedom = (one + two) ** 2 / (one**2 / (treated.members - 1) + two**2 / (control.members - 1))
    half = float(stats.t.ppf(0.5 + LEVEL / 2, freedom)) * error
    return Interval(value, value - half, value + half)


def _verdict(treated: Group, control: Group, rate: Interval) -> str:
    if not control.members:
        return "no_control"
    if min(treated.members, control.members) < MEMBERS_MIN:
        return "too_few"
    if not rate.is_clear:
        return "unsure"
    return "up" if rate.value > 0 else "down"


def _members_needed(treated: Group, control: Group) -> int | None:
    """Fleiss's number for two shares as they are now, times the ratio of the groups; None where no difference is seen."""
    gap = treated.rate - control.rate
    if not treated.members or not control.members or gap == 0:
        return None
    ratio = treated.members / control.members
    z, power = float(stats.norm.ppf(0.5 + LEVEL / 2)), float(stats.norm.ppf(POWER))
    mixed = (control.rate + ratio * treated.rate) / (1 + ratio)
    apart = sqrt(treated.rate * (1 - treated.rate) / ratio + control.rate * (1 - control.rate))
    in_control = (z * sqrt((1 + 1 / ratio) * mixed * (1 - mixed)) + power * apart) ** 2 / gap**2
    return max(ceil(in_control * (1 + ratio)), MEMBERS_MIN * 2)
