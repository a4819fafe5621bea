"""Settle the tiers of a whole brand: found in columns, written in bounded pieces, while rewards go on beside it."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

import numpy
from django.db import IntegrityError, transaction
from django.db.models import Max

from sitong.member.tiers.bulk import Found, Kept, Settled, levels_on, settled
from sitong.member.tiers.events import TierFell, TierRose
from sitong.member.tiers.models import Retiering, TierPlan
from sitong.member.tiers.queries import days_of_brands, olds_of, plan_of
from sitong.member.tiers.reading import read_due, read_entries
from sitong.member.tiers.rules import Plan
from sitong.shared.columns import Places
from sitong.shared.events.actions import announce
from sitong.shared.events.registry import Happening
from sitong.shared.ids import new_id
from sitong.shared.statements import integers, run, uuids

WRITTEN_AT_ONCE = 5_000

LOCK = "SELECT member_id FROM member_standing WHERE member_id = ANY(%s::uuid[]) ORDER BY member_id FOR NO KEY UPDATE"
SETTLE = """
UPDATE member_standing AS s SET version = %s::int, level = c.level, since = date '0001-01-01' + (c.since - 1),
  keeps_until = date '0001-01-01' + (c.keeps_until - 1), settled_on = %s::date, floor_level = c.floor_level,
  floor_until = date '0001-01-01' + (nullif(c.floor_until, 0) - 1)
FROM unnest(%s::uuid[], %s::int[], %s::int[], %s::int[], %s::int[], %s::int[], %s::int[], %s::int[], %s::int[], %s::int[])
  AS c(id, old_version, old_level, old_keeps_until, old_settled_on, level, since, keeps_until, floor_level, floor_until)
WHERE s.member_id = c.id AND s.version = c.old_version AND s.level = c.old_level
  AND s.keeps_until = date '0001-01-01' + (c.old_keeps_until - 1) AND s.settled_on = date '0001-01-01' + (c.old_settled_on - 1)
RETURNING s.member_id
"""
"""Only rows that are still as they were read: whoever bought or returned meanwhile was settled by that, and told of it."""


@dataclass(frozen=True, slots=True)
class Due:
    """What a look over all members found: who is due (16 bytes each), how their standings were, and what becomes of them."""

    members: numpy.ndarray
    kept: Kept
    found: Found


def ask_for_retiering(plan: Plan, *, because: str, on: date, now: datetime) -> None:
    """Note that all standings of a brand are to be settled; one that has not ended is over, since this one does its work."""
    Retiering.objects.filter(brand_id=plan.brand_id, ended_at=None).update(ended_at=now)
    Retiering.objects.create(
        id=new_id(), brand_id=plan.brand_id, version=plan.version, because=because, on=on, asked_at=now
    )


def retier_all(brand_id: UUID, *, now: datetime) -> int:
    """Settle all standings of a brand whose period is over or whose plan is another now; give how many were written.

    They are found in one look and written 5,000 a transaction, those whose level changes first, with their events. Nobody is
    settled or told twice: a row that changed since the look is left as it is, and a run that was killed goes on from what is
    still due. It ends early when the plan is changed meanwhile.
    """
    plan = plan_of(brand_id)
    if plan is None:
        return 0
    on = days_of_brands([brand_id], now)[brand_id]
    asked = Retiering.objects.filter(brand_id=brand_id, ended_at=None).first()
    if asked is None or asked.version != plan.version:
        try:
            with transaction.atomic():
                ask_for_retiering(plan, because="period", on=on, now=now)
        except IntegrityError:  # somebody else has asked at the same instant
            return 0
        asked = Retiering.objects.get(brand_id=brand_id, ended_at=None)
    began = time.perf_counter()
    due = find_due(plan, on)
    took_ms = int((time.perf_counter() - began) * 1000)
    Retiering.objects.filter(id=asked.id, ended_at=None).update(
        on=on, started_at=asked.started_at or now, found=asked.written + len(due.members), finding_ms=took_ms
    )
    written = 0
    for piece in _pieces(due):
        done = _write(asked.id, due, piece, plan, on, now)
        if done is None:
            return written
        written += done
    Retiering.objects.filter(id=asked.id, ended_at=None).update(ended_at=now)
    return written


def find_due(plan: Plan, on: date) -> Due:
    """Look over all members: who is due, and what becomes of them. Standings are read before days, see `SETTLE`."""
    members, kept = read_due(plan, on)
    level, _ = levels_on(read_entries(plan, on, Places(members)), len(members), on, plan)
    return Due(members, kept, settled(kept, level, on, plan, olds_of(plan, numpy.unique(kept.version).tolist())))


def _pieces(due: Due) -> Iterator[numpy.ndarray]:
    order = numpy.argsort(~due.found.moved, kind="stable")
    for start in range(0, len(order), WRITTEN_AT_ONCE):
        yield order[start : start + WRITTEN_AT_ONCE]


def _write(asked_id: UUID, due: Due, piece: numpy.ndarray, plan: Plan, on: date, now: datetime) -> int | None:
    """Write one piece and announce who rose and fell; None: another plan is in force, so this is no longer wanted."""
    rows = due.found.rows.taken(piece)
    ids = [UUID(bytes=bytes(one)) for one in due.members[rows.place]]
    with transaction.atomic():
        asked = Retiering.objects.select_for_update(no_key=True).filter(id=asked_id, ended_at=None).first()
        newest = TierPlan.objects.filter(brand_id=plan.brand_id).aggregate(newest=Max("version"))["newest"]
        if asked is None or newest != plan.version:
            return None
        run(LOCK, [uuids(ids)])
        done = {
            key for (key,) in run(SETTLE, [plan.version, on, uuids(ids), *_arrays(due.kept.taken(rows.place), rows)])
        }
        told = _told(due.found, rows, ids, done, plan, asked.because)
        moves = Counter({(before, after): count for before, after, count in asked.moves})
        moves.update((one.before, one.after) for one in told)  # type: ignore[attr-defined]
        rose = sum(isinstance(one, TierRose) for one in told)
        asked.written, asked.rose, asked.fell = (
            asked.written + len(done),
            asked.rose + rose,
            asked.fell + len(told) - rose,
        )
        asked.moves = [[before, after, count] for (before, after), count in sorted(moves.items())]
        asked.save(update_fields=["written", "rose", "fell", "moves"])
        announce(told, at=now)
    return len(done)


def _arrays(kept: Kept, rows: Settled) -> list[str]:
    old = (kept.version, kept.level, kept.keeps_until, kept.settled_on)
    new = (rows.level, rows.since, rows.keeps_until, rows.floor_level, rows.floor_until)
    return [integers(column.tolist()) for column in (*old, *new)]


def _told(found: Found, rows: Settled, ids: list[UUID], done: set[UUID], plan: Plan, because: str) -> list[Happening]:
    """Say who rose and who fell among the rows that were written."""
    told: list[Happening] = []
    for at in numpy.flatnonzero(rows.before != rows.after).tolist():
        if ids[at] in done:
            before, after = found.codes[rows.before[at]], found.codes[rows.after[at]]
            rose = TierRose(plan.brand_id, ids[at], before, after)
            told.append(rose if rows.rose[at] else TierFell(plan.brand_id, ids[at], before, after, because))
    return told
