"""The birthday that a member said is given to it, and goes when it is erased."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sitong.member.identity.giving import Rows, erases_of_member, gives_of_member
from sitong.member.tiers.actions.birthdays import forget_birthdays
from sitong.member.tiers.queries import birthdays_of


@gives_of_member("birthdays")
def give_birthday(member_ids: Sequence[UUID]) -> Rows:
    """Month and day, as the member said."""
    return [{"month": month, "day": day, "at": at} for month, day, at in birthdays_of(member_ids)]


@erases_of_member("birthdays")
def erase(member_ids: Sequence[UUID], *, now: datetime) -> int:  # noqa: ARG001  (every eraser is asked alike)
    """The birthday goes."""
    return forget_birthdays(member_ids)
