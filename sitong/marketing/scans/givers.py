"""The codes of a member who asks for all that is kept of it. Erasing takes nothing of draws: they keep an id, which then names nobody."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sitong.goods.codes.actions.upkeep import forget_members
from sitong.goods.codes.queries.members import scans_kept
from sitong.marketing.scans.queries import draws_kept
from sitong.member.identity.giving import erases_of_member, gives_of_member


@gives_of_member("code_draws")
def code_draws_of(member_ids: Sequence[UUID]) -> list[Mapping[str, Any]]:
    """Give every code that the member has drawn with."""
    return [*draws_kept(member_ids)]


@gives_of_member("code_scans")
def code_scans_of(member_ids: Sequence[UUID]) -> list[Mapping[str, Any]]:
    """Give every scan of a code that is kept of the member: which, when, and in which cell of some square kilometers."""
    return [*scans_kept(member_ids)]


@erases_of_member("code_scans")
def forget_scanning(member_ids: Sequence[UUID], *, now: datetime) -> int:  # noqa: ARG001 - every eraser is told
    """Take the member's name and its device off its scans; that the code was scanned stays."""
    return forget_members(member_ids)
