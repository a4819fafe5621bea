"""Who claims what of whom, and what a dispute comes to: pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID, uuid5


@dataclass(frozen=True, slots=True)
class Claimed:
    """One level's claim: the store's is level 0."""

    level: int
    claimant_kind: str
    claimant_id: UUID
    debtor_kind: str
    debtor_id: UUID
    amount_minor: int


def claims_up(store_id: UUID, dealers: Sequence[UUID], brand_id: UUID, levels_minor: Sequence[int]) -> list[Claimed]:
    """Give the claims for one gift: the store's on the nearest dealer, each dealer's on the one above, the last on the brand.

    `dealers` are those above the store, the nearest first; `levels_minor` is what each level claims, the store's first.
    A store without a dealer claims of the brand itself. What is worth nothing is not claimed.
    """
    parties = [("store", store_id), *(("dealer", one) for one in dealers), ("brand", brand_id)]
    return [
        Claimed(level, *parties[level], *parties[level + 1], amount)
        for level, amount in enumerate(levels_minor[: len(parties) - 1])
        if amount > 0
    ]


def line_id(redemption_id: UUID, level: int) -> UUID:
    """Give the id of a level's claim: the same gift can be claimed once a level, whoever asks and how often."""
    return uuid5(redemption_id, f"claim {level}")


def back_id(of_id: UUID) -> UUID:
    """Give the id of the line that takes a claim back."""
    return uuid5(of_id, "back")


def month_of(on: date) -> date:
    """Give the first day of a date's month."""
    return on.replace(day=1)


def month_after(month_on: date) -> date:
    """Give the first day of the month after."""
    return date(month_on.year + month_on.month // 12, month_on.month % 12 + 1, 1)


def month_before(month_on: date) -> date:
    """Give the first day of the month before."""
    return date(month_on.year - (month_on.month == 1), (month_on.month - 2) % 12 + 1, 1)
