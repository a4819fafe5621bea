"""Words and bounds of cohorts, and of the map of recency, frequency and money."""

from __future__ import annotations

SCORES = 5
RFM_DAYS = 365
GAPS = ((1, 1), (2, 2), (3, 4), (5, 7), (8, 14), (15, 30), (31, 60), (61, 90), (91, 10_000))
"""Days between two days of purchase, put together."""

GROUPS = ("best", "loyal", "new", "fading", "lost")


def group_of(recency: int, frequency: int) -> str:
    """Name what a member of these scores (1 worst, 5 best) is to the shop.

    `best`: lately and often. `loyal`: lately, in the middle. `new`: lately, seldom. `fading`: not lately, but it was often
    here. `lost`: neither.
    """
    if recency >= 4:
        return "best" if frequency >= 4 else "loyal" if frequency >= 2 else "new"
    return "fading" if frequency >= 3 else "loyal" if recency == 3 and frequency == 2 else "lost"


def months_between(first: str, last: str) -> int:
    """Give how many months lie between two that are written "2026-03"."""
    return (int(last[:4]) - int(first[:4])) * 12 + int(last[5:7]) - int(first[5:7])
