"""What became of the records of an accepted file."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction

from sitong.member.identity.moving import Going
from sitong.member.imports.events import ImportLinked
from sitong.member.imports.models import ImportFile, ImportRecord, ImportState
from sitong.shared.errors import NotFound
from sitong.shared.events.actions import announce
from sitong.shared.statements import run, texts, uuids

SETTLE = """
UPDATE member_importrecord AS r SET state = s.state, member_id = s.member_id
FROM unnest(%s::uuid[], %s::uuid[], %s::text[]) AS s (id, member_id, state)
WHERE r.id = s.id AND (r.state, r.member_id) IS DISTINCT FROM (s.state, s.member_id) RETURNING r.id
"""

MOVE_MANY = """
UPDATE member_importrecord AS r SET member_id = g.to_id
FROM unnest(%s::uuid[], %s::uuid[], %s::uuid[]) AS g (join_id, of_id, to_id) WHERE r.member_id = g.of_id RETURNING g.join_id, r.id
"""
MOVE_BACK_MANY = """
UPDATE member_importrecord AS r SET member_id = g.to_id
FROM unnest(%s::uuid[], %s::uuid[], %s::uuid[]) AS g (id, of_id, to_id) WHERE r.id = g.id AND r.member_id = g.of_id
"""


def settle_records(
    record_ids: Sequence[UUID],
    member_ids: Sequence[UUID | None],
    *,
    states: Sequence[str],
    now: datetime,  # noqa: ARG001
) -> int:
    """Write down of each record whose it is and how that came (a RecordState). One statement; gives how many changed.

    The three sequences have one entry for each record. The same again changes nothing.
    """
    if not record_ids:
        return 0
    with transaction.atomic():
        return len(run(SETTLE, [uuids(record_ids), uuids(member_ids), texts(states)]))


def finish_import(import_id: UUID, *, now: datetime) -> ImportFile:
    """Say that every record of an accepted file has been looked at. Again: the same answer. Refused: shared.not_found."""
    with transaction.atomic():
        file = ImportFile.objects.select_for_update(no_key=True).filter(id=import_id).first()
        if file is None or file.state not in {ImportState.ACCEPTED, ImportState.LINKED}:
            raise NotFound(what="import")
        if file.state == ImportState.ACCEPTED:
            file.state, file.linked_at = ImportState.LINKED, now
            file.save(update_fields=["state", "linked_at"])
            announce([ImportLinked(file.brand_id, file.id, now)], at=now)
        return file


def erase_records(member_ids: Sequence[UUID]) -> int:
    """Take away what files said of these members; the lines stay as empty ones. Gives how many."""
    found = ImportRecord.objects.filter(member_id__in=list(member_ids)).exclude(fields="")
    return found.update(fields="", phone_index=None)


def move_records(member_id: UUID, *, to: UUID) -> list[UUID]:
    """Give another member the records of one. Gives the ids of what moved."""
    with transaction.atomic():
        rows = ImportRecord.objects.filter(member_id=member_id)
        ids = list(rows.select_for_update(no_key=True).order_by("id").values_list("id", flat=True))
        ImportRecord.objects.filter(id__in=ids).update(member_id=to)
    return ids


def move_records_many(joins: Sequence[Going]) -> dict[UUID, list[UUID]]:
    """Give the records of many absorbed members to those who stay; give their ids by join. One statement."""
    moved: dict[UUID, list[UUID]] = {}
    columns = ([one.join_id for one in joins], [one.absorbed_id for one in joins], [one.survivor_id for one in joins])
    with transaction.atomic():
        for join_id, record_id in run(MOVE_MANY, [uuids(column) for column in columns]):
            moved.setdefault(join_id, []).append(record_id)
    return moved


def move_records_back_many(joins: Sequence[Going]) -> None:
    """Give records back for many joins, as far as the survivors still have them. One statement."""
    rows = [(record_id, one.survivor_id, one.absorbed_id) for one in joins for record_id in one.row_ids]
    if rows:
        run(MOVE_BACK_MANY, [uuids(column) for column in zip(*rows, strict=True)])


def move_records_back(record_ids: Sequence[UUID], *, of: UUID, to: UUID) -> None:
    """Give these records of a member to another, as far as they are still its."""
    ImportRecord.objects.filter(id__in=list(record_ids), member_id=of).update(member_id=to)
