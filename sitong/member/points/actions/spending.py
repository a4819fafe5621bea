"""Spend points as money, and give them back into the buckets from which they came."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid5

from django.db import transaction

from sitong.member.points.actions.purses import SPENT, Entry, Purses, open_purses
from sitong.member.points.models import PointsEntry, PointsSpending, PointsTaken
from sitong.member.points.rules import grace_on, parts_to_give_back
from sitong.org.brands.queries import brand_facts
from sitong.shared.clock import business_date
from sitong.shared.errors import NotFound, Refused, RepeatDiffers
from sitong.shared.statements import days, integers, run, uuids, write

SPENDINGS = UUID("5b0f6f1a-3b6e-5d0e-8f6b-0f7f1f6d2a31")
"""Name space of spendings: a document spends once."""

ENTER_SPENDINGS = """
INSERT INTO member_pointsspending (at, given_back, id, brand_id, member_id, document_id, points, by)
SELECT %s::timestamptz, 0, * FROM unnest(%s::uuid[], %s::uuid[], %s::uuid[], %s::uuid[], %s::bigint[], %s::uuid[])
"""
ENTER_TAKEN = """
INSERT INTO member_pointstaken (given_back, spending_id, expires_on, brand_id, points)
SELECT 0, * FROM unnest(%s::uuid[], %s::date[], %s::uuid[], %s::bigint[])
"""
GIVE_SPENDINGS = """
UPDATE member_pointsspending AS s SET given_back = s.given_back + c.points
FROM unnest(%s::uuid[], %s::bigint[]) AS c(id, points) WHERE s.id = c.id
"""
GIVE_TAKEN = """
UPDATE member_pointstaken AS t SET given_back = t.given_back + c.points FROM (
  SELECT id, on_, sum(points)::bigint AS points FROM unnest(%s::uuid[], %s::date[], %s::bigint[]) AS g(id, on_, points) GROUP BY 1, 2
) AS c WHERE t.spending_id = c.id AND t.expires_on = c.on_
"""


class PointsTooFew(Refused):
    """The member has fewer ready points than it wants to spend: facts wanted, ready."""

    code = "member.points_too_few"


class PointsOutOfRange(Refused):
    """Points are whole numbers above zero: fact points."""

    code = "member.points_out_of_range"


class PointsNotSpent(Refused):
    """More is to be given back than the document has spent and not been given back: facts wanted, left."""

    code = "member.points_not_spent"


@dataclass(frozen=True, slots=True)
class PointsSpend:
    """A document spends points of a member. The document's id is the request's: it spends once."""

    document_id: UUID
    brand_id: UUID
    member_id: UUID
    points: int
    by: UUID | None = None


@dataclass(frozen=True, slots=True)
class PointsSpent:
    """Points that a document has spent."""

    document_id: UUID
    member_id: UUID
    points: int


@dataclass(frozen=True, slots=True)
class PointsGivenBack:
    """So many of the points that a document spent go back. `id` is the request's own."""

    id: UUID
    document_id: UUID
    points: int
    by: UUID | None = None


@dataclass(frozen=True, slots=True)
class GivenBack:
    """Points that went back: into which expiries, and how many of them settled what the member owed."""

    id: UUID
    member_id: UUID
    points: int


def spend_points(wanted: Sequence[PointsSpend], *, now: datetime) -> list[PointsSpent | Refused]:
    """Spend points in order of arrival, the oldest first; each is spent whole or refused whole.

    The same document again with the same member and number gets the same answer. The limits of the plan (step, share of
    the total) are the caller's, by `most_points`. Joins the caller's transaction and its lock (`lock_points`).
    Refused: member.points_out_of_range, member.points_too_few, shared.repeat_differs.
    """
    if not wanted:
        return []
    with transaction.atomic():
        purses = open_purses({one.member_id: one.brand_id for one in wanted}, now=now)
        rows = PointsSpending.objects.filter(document_id__in=[one.document_id for one in wanted])
        before = {row[0]: (row[1], row[2]) for row in rows.values_list("document_id", "member_id", "points")}
        parts: list[tuple[PointsSpend, list[tuple[date, int]]]] = []
        outcomes: list[PointsSpent | Refused] = []
        for one in wanted:
            earlier = before.get(one.document_id)
            ready = purses.of[one.member_id].ready
            if earlier is not None:
                same = earlier == (one.member_id, one.points)
                outcomes.append(PointsSpent(one.document_id, *earlier) if same else RepeatDiffers(id=one.document_id))
            elif one.points < 1:
                outcomes.append(PointsOutOfRange(points=one.points))
            elif one.points > ready:
                outcomes.append(PointsTooFew(wanted=one.points, ready=ready))
            else:
                parts.append((one, _spend(purses, one)))
                before[one.document_id] = (one.member_id, one.points)
                outcomes.append(PointsSpent(one.document_id, one.member_id, one.points))
        if parts:
            _write_spendings(purses, parts, now=now)
    return outcomes


