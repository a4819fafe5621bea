"""How sure a share, or a difference of two shares, is. Pure.

Wilson's score interval: E. B. Wilson, JASA 22, 1927. Difference of two shares: R. G. Newcombe, Statistics in Medicine 17,
1998, 873-890, method 10, made of the two Wilson intervals.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist

CONFIDENCE = 0.95


@dataclass(frozen=True, slots=True)
class Interval:
    """A value, and the bounds between which it lies with the confidence that was asked for."""

    value: float
    low: float
    high: float

    @property
    def is_clear(self) -> bool:
        """Tell whether the whole interval lies on one side of zero."""
        return self.low > 0 or self.high < 0


def score(confidence: float = CONFIDENCE) -> float:
    """Give how many standard deviations around the mean hold so much of a normal distribution: 1.96 for 95 %."""
    return NormalDist().inv_cdf(0.5 + confidence / 2)


def share_interval(part: int, whole: int, confidence: float = CONFIDENCE) -> Interval:
    """Give a share with its bounds; of nothing, anything from 0 to 1."""
    if not whole:
        return Interval(0.0, 0.0, 1.0)
    z, share = score(confidence), part / whole
    middle, spread = share + z * z / (2 * whole), z * sqrt(share * (1 - share) / whole + z * z / (4 * whole * whole))
    return Interval(
        share, max(0.0, (middle - spread) / (1 + z * z / whole)), min(1.0, (middle + spread) / (1 + z * z / whole))
    )


def share_difference(
    part: int, whole: int, other_part: int, other_whole: int, confidence: float = CONFIDENCE
) -> Interval:
    """Give the first share less the second, with its bounds; without members on a side, nothing is known."""
    if not whole or not other_whole:
        return Interval(0.0, -1.0, 1.0)
    one, two = share_interval(part, whole, confidence), share_interval(other_part, other_whole, confidence)
    value = one.value - two.value
    down = sqrt((one.value - one.low) ** 2 + (two.high - two.value) ** 2)
    up = sqrt((one.high - one.value) ** 2 + (two.value - two.low) ** 2)
    return Interval(value, max(-1.0, value - down), min(1.0, value + up))
