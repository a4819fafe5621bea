"""Bounds of lifetime value, and how far a forecast was off."""

from __future__ import annotations

from collections.abc import Sequence

DECILES = 10
HOLDOUT_DAYS = 90
HORIZON_DAYS = 365
FITTED_MAX = 20_000
"""Parameters are of the whole brand: a sample of so many members gives them as well as all do."""

MEMBERS_MIN = 50


def error_bp(expected: float, actual: float) -> int:
    """Give by how much a forecast's sum was off, in basis points of what came: above zero is too much."""
    return round((expected - actual) * 10_000 / actual) if actual else 0


def mean_absolute(expected: Sequence[float], actual: Sequence[float]) -> float:
    """Give by how many purchases a member's forecast was off, on average."""
    return sum(abs(one - other) for one, other in zip(expected, actual, strict=True)) / len(actual) if actual else 0.0
