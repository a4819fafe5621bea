"""The check-ins of a member who asks for all that is kept of it, or to be forgotten."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sitong.marketing.checkin.actions.upkeep import erase_check_ins
from sitong.marketing.checkin.queries.results import check_ins_kept
from sitong.member.identity.giving import Rows, erases_of_member, gives_of_member


@gives_of_member("check_ins")
def give_check_ins(member_ids: Sequence[UUID]) -> Rows:
    """Every day that was counted, in which store, how it was proven, and the coarse cell that is kept of it."""
    return check_ins_kept(member_ids)


@erases_of_member("check_ins")
def erase(member_ids: Sequence[UUID], *, now: datetime) -> int:  # noqa: ARG001  (every eraser is asked alike)
    """Check-ins and standings go."""
    return erase_check_ins(member_ids)
