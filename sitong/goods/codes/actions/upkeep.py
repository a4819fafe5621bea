"""What becomes of scans when two members turn out to be one, and when a member is erased."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from uuid import UUID

from sitong.shared.statements import run, uuids

MOVE = "UPDATE goods_scan SET member_id = %s WHERE member_id = %s AND (%s::uuid[] IS NULL OR id = ANY(%s::uuid[])) RETURNING id"
FORGET = "UPDATE goods_scan SET member_id = NULL, device = NULL WHERE member_id = ANY(%s::uuid[]) RETURNING id"


def move_scans(member_id: UUID, *, to: UUID, scan_ids: Sequence[UUID] | None) -> list[UUID]:
    """Let scans of one member be another's: all of them, or the given ones. Gives which."""
    only = None if scan_ids is None else uuids(scan_ids)
    return [row[0] for row in run(MOVE, [to, member_id, only, only])]


def forget_members(member_ids: Collection[UUID]) -> int:
    """Take members' names and devices off their scans; that a code was scanned, when and in which cell, stays. Gives how many."""
    return len(run(FORGET, [uuids(member_ids)]))
