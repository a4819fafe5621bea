"""The gifts of a member who asks for all that is kept of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sitong.marketing.gifts.queries.member import gifts_kept
from sitong.member.identity.giving import gives_of_member


@gives_of_member("gifts")
def gifts_of(member_ids: Sequence[UUID]) -> list[Mapping[str, Any]]:
    """Give every gift that the member holds or held, with what became of it."""
    return gifts_kept(member_ids)
