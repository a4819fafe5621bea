"""Days in a row and in all, which rewards they reach, and what a position proves: pure arithmetic."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

import h3

from sitong.marketing.giving.rules import Reward
from sitong.shared.geo import Position, cell_of, center_of, distance_m

CELL_RESOLUTION = 7
"""Cells of about 5 km²: what is kept of a position."""

CELL_SLACK_M = 2 * 1.4 * float(h3.average_hexagon_edge_length(CELL_RESOLUTION, unit="m"))
"""Two positions may be so much nearer to each other than the centers of their cells."""

SPEED_MPS_MAX = 100.0
"""360 km/h: nobody travels faster from one store to another, but for planes, and those land further out."""

ONS = ("day", "streak", "total")
STEPS_MAX = 12
DAYS_MAX = 366


@dataclass(frozen=True, slots=True)
class Step:
    """One reward of a plan: for each day (`day`), for `count` days in a row (`streak`), for `count` days in all (`total`).

    `again`: each time that so many more are reached; else once in a member's life at one place.
    """

    on: str
    count: int
    reward: Reward
    again: bool = True


@dataclass(frozen=True, slots=True)
class Plan:
    """A plan that runs, as deciding needs it. Days are those of each store's calendar."""

    id: UUID
    brand_id: UUID
    store_id: UUID | None
    per: str
    steps: tuple[Step, ...]
    by_position: bool
    by_code: bool
    accuracy_m_max: int
    device_members_max: int
    crowd_members: int
    crowd_s: int
    starts_on: date
    ends_on: date | None
    name: str = ""
    name_en: str = ""

    def runs_on(self, on: date) -> bool:
        """Tell whether the plan counts this day."""
        return self.starts_on <= on and (self.ends_on is None or on <= self.ends_on)

    def place_of(self, store_id: UUID) -> UUID:
        """Give the place whose standing the plan's steps go by: the brand, or the store."""
        return self.brand_id if self.store_id is None and self.per == "brand" else store_id


@dataclass(frozen=True, slots=True)
class Stands:
    """A run of `streak` days from `since_on` to `last_on`, and `total` days in all."""

    streak: int = 0
    since_on: date | None = None
    last_on: date | None = None
    total: int = 0


def stands_after(before: Stands, on: date) -> Stands | None:
    """Give how a member stands after one more day; the same for a day that is the last one already.

    None for a day before the last one (a clock was put back, or somebody looked at it late): then `reckoned` says.
    """
    if before.last_on is None or before.last_on + timedelta(days=1) < on:
        return Stands(1, on, on, before.total + 1)
    if on == before.last_on:
        return before
    if on < before.last_on:
        return None
    return Stands(before.streak + 1, before.since_on, on, before.total + 1)


def reckoned(days: Iterable[date]) -> Stands:
    """Give how a member stands by all of its days, in whatever order and however often they are named."""
    own = sorted(set(days))
    if not own:
        return Stands()
    since = own[-1]
    for one in reversed(own[:-1]):
        if one != since - timedelta(days=1):
            break
        since = one
    return Stands((own[-1] - since).days + 1, since, own[-1], len(own))


def reached(step: Step, before: Stands, after: Stands) -> list[int]:
    """Give the numbers of days at which the step is reached between two standings; of a step for once, its own number.

    A run that goes on, or that a late day made longer at its beginning, counts from where it was; a new one from nothing.
    """
    if step.on == "streak":
        goes_on = before.last_on is not None and after.since_on is not None and after.since_on <= before.last_on
        low, high = before.streak if goes_on else 0, after.streak
    else:
        low, high = before.total, after.total
    count = 1 if step.on == "day" else step.count
    if not step.again and step.on != "day":
        return [count] if low < count <= high else []
    return list(range((low // count + 1) * count, high + 1, count))


def next_reached(step: Step, stands: Stands) -> int | None:
    """Give how many days more it takes to reach the step, when each following day is kept; None: never again."""
    if step.on == "day":
        return 1
    now = stands.streak if step.on == "streak" else stands.total
    if not step.again:
        return step.count - now if now < step.count else None
    return step.count - now % step.count


def near_of(position: Position, center: Position, fence_m: int) -> str:
    """Say how near a position is to a store: `center` (within half of the fence), `fence`, or '' outside."""
    away = distance_m(position, center)
    if away > fence_m:
        return ""
    return "center" if away <= fence_m / 2 else "fence"


def coarse_cell(position: Position) -> str:
    """Give the cell that is kept of a position."""
    return cell_of(position, resolution=CELL_RESOLUTION)


def is_jump(cell: str, at: datetime, other_cell: str, other_at: datetime) -> bool:
    """Tell whether nobody could have got from one cell to the other in the time between; the order does not matter."""
    if not cell or not other_cell or cell == other_cell:
        return False
    away = distance_m(center_of(cell), center_of(other_cell)) - CELL_SLACK_M
    return away > 0 and away / max(abs((at - other_at).total_seconds()), 1.0) > SPEED_MPS_MAX


def steps_fault(steps: Sequence[Step]) -> str:
    """Say what is wrong with a plan's steps: `none`, `many`, `count`, `twice`; '' when they are sound."""
    if not steps:
        return "none"
    if len(steps) > STEPS_MAX:
        return "many"
    if any(one.on not in ONS or not 1 <= one.count <= DAYS_MAX for one in steps):
        return "count"
    keys = [(one.on, 1 if one.on == "day" else one.count) for one in steps]
    return "twice" if len(set(keys)) < len(keys) else ""


def stands_shown(stands: Stands, today: date) -> Stands:
    """Give how a member stands on a day, for people: a run that missed yesterday is over."""
    if stands.last_on is not None and stands.last_on >= today - timedelta(days=1):
        return stands
    return Stands(0, None, stands.last_on, stands.total)