def give_back_points(wanted: Sequence[PointsGivenBack], *, now: datetime) -> list[GivenBack | Refused]:
    """Give back points that documents have spent, into the buckets from which they came, those taken last first.

    A bucket that has expired meanwhile is replaced by one of grace, which ends with the next month. What the member owes
    is settled first. The same id again gets the same answer.
    Refused: shared.not_found (the document spent nothing), member.points_not_spent, member.points_out_of_range, shared.repeat_differs.
    """
    if not wanted:
        return []
    with transaction.atomic():
        documents = {one.document_id for one in wanted}
        owners = dict(PointsSpending.objects.filter(document_id__in=documents).values_list("member_id", "brand_id"))
        purses = open_purses(owners, now=now)
        spendings = {row.document_id: row for row in PointsSpending.objects.filter(document_id__in=documents)}
        taken: dict[UUID, dict[date, PointsTaken]] = {}
        for part in PointsTaken.objects.filter(spending_id__in=[row.id for row in spendings.values()]):
            taken.setdefault(part.spending_id, {})[part.expires_on] = part
        before = entries_before([one.id for one in wanted])
        today = _today({row.brand_id for row in spendings.values()}, now)
        given: list[tuple[UUID, date, int]] = []
        outcomes: list[GivenBack | Refused] = []
        for one in wanted:
            spending = spendings.get(one.document_id)
            if one.id in before:
                outcomes.append(_given_before(one, before[one.id]))
            elif spending is None:
                outcomes.append(NotFound(what="points spent"))
            elif one.points < 1:
                outcomes.append(PointsOutOfRange(points=one.points))
            elif one.points > spending.points - spending.given_back:
                outcomes.append(PointsNotSpent(wanted=one.points, left=spending.points - spending.given_back))
            else:
                parts = _give_back(purses, one, spending, taken[spending.id], today[spending.brand_id])
                given += [(spending.id, on, part) for on, part in parts]
                before[one.id] = {
                    "kind": "given_back",
                    "document_id": one.document_id,
                    "points": one.points,
                    "member_id": spending.member_id,
                }
                outcomes.append(GivenBack(one.id, spending.member_id, one.points))
        if given:
            purses.write(now=now)
            columns = [
                uuids([key for key, _, _ in given]),
                days([on for _, on, _ in given]),
                integers([part for _, _, part in given]),
            ]
            sums: dict[UUID, int] = {}
            for key, _, part in given:  # type: ignore[assignment]
                sums[key] = sums.get(key, 0) + part  # type: ignore[operator]
            write(GIVE_SPENDINGS, [uuids(sums), integers(sums.values())])
            write(GIVE_TAKEN, columns)
    return outcomes


def entries_before(ids: Sequence[UUID]) -> dict[UUID, dict[str, Any]]:
    """Give the entries that stand under these ids: what a repeat is compared with."""
    rows = PointsEntry.objects.filter(id__in=ids).values(
        "id", "kind", "document_id", "member_id", "points", "pending_change", "ready_change", "owed_change"
    )
    return {row["id"]: row for row in rows}  # type: ignore[misc]


def _given_before(one: PointsGivenBack, before: dict[str, Any]) -> GivenBack | Refused:
    if (before["kind"], before["document_id"], before["points"]) != ("given_back", one.document_id, one.points):
        return RepeatDiffers(id=one.id)
    return GivenBack(one.id, before["member_id"], one.points)


def _spend(purses: Purses, one: PointsSpend) -> list[tuple[date, int]]:
    spending_id = uuid5(SPENDINGS, str(one.document_id))
    entry = Entry(spending_id, purses.of[one.member_id], "spent", one.points, one.document_id, by=one.by)
    return purses.take(purses.begin(entry), one.points, SPENT)


def _give_back(
    purses: Purses, one: PointsGivenBack, spending: PointsSpending, taken: dict[date, PointsTaken], today: date
) -> list[tuple[date, int]]:
    parts = parts_to_give_back(
        one.points,
        [(on, part.points) for on, part in taken.items()],
        {on: part.given_back for on, part in taken.items()},
    )
    entry = Entry(one.id, purses.of[spending.member_id], "given_back", one.points, one.document_id, by=one.by)
    entry.expires_on = min(on for on, _ in parts)
    purses.put(
        purses.begin(entry), [(on if on >= today else grace_on(today), part) for on, part in parts], source=SPENT
    )
    for on, part in parts:
        taken[on].given_back += part
    spending.given_back += one.points
    return parts


def _today(brand_ids: set[UUID], now: datetime) -> dict[UUID, date]:
    return {key: business_date(now, brand.zone) for key, brand in brand_facts(brand_ids).items()}


def _write_spendings(
    purses: Purses, parts: Sequence[tuple[PointsSpend, list[tuple[date, int]]]], *, now: datetime
) -> None:
    purses.write(now=now)
    spent = [one for one, _ in parts]
    ids = [uuid5(SPENDINGS, str(one.document_id)) for one in spent]
    run(ENTER_SPENDINGS, [
        now, uuids(ids), uuids([one.brand_id for one in spent]), uuids([one.member_id for one in spent]),
        uuids([one.document_id for one in spent]), integers([one.points for one in spent]), uuids([one.by for one in spent]),
    ])  # fmt: skip
    rows = [(key, on, one.brand_id, part) for key, (one, taken) in zip(ids, parts, strict=True) for on, part in taken]
    run(ENTER_TAKEN, [
        uuids([row[0] for row in rows]), days([row[1] for row in rows]), uuids([row[2] for row in rows]),
        integers([row[3] for row in rows]),
    ])  # fmt: skip
