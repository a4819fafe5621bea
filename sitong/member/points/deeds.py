"""How members' ready points changed, as rules may ask for it. `MembersChanged` tells of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from sitong.member.identity.knowing import knows_of_members
from sitong.shared.statements import run, uuids

POINTS = """
SELECT member_id, at, (at AT TIME ZONE %s)::date, ready_change, kind FROM member_pointsentry
WHERE member_id = ANY(%s::uuid[]) AND ready_change <> 0
"""


@knows_of_members("points")
def points_known(member_ids: Sequence[UUID], *, zone: str) -> Iterable[tuple[Any, ...]]:
    """When, how many more or fewer, and why."""
    return run(POINTS, [zone, uuids(member_ids)])
