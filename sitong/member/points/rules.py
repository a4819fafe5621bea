"""Arithmetic of points: how many are earned, what they pay, how many may be spent, when they expire, which go first."""

from __future__ import annotations

import calendar
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

FOR_EVER = date(9999, 12, 31)
"""The expiry of points that never expire."""


@dataclass(frozen=True, slots=True)
class PointsPlan:
    """A brand's plan for points. Money in minor units, shares in basis points; `expiry_months` 0: they never expire."""

    brand_id: UUID
    version: int
    earn_points_per_100: int
    minor_per_point: int
    spend_step: int = 1
    spend_share_bp: int = 10_000
    pending_days: int = 7
    expiry_months: int = 12
    notice_days: int = 30


@dataclass(frozen=True, slots=True)
class PointsNow:
    """What a member has: ready to be spent, pending until the return window ends, and owed to the brand."""

    ready: int = 0
    pending: int = 0
    owed: int = 0


def worth_minor(points: int, plan: PointsPlan) -> int:
    """Give what so many points pay."""
    return points * plan.minor_per_point


def points_for(paid_minor: int, plan: PointsPlan, factor_bp: int = 10_000) -> int:
    """Give what is earned on an amount that was really paid, rounded down. `factor_bp` 15,000 gives half as many again."""
    return points_at(paid_minor, plan.earn_points_per_100, factor_bp)


def points_at(paid_minor: int, rate: int, factor_bp: int) -> int:
    """Give what is earned at a rate (points on 100 minor units) and a factor, rounded down. It never falls when more is paid."""
    return max(0, paid_minor) * rate * factor_bp // 1_000_000


def most_points(total_minor: int, plan: PointsPlan, ready: int) -> int:
    """Give how many points may be spent on a total: within what is ready, the plan's share of it, and its step."""
    payable = max(0, total_minor) * plan.spend_share_bp // 10_000 // plan.minor_per_point
    most = max(0, min(ready, payable))
    return most - most % plan.spend_step


def month_end(on: date, months: int = 0) -> date:
    """Give the last day of the month so many months after a day's own."""
    year, month = divmod(on.year * 12 + on.month - 1 + months, 12)
    return date(year, month + 1, calendar.monthrange(year, month + 1)[1])


def expires_on(ready_on: date, plan: PointsPlan) -> date:
    """Give the last day of points that become ready on a day: a month's end, so many months later."""
    return month_end(ready_on, plan.expiry_months) if plan.expiry_months else FOR_EVER


def grace_on(given_back_on: date) -> date:
    """Give the last day of points that are given back after they have expired: the end of the next month."""
    return month_end(given_back_on, 1)


@dataclass(slots=True)
class Purse:
    """What a member has while a batch is decided: the ledger's three balances and the ready points by expiry."""

    member_id: UUID
    brand_id: UUID
    ready: int = 0
    pending: int = 0
    owed: int = 0
    buckets: dict[date, int] = field(default_factory=dict)
    touched: set[date] = field(default_factory=set)

    @property
    def now(self) -> PointsNow:
        return PointsNow(self.ready, self.pending, self.owed)


def put_in(purse: Purse, points: int, on: date) -> int:
    """Put points that become ready into a bucket; what the member owes is settled first. Give how many settled it."""
    settled = min(points, purse.owed)
    purse.owed -= settled
    if points > settled:
        _bucket(purse, on, points - settled)
    return settled


def take_from(purse: Purse, points: int, *, first: date | None = None) -> list[tuple[date, int]]:
    """Take ready points, the oldest first, or those of bucket `first` before the others. Takes at most what is there."""
    taken: list[tuple[date, int]] = []
    order = sorted((on for on, left in purse.buckets.items() if left), key=lambda on: (on != first, on))
    for on in order:
        if points <= 0:
            break
        part = min(points, purse.buckets[on])
        _bucket(purse, on, -part)
        taken.append((on, part))
        points -= part
    return taken


def _bucket(purse: Purse, on: date, change: int) -> None:
    purse.buckets[on] = purse.buckets.get(on, 0) + change
    purse.ready += change
    purse.touched.add(on)


def parts_to_give_back(
    points: int, taken: Sequence[tuple[date, int]], given_back: Mapping[date, int]
) -> list[tuple[date, int]]:
    """Say into which buckets points of a spending go back: those taken last first, as if fewer had been spent."""
    parts = []
    for on, amount in sorted(taken, reverse=True):
        part = min(points, amount - given_back.get(on, 0))
        if part > 0:
            parts.append((on, part))
            points -= part
    return parts
