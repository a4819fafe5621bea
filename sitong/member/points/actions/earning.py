"""Earn points on what was paid, let them mature, and take them back when the goods come back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from django.db import transaction

from sitong.member.points.actions.purses import TAKEN_BACK, Entry, Purses, open_purses
from sitong.member.points.actions.spending import PointsOutOfRange, entries_before
from sitong.member.points.models import PointsEarning
from sitong.member.points.queries import PENDING, plans_of
from sitong.member.points.rules import FOR_EVER, expires_on
from sitong.org.brands.queries import brand_facts
from sitong.shared.clock import business_date
from sitong.shared.errors import NotFound, Refused, RepeatDiffers
from sitong.shared.statements import days, integers, run, uuids, write

MATURED_AT_ONCE = 1_000
"""How many earnings mature in one transaction."""

ENTER_EARNINGS = """
INSERT INTO member_pointsearning (taken_back, earned_at, id, brand_id, member_id, document_id, position, paid_minor, rate, factor_bp, points, matures_at)
SELECT 0, %s::timestamptz, * FROM unnest(%s::uuid[], %s::uuid[], %s::uuid[], %s::uuid[], %s::int[], %s::bigint[], %s::int[], %s::int[],
  %s::bigint[], %s::timestamptz[])
"""
TAKE_BACK = """
UPDATE member_pointsearning AS e SET taken_back = e.taken_back + c.points FROM (
  SELECT id, sum(points)::bigint AS points FROM unnest(%s::uuid[], %s::bigint[]) AS g(id, points) GROUP BY 1
) AS c WHERE e.id = c.id
"""
DUE = """
SELECT id, brand_id, member_id FROM member_pointsearning WHERE matured_at IS NULL AND matures_at <= %s::timestamptz
ORDER BY matures_at, id LIMIT %s::int
"""
STILL_DUE = """
SELECT id, brand_id, member_id, document_id, points - taken_back FROM member_pointsearning
WHERE id = ANY(%s::uuid[]) AND matured_at IS NULL ORDER BY matures_at, id
"""
MATURE = """
UPDATE member_pointsearning AS e SET matured_at = %s::timestamptz, expires_on = c.on_
FROM unnest(%s::uuid[], %s::date[]) AS c(id, on_) WHERE e.id = c.id
"""


@dataclass(frozen=True, slots=True)
class PointsEarned:
    """A line of a document has earned points, to be ready at `matures_at`.

    `paid_minor`, `rate` and `factor_bp` say from what they were reckoned, so that a return reckons by the same.
    """

    id: UUID
    document_id: UUID
    brand_id: UUID
    member_id: UUID
    points: int
    matures_at: datetime
    position: int = 0
    paid_minor: int = 0
    rate: int = 0
    factor_bp: int = 10_000


@dataclass(frozen=True, slots=True)
class Earned:
    """Points that wait for the end of the return window."""

    id: UUID
    member_id: UUID
    points: int


@dataclass(frozen=True, slots=True)
class PointsTakenBack:
    """So many of the points that a document earned are taken back; `earning_id` names the line, else its lines in turn."""

    id: UUID
    document_id: UUID
    points: int
    earning_id: UUID | None = None
    by: UUID | None = None


@dataclass(frozen=True, slots=True)
class TakenBack:
    """What was taken back: from pending points, from ready ones, and what is owed since neither were there."""

    id: UUID
    member_id: UUID
    pending: int
    ready: int
    owed: int


class PointsNotEarned(Refused):
    """More is to be taken back than the document has earned and still has: facts wanted, left."""

    code = "member.points_not_earned"


def earn_points(wanted: Sequence[PointsEarned], *, now: datetime) -> list[Earned | Refused]:
    """Earn points, pending until they mature; one entry and one transfer for each document of a member.

    The same id again gets the same answer. Refused: member.points_out_of_range, shared.repeat_differs.
    """
    if not wanted:
        return []
    with transaction.atomic():
        purses = open_purses({one.member_id: one.brand_id for one in wanted}, now=now)
        rows = PointsEarning.objects.filter(id__in=[one.id for one in wanted])
        before = {row[0]: row[1:] for row in rows.values_list("id", "document_id", "points", "member_id")}
        fresh: dict[tuple[UUID, UUID], list[PointsEarned]] = {}
        outcomes: list[Earned | Refused] = []
        for one in wanted:
            earlier = before.get(one.id)
            if earlier is not None:
                same = earlier[:2] == (one.document_id, one.points)
                outcomes.append(Earned(one.id, earlier[2], one.points) if same else RepeatDiffers(id=one.id))
                continue
            if one.points < 1:
                outcomes.append(PointsOutOfRange(points=one.points))
                continue
            before[one.id] = (one.document_id, one.points, one.member_id)
            fresh.setdefault((one.document_id, one.member_id), []).append(one)
            outcomes.append(Earned(one.id, one.member_id, one.points))
        for (document_id, member_id), lines in fresh.items():
            points = sum(line.points for line in lines)
            entry = Entry(uuid5(lines[0].id, "earned"), purses.of[member_id], "earned", points, document_id)
            purses.earn(purses.begin(entry), points)
        if fresh:
            purses.write(now=now)
            _write_earnings([line for lines in fresh.values() for line in lines], now)
    return outcomes


def take_back_points(wanted: Sequence[PointsTakenBack], *, now: datetime) -> list[TakenBack | Refused]:
    """Take back what documents have earned: pending points first, then ready ones of the same expiry, then the oldest.

    What is neither is owed, and settled by the next points that become ready. The same id again gets the same answer.
    Refused: shared.not_found (it earned nothing), member.points_not_earned, member.points_out_of_range, shared.repeat_differs.
    """
    if not wanted:
        return []
    with transaction.atomic():
        earnings = PointsEarning.objects.filter(document_id__in={one.document_id for one in wanted})
        purses = open_purses(dict(earnings.values_list("member_id", "brand_id")), now=now)
        before = entries_before([one.id for one in wanted])
        rows: dict[UUID, list[PointsEarning]] = {}
        for row in earnings.order_by("position", "id"):
            rows.setdefault(row.document_id, []).append(row)
        parts: list[tuple[UUID, int]] = []
        outcomes: list[TakenBack | Refused] = []
        for one in wanted:
            lines = [row for row in rows.get(one.document_id, ()) if one.earning_id in (None, row.id)]
            left = sum(row.points - row.taken_back for row in lines)
            if one.id in before:
                outcomes.append(_taken_before(one, before[one.id]))
            elif not lines:
                outcomes.append(NotFound(what="points earned"))
            elif one.points < 1:
                outcomes.append(PointsOutOfRange(points=one.points))
            elif one.points > left:
                outcomes.append(PointsNotEarned(wanted=one.points, left=left))
            else:
                entry = purses.begin(
                    Entry(one.id, purses.of[lines[0].member_id], "taken_back", one.points, one.document_id, by=one.by)
                )
                parts += _take_back(purses, entry, lines)
                before[one.id] = {
                    "kind": "taken_back", "document_id": one.document_id, "points": one.points, "member_id": lines[0].member_id,
                    "pending_change": entry.pending_change, "ready_change": entry.ready_change, "owed_change": entry.owed_change,
                }  # fmt: skip
                outcomes.append(_taken(one.id, before[one.id]))
        if parts:
            purses.write(now=now)
            write(TAKE_BACK, [uuids([key for key, _ in parts]), integers([points for _, points in parts])])
    return outcomes


def mature_points(*, now: datetime) -> int:
    """Let points whose time has come become ready, a thousand earnings a transaction; give how many earnings did."""
    matured = 0
    while True:
        with transaction.atomic():
            due = run(DUE, [now, MATURED_AT_ONCE])
            if due:
                _mature([row[0] for row in due], {row[2]: row[1] for row in due}, now=now)
        matured += len(due)
        if len(due) < MATURED_AT_ONCE:
            return matured


def _mature(ids: Sequence[UUID], brands: dict[UUID, UUID], *, now: datetime) -> None:
    purses = open_purses(brands, now=now)
    plans, facts = plans_of(set(brands.values())), brand_facts(set(brands.values()))
    expiry = {
        brand_id: expires_on(business_date(now, facts[brand_id].zone), plans[brand_id])
        if brand_id in plans
        else FOR_EVER
        for brand_id in facts
    }
    rows = [row for row in run(STILL_DUE, [uuids(ids)]) if row[2] in purses.of]
    groups: dict[tuple[UUID, UUID], list[tuple[UUID, int]]] = {}
    for key, _, member_id, document_id, points in rows:
        groups.setdefault((document_id, member_id), []).append((key, points))
    for (document_id, member_id), lines in groups.items():
        purse, points = purses.of[member_id], sum(points for _, points in lines)
        if points:
            on = expiry[purse.brand_id]
            entry = Entry(uuid5(lines[0][0], "matured"), purse, "matured", points, document_id, on)
            purses.put(purses.begin(entry), [(on, points)], source=PENDING)
    if rows:
        purses.write(now=now)
        write(MATURE, [now, uuids([row[0] for row in rows]), days([expiry[row[1]] for row in rows])])


def _take_back(purses: Purses, entry: Entry, lines: Sequence[PointsEarning]) -> list[tuple[UUID, int]]:
    """Take an entry's points from the lines in turn: what has not matured, then ready ones, then a debt."""
    parts, wanted, pending, ready = [], entry.points, 0, 0
    for line in lines:
        part = min(wanted, line.points - line.taken_back)
        if part:
            parts.append((line.id, part))
            line.taken_back += part
            wanted -= part
            if line.matured_at is None:
                pending += part
            else:
                ready += part
    if pending:
        purses.take_pending(entry, pending)
    if ready:
        first = next(line.expires_on for line in lines if line.matured_at is not None)
        taken = sum(part for _, part in purses.take(entry, ready, TAKEN_BACK, first=first))
        if taken < ready:
            purses.owe(entry, ready - taken)
    return parts


def _taken(key: UUID, before: dict[str, Any]) -> TakenBack:
    return TakenBack(
        key, before["member_id"], -before["pending_change"], -before["ready_change"], before["owed_change"]
    )


def _taken_before(one: PointsTakenBack, before: dict[str, Any]) -> TakenBack | Refused:
    if (before["kind"], before["document_id"], before["points"]) != ("taken_back", one.document_id, one.points):
        return RepeatDiffers(id=one.id)
    return _taken(one.id, before)


def _write_earnings(lines: Sequence[PointsEarned], now: datetime) -> None:
    write(ENTER_EARNINGS, [
        now,
        uuids([one.id for one in lines]), uuids([one.brand_id for one in lines]), uuids([one.member_id for one in lines]),
        uuids([one.document_id for one in lines]), integers([one.position for one in lines]),
        integers([one.paid_minor for one in lines]), integers([one.rate for one in lines]),
        integers([one.factor_bp for one in lines]), integers([one.points for one in lines]),
        days([one.matures_at for one in lines]),
    ])  # fmt: skip
