"""Bring points and tiers to what orders are: earned on what was paid, taken back for what was canceled or returned."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID, uuid5

from django.db import transaction

from sitong.member.points.actions import (
    PointsEarned,
    PointsTakenBack,
    earn_points,
    lock_points,
    take_back_points,
)
from sitong.member.points.queries import EarningNow, earnings_of, plans_of
from sitong.member.points.rules import points_at
from sitong.member.tiers.actions import DayChange, Purchase, change_days, count_purchases, lock_standings
from sitong.shared.errors import Refused
from sitong.shared.statements import days, integers, run, uuids, write

ORDERS = """
SELECT o.id, o.brand_id, o.member_id, o.placed_on, CASE WHEN o.state IN ('paid', 'handed_over') THEN coalesce(s.at, o.placed_at) END
FROM unnest(%s::uuid[]) WITH ORDINALITY AS w(id, place) JOIN scene_order AS o ON o.id = w.id
LEFT JOIN scene_orderstep AS s ON s.order_id = o.id AND s.step = 'paid' ORDER BY w.place
"""
LINES = """
SELECT order_id, position, total_minor - returned_minor FROM scene_orderline WHERE order_id = ANY(%s::uuid[]) ORDER BY order_id, position
"""
REWARDED = """
SELECT order_id, member_id, "on", amount_minor, points FROM scene_rewarded WHERE order_id = ANY(%s::uuid[])
ORDER BY order_id FOR NO KEY UPDATE
"""
ENTER = """
INSERT INTO scene_rewarded (order_id, brand_id, member_id, "on", amount_minor, points)
SELECT * FROM unnest(%s::uuid[], %s::uuid[], %s::uuid[], %s::date[], %s::bigint[], %s::bigint[])
"""
CHANGE = """
UPDATE scene_rewarded AS r SET amount_minor = c.amount, points = c.points
FROM unnest(%s::uuid[], %s::bigint[], %s::bigint[]) AS c(id, amount, points) WHERE r.order_id = c.id
"""
ASTRAY = """
SELECT r.order_id, r.brand_id, r.member_id, o.member_id, r."on", r.amount_minor, r.points
FROM scene_rewarded AS r JOIN scene_order AS o ON o.id = r.order_id
WHERE r.member_id = ANY(%s::uuid[]) AND o.member_id = ANY(%s::uuid[]) AND o.member_id <> r.member_id
ORDER BY r.order_id FOR NO KEY UPDATE OF r
"""
GIVE_TO = """
UPDATE scene_rewarded AS r SET member_id = c.member_id FROM unnest(%s::uuid[], %s::uuid[]) AS c(id, member_id) WHERE r.order_id = c.id
"""


@dataclass(frozen=True, slots=True)
class OrderNow:
    """An order as it stands: paid at `paid_at` (None: not, or not any more), `lines` what is left of each."""

    id: UUID
    brand_id: UUID
    member_id: UUID
    on: date
    paid_at: datetime | None
    lines: tuple[tuple[int, int], ...]

    @property
    def amount_minor(self) -> int:
        return sum(paid for _, paid in self.lines) if self.paid_at else 0


@dataclass(frozen=True, slots=True)
class Before:
    """What an order counted for before."""

    member_id: UUID
    on: date
    amount_minor: int
    points: int


def reward_orders(order_ids: Collection[UUID], *, now: datetime) -> None:
    """Let these orders count for what they are now, in this order; what they counted for before is corrected.

    Points are earned line by line on what was paid, at the factor of the tier of the moment; what is canceled or came back
    takes back by the same terms. The same orders again change nothing. The number of statements does not depend on theirs.
    """
    if not order_ids:
        return
    with transaction.atomic():
        orders = _read(list(dict.fromkeys(order_ids)))
        rows = run(REWARDED, [uuids([one.id for one in orders])]) if orders else []
        before = {row[0]: Before(*row[1:]) for row in rows}
        fresh = [one for one in orders if one.id not in before and one.amount_minor]
        changed = [one for one in orders if one.id in before and one.amount_minor != before[one.id].amount_minor]
        if fresh and changed:
            brands = {one.member_id: one.brand_id for one in fresh}
            brands |= {before[one.id].member_id: one.brand_id for one in changed}
            lock_standings(brands, now=now)  # both halves lock standings, then points: all of them first
            lock_points(brands)
        if fresh:
            _count(fresh, now)
        if changed:
            _correct(changed, before, now)


def align_rewards(member_ids: Sequence[UUID], *, now: datetime) -> dict[UUID, list[UUID]]:
    """Let the days of members follow their orders, after joins have moved these, or their undoing has moved them back.

    Gives the orders that moved, by the member whose they were.
    """
    moved: dict[UUID, list[UUID]] = {}
    with transaction.atomic():
        rows = run(ASTRAY, [uuids(member_ids), uuids(member_ids)])
        if rows:
            change_days(
                [DayChange(row[1], row[2], row[4], -row[5], -row[6]) for row in rows]
                + [DayChange(row[1], row[3], row[4], row[5], row[6]) for row in rows],
                because="join",
                now=now,
            )
            write(GIVE_TO, [uuids([row[0] for row in rows]), uuids([row[3] for row in rows])])
    for row in rows:
        moved.setdefault(row[2], []).append(row[0])
    return moved


def _read(order_ids: Sequence[UUID]) -> list[OrderNow]:
    ids = uuids(order_ids)
    lines: dict[UUID, list[tuple[int, int]]] = {}
    for order_id, position, paid in run(LINES, [ids]):
        lines.setdefault(order_id, []).append((position, paid))
    rows = run(ORDERS, [ids])
    return [OrderNow(*row, tuple(lines.get(row[0], ()))) for row in rows if row[2] is not None]  # type: ignore[call-arg]


def _count(fresh: Sequence[OrderNow], now: datetime) -> None:
    """Count orders that count for the first time."""
    plans = plans_of({one.brand_id for one in fresh})
    rates = {key: plan.earn_points_per_100 for key, plan in plans.items()}
    counted = count_purchases(
        [
            Purchase(one.id, one.brand_id, one.member_id, one.on, tuple([paid for _, paid in one.lines]), rates.get(one.brand_id, 0))
            for one in fresh
        ],
        now=now,
    )  # fmt: skip
    earned = []
    for one, what in zip(fresh, counted, strict=True):
        for (position, paid), points in zip(one.lines, what.points, strict=True):
            if points:
                matures_at = (one.paid_at or now) + timedelta(days=plans[one.brand_id].pending_days)
                earned.append(PointsEarned(
                    earning_id(one.id, position), one.id, one.brand_id, one.member_id, points, matures_at, position,
                    paid, rates[one.brand_id], what.factor_bp,
                ))  # fmt: skip
    _must(earn_points(earned, now=now))
    write(ENTER, [
        uuids([one.id for one in fresh]), uuids([one.brand_id for one in fresh]), uuids([one.member_id for one in fresh]),
        days([one.on for one in fresh]), integers([one.amount_minor for one in fresh]),
        integers([sum(what.points) for what in counted]),
    ])  # fmt: skip


def _correct(changed: Sequence[OrderNow], before: Mapping[UUID, Before], now: datetime) -> None:
    """Take back what orders no longer count for."""
    earnings: dict[UUID, dict[int, EarningNow]] = {}
    for earning in earnings_of([one.id for one in changed]):
        earnings.setdefault(earning.document_id, {})[earning.position] = earning
    back: list[PointsTakenBack] = []
    less: list[DayChange] = []
    after: list[tuple[UUID, int, int]] = []
    for one in changed:
        was = before[one.id]
        parts = _to_take_back(one, earnings.get(one.id, {}))
        back += parts
        if one.id in earnings:
            points = was.points - sum(part.points for part in parts)
        else:  # brought in from elsewhere: what it had earned there is nothing that could be taken back here
            points = was.points * one.amount_minor // was.amount_minor if was.amount_minor else was.points
        less.append(
            DayChange(one.brand_id, was.member_id, was.on, one.amount_minor - was.amount_minor, points - was.points)
        )
        after.append((one.id, one.amount_minor, points))
    change_days(less, now=now)
    _must(take_back_points(back, now=now))
    write(
        CHANGE,
        [uuids([row[0] for row in after]), integers([row[1] for row in after]), integers([row[2] for row in after])],
    )


def _to_take_back(one: OrderNow, earnings: Mapping[int, EarningNow]) -> list[PointsTakenBack]:
    paid = dict(one.lines) if one.paid_at else {}
    parts = []
    for position, earning in earnings.items():
        keeps = min(earning.points, points_at(paid.get(position, 0), earning.rate, earning.factor_bp))
        too_many = earning.points - earning.taken_back - keeps
        if too_many > 0:
            key = uuid5(earning.id, f"keeps {keeps}")
            parts.append(PointsTakenBack(key, one.id, too_many, earning.id))
    return parts


def earning_id(order_id: UUID, position: int) -> UUID:
    """Give the id under which a line of an order earns."""
    return uuid5(order_id, str(position))


def _must(outcomes: Sequence[object]) -> None:
    for outcome in outcomes:
        if isinstance(outcome, Refused):
            raise RuntimeError(f"an order's points were refused: {outcome}")
