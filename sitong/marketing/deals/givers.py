"""The group deals of a member who asks for all that is kept of it, and for being forgotten."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sitong.marketing.deals.queries import places_kept, places_pending
from sitong.member.identity.giving import erases_of_member, gives_of_member
from sitong.shared.errors import Refused


class DealPlacePending(Refused):
    """The member has a place in a group that is not complete: its money would go back to nobody. Leave it first."""

    code = "marketing.deal_place_pending"


@gives_of_member("group_deals")
def deals_of_member(member_ids: Sequence[UUID]) -> list[Mapping[str, Any]]:
    """Give every place in a group, with its ticket and what it won."""
    return places_kept(member_ids)


@erases_of_member("group_deals")
def refuse_while_a_place_is_pending(member_ids: Sequence[UUID], *, now: datetime) -> int:  # noqa: ARG001  (every eraser is asked alike)
    """Nothing to erase: places and tickets name nobody. Refused while a group is not ended: marketing.deal_place_pending."""
    if places_pending(member_ids):
        raise DealPlacePending()
    return 0
