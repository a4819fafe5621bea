"""Entries follow a member who turns out to be another one, and go when a member is erased."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction

from sitong.marketing.journeys.models import EntryState, JourneyEntry, JourneyOutcome, JourneyStep, JourneyTask
from sitong.shared.access.audit import AuditEntry, record
from sitong.shared.errors import NotFound
from sitong.shared.statements import run, uuids

LOCK = "SELECT id FROM marketing_journeyentry WHERE member_id IN (%(of)s, %(to)s) ORDER BY id FOR NO KEY UPDATE"
LET_OUT = """
UPDATE marketing_journeyentry AS e SET state = 'over', why = 'joined', ended_at = %(now)s
WHERE e.member_id = %(of)s AND e.state = 'inside' AND (%(ids)s::uuid[] IS NULL OR e.id = ANY(%(ids)s::uuid[]))
  AND EXISTS (SELECT FROM marketing_journeyentry AS o WHERE o.member_id = %(to)s AND o.journey_id = e.journey_id AND o.state = 'inside')
"""
MOVE = """
WITH l AS (
  SELECT e.id, row_number() OVER (PARTITION BY e.journey_id ORDER BY e.turn) + coalesce((
    SELECT max(turn) FROM marketing_journeyentry AS o WHERE o.journey_id = e.journey_id AND o.member_id = %(to)s
  ), 0) AS turn
  FROM marketing_journeyentry AS e WHERE e.member_id = %(of)s AND (%(ids)s::uuid[] IS NULL OR e.id = ANY(%(ids)s::uuid[]))
)
UPDATE marketing_journeyentry AS e SET member_id = %(to)s, turn = l.turn FROM l WHERE e.id = l.id RETURNING e.id
"""
LET_IN_AGAIN = """
UPDATE marketing_journeyentry AS e SET state = 'inside', why = '', ended_at = NULL, due_at = greatest(e.due_at, %(now)s)
WHERE e.id = ANY(%(ids)s::uuid[]) AND e.member_id = %(to)s AND e.why = 'joined'
  AND NOT EXISTS (SELECT FROM marketing_journeyentry AS o WHERE o.member_id = %(to)s AND o.journey_id = e.journey_id AND o.state = 'inside')
"""
TASKS = "UPDATE marketing_journeytask SET member_id = %s WHERE entry_id = ANY(%s::uuid[])"


def move_entries(member_id: UUID, *, to: UUID, now: datetime) -> list[UUID]:
    """Give another member all entries; where both are inside of a journey, the one that moves is over. Gives what moved."""
    return _move(None, of=member_id, to=to, now=now)


def move_entries_back(entry_ids: Sequence[UUID], *, of: UUID, to: UUID, now: datetime) -> None:
    """Give these entries back, as far as the first still has them; those that were over by the join alone go on."""
    with transaction.atomic():
        _move(entry_ids, of=of, to=to, now=now)
        run(LET_IN_AGAIN, {"ids": uuids(entry_ids), "to": to, "now": now})


def erase_entries(member_ids: Collection[UUID]) -> int:
    """Delete entries with their steps, outcomes and tasks for good; the flows' counts stay, they name nobody. Gives how many rows."""
    with transaction.atomic():
        locked = JourneyEntry.objects.select_for_update(no_key=True).filter(member_id__in=member_ids).order_by("id")
        ids = list(locked.values_list("id", flat=True))
        number = sum(
            kind._default_manager.filter(entry_id__in=ids).delete()[0]
            for kind in (JourneyStep, JourneyOutcome, JourneyTask)
        )
        return number + JourneyEntry.objects.filter(id__in=ids).delete()[0]


def let_out(entry_id: UUID, *, by: UUID | None, now: datetime) -> JourneyEntry:
    """Let one member out of a journey by hand. Twice: nothing more. Refused: shared.not_found."""
    with transaction.atomic():
        entry = JourneyEntry.objects.select_for_update(no_key=True).filter(id=entry_id).first()
        if entry is None:
            raise NotFound(what="entry")
        if entry.state == EntryState.INSIDE:
            entry.state, entry.why, entry.ended_at = EntryState.OVER, "left", now
            entry.save(update_fields=["state", "why", "ended_at"])
            line = AuditEntry(
                "let_out", "marketing.journey", entry.journey_id, entry.brand_id, by, after={"entry": entry.id}
            )
            record([line], at=now)
    return entry


def finish_task(task_id: UUID, *, by: UUID | None, now: datetime) -> JourneyTask:
    """Say that a guide's task is done. Twice: the first stays. Refused: shared.not_found."""
    with transaction.atomic():
        task = JourneyTask.objects.select_for_update(no_key=True).filter(id=task_id).first()
        if task is None:
            raise NotFound(what="task")
        if task.done_at is None:
            task.done_at, task.done_by = now, by
            task.save(update_fields=["done_at", "done_by"])
    return task


def _move(entry_ids: Sequence[UUID] | None, *, of: UUID, to: UUID, now: datetime) -> list[UUID]:
    with transaction.atomic():
        wanted = {"of": of, "to": to, "now": now, "ids": None if entry_ids is None else uuids(entry_ids)}
        run(LOCK, wanted)
        run(LET_OUT, wanted)
        moved = [row[0] for row in run(MOVE, wanted)]
        if moved:
            run(TASKS, [to, uuids(moved)])
    return moved
