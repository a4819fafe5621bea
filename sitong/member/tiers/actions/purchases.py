"""Count what members buy: the day, the points by the tier of the moment, and where the member stands after it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db import transaction

from sitong.member.points.rules import points_at
from sitong.member.tiers.actions.standings import lock_standings, settle, write_days

PLAIN_BP = 10_000


@dataclass(frozen=True, slots=True)
class Purchase:
    """A member has paid lines of a document on a business date; `rate` is what points are earned on 100 minor units."""

    document_id: UUID
    brand_id: UUID
    member_id: UUID
    on: date
    lines_minor: tuple[int, ...]
    rate: int = 0


@dataclass(frozen=True, slots=True)
class Counted:
    """What a purchase counted for: the factor of the tier that the member had when it paid, and the points of each line."""

    document_id: UUID
    member_id: UUID
    factor_bp: int
    points: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class DayChange:
    """So much more (or less) counts on a day of a member."""

    brand_id: UUID
    member_id: UUID
    on: date
    amount_minor: int
    points: int


def count_purchases(wanted: Sequence[Purchase], *, now: datetime) -> list[Counted]:
    """Count purchases in order of arrival and let members rise at once: a second one of a batch has the tier of the first.

    Exactly once is the caller's: a reader's cursor, in the same transaction. Ten statements, whatever the number.
    """
    if not wanted:
        return []
    with transaction.atomic():
        brands = {one.member_id: one.brand_id for one in wanted}
        standings = lock_standings(brands, now=now)
        changes: dict[tuple[UUID, date], tuple[int, int]] = {}
        outcomes = []
        for one in wanted:
            plan, level = standings.level_of(one.member_id)
            factor_bp = plan.levels[level - 1].points_factor_bp if plan and level else PLAIN_BP
            points = tuple([points_at(paid, one.rate, factor_bp) for paid in one.lines_minor])
            outcomes.append(Counted(one.document_id, one.member_id, factor_bp, points))
            amount, more = sum(one.lines_minor), sum(points)
            standings.add(one.member_id, one.on, amount, more)
            before = changes.get((one.member_id, one.on), (0, 0))
            changes[one.member_id, one.on] = (before[0] + amount, before[1] + more)
        write_days(changes, brands)
        settle(standings, because="return", now=now)
    return outcomes


def change_days(wanted: Sequence[DayChange], *, because: str = "return", now: datetime) -> None:
    """Change what counts on days of members: what came back is subtracted from the day of its purchase.

    Standings are reckoned anew, so a level that only a returned purchase had given is gone at once.
    """
    if not wanted:
        return
    with transaction.atomic():
        brands = {one.member_id: one.brand_id for one in wanted}
        standings = lock_standings(brands, now=now)
        changes: dict[tuple[UUID, date], tuple[int, int]] = {}
        for one in wanted:
            standings.add(one.member_id, one.on, one.amount_minor, one.points)
            before = changes.get((one.member_id, one.on), (0, 0))
            changes[one.member_id, one.on] = (before[0] + one.amount_minor, before[1] + one.points)
        write_days(changes, brands)
        settle(standings, because=because, now=now)
