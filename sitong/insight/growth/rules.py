"""The stages of growth (AARRR): each is a part of the one before it."""

from __future__ import annotations

from itertools import pairwise

ACTIVE_DAYS = 30
KEPT_DAYS = 90
STAGES = ("acquired", "activated", "retained", "paying", "referring")
"""Acquisition, activation, retention, revenue, referral."""


def share_bp(part: int, whole: int) -> int:
    """Give a part in basis points of a whole, rounded down; 0 of nothing."""
    return part * 10_000 // whole if whole else 0


def stages_nest(counts: list[int]) -> bool:
    """Tell whether no stage has more members than the one before it."""
    return all(before >= after >= 0 for before, after in pairwise(counts))
