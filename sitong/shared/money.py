"""Money in integer minor units. `Money.split` is the only place that rounds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

MINOR_DIGITS = {"CNY": 2, "HKD": 2, "USD": 2, "EUR": 2, "JPY": 0}


@dataclass(frozen=True, slots=True, order=False)
class Money:
    """An amount in minor units (fen, cents) of one currency (ISO 4217)."""

    minor: int
    currency: str = "CNY"

    def __post_init__(self) -> None:
        if type(self.minor) is not int:
            raise TypeError(f"minor units are whole numbers, not {self.minor!r}")
        if self.currency not in MINOR_DIGITS:
            raise ValueError(f"unknown currency {self.currency!r}")

    def _same(self, other: Money) -> None:
        if self.currency != other.currency:
            raise ValueError(f"{self.currency} and {other.currency} do not add up")

    def __add__(self, other: Money) -> Money:
        self._same(other)
        return Money(self.minor + other.minor, self.currency)

    def __sub__(self, other: Money) -> Money:
        self._same(other)
        return Money(self.minor - other.minor, self.currency)

    def __mul__(self, count: int) -> Money:
        return Money(self.minor * count, self.currency)

    def __neg__(self) -> Money:
        return Money(-self.minor, self.currency)

    def split(self, weights: Sequence[int]) -> list[Money]:
        """Split by `weights` so that the parts add up to the whole (largest remainder; ties to the earlier part).

        Weights are not negative and not all zero; each part lies within one minor unit of its exact share.
        """
        return [Money(part, self.currency) for part in split_minor(self.minor, weights)]

    def share_bp(self, rate_bp: int) -> Money:
        """Give `rate_bp` basis points of the amount, rounded by `split` (the rest stays with the remainder)."""
        if not 0 <= rate_bp <= 10_000:
            raise ValueError("a rate lies between 0 and 10,000 basis points")
        return self.split([rate_bp, 10_000 - rate_bp])[0]


def split_minor(total: int, weights: Sequence[int]) -> list[int]:
    """Split an integer by largest remainder (Hare quota); the arithmetic behind `Money.split`."""
    if not weights or min(weights) < 0 or sum(weights) == 0:
        raise ValueError("weights are not negative and not all zero")
    sign, amount, whole = (-1 if total < 0 else 1), abs(total), sum(weights)
    parts = [amount * weight // whole for weight in weights]
    by_remainder = sorted(range(len(weights)), key=lambda at: (-(amount * weights[at] % whole), at))
    for at in by_remainder[: amount - sum(parts)]:
        parts[at] += 1
    return [sign * part for part in parts]
