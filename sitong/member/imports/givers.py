"""What is given of imported files to a member who asks, and what goes when it is erased."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sitong.member.identity.giving import Rows, erases_of_member, gives_of_member
from sitong.member.imports.actions import erase_records
from sitong.member.imports.queries import records_of_members

NOT_OF_THE_PERSON = {"id", "row", "state", "member_id"}


@gives_of_member("imported")
def give_imported(member_ids: Sequence[UUID]) -> Rows:
    """What imported files said of the member."""
    return [
        {name: getattr(one, name) for name in one.__slots__ if name not in NOT_OF_THE_PERSON}
        for one in records_of_members(member_ids)
    ]


@erases_of_member("imported")
def erase(member_ids: Sequence[UUID], *, now: datetime) -> int:  # noqa: ARG001  (every eraser is asked alike)
    """What files said of the person goes; that there was a line stays."""
    return erase_records(member_ids)
