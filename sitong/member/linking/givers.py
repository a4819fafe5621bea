"""What is given of linking to a member who asks, and what goes when it is erased."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sitong.member.identity.giving import Rows, erases_of_member, gives_of_member
from sitong.member.linking.actions import erase_linked
from sitong.member.linking.queries import linked_rows


@gives_of_member("linked")
def give_linked(member_ids: Sequence[UUID]) -> Rows:
    """By which records of files the member was recognized, how, and when."""
    return linked_rows(member_ids)


@erases_of_member("linked")
def erase(member_ids: Sequence[UUID], *, now: datetime) -> int:  # noqa: ARG001  (every eraser is asked alike)
    """Reasons, decisions and hashes go."""
    return erase_linked(member_ids)
