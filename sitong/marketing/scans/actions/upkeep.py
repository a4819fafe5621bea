"""Keep draws where they belong when members are joined and parted."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sitong.shared.statements import run, uuids

MOVE = """
UPDATE marketing_codedraw SET member_id = %s WHERE member_id = %s AND (%s OR scan_id = ANY(%s::uuid[])) RETURNING scan_id
"""


def move_draws(from_id: UUID, *, to: UUID, scan_ids: Sequence[UUID] | None) -> list[UUID]:
    """Put draws into another member's name: all (None) or these. Gives which."""
    rows = run(MOVE, [to, from_id, scan_ids is None, uuids(scan_ids or ())])
    return [row[0] for row in rows]
