"""The group deals of a member who asks for all that is kept of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sitong.marketing.deals.queries import places_kept
from sitong.member.identity.giving import gives_of_member


@gives_of_member("group_deals")
def deals_of_member(member_ids: Sequence[UUID]) -> list[Mapping[str, Any]]:
    """Give every place in a group, with its ticket and what it won."""
    return places_kept(member_ids)
