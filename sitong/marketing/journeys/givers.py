"""A member's way through journeys is given to it, and goes when it is erased."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sitong.marketing.journeys.actions.upkeep import erase_entries
from sitong.marketing.journeys.queries.member import entries_kept
from sitong.member.identity.giving import erases_of_member, gives_of_member


@gives_of_member("journeys")
def journeys_of(member_ids: Sequence[UUID]) -> list[Mapping[str, Any]]:
    """Give every journey that the member was in, with each step."""
    return list(entries_kept(member_ids))


@erases_of_member("journeys")
def erase(member_ids: Sequence[UUID], *, now: datetime) -> int:  # noqa: ARG001  (every eraser is asked alike)
    """Entries, steps, outcomes and tasks go."""
    return erase_entries(member_ids)
