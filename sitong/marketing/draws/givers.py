"""What is given of draws to a member who asks for all that is kept of it, and what erasing takes away."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sitong.marketing.draws.actions.upkeep import erase_addresses
from sitong.marketing.draws.queries.member import plays_kept
from sitong.member.identity.giving import erases_of_member, gives_of_member


@gives_of_member("draws")
def draws_of(member_ids: Sequence[UUID]) -> list[Mapping[str, Any]]:
    """Give every play, what it won and what became of that, with the address to which it was sent."""
    return plays_kept(member_ids)


@erases_of_member("prize addresses")
def erase_prize_addresses(member_ids: Sequence[UUID], *, now: datetime) -> int:  # noqa: ARG001  (every eraser is asked alike)
    """Erase where prizes were to be sent. Plays and prizes stay in the books: their member's id says nothing about a person."""
    return erase_addresses(member_ids)
