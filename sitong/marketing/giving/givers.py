"""What campaigns gave to a member who asks for all that is kept of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sitong.marketing.giving.queries import rewards_kept
from sitong.member.identity.giving import gives_of_member


@gives_of_member("rewards")
def rewards_of(member_ids: Sequence[UUID]) -> list[Mapping[str, Any]]:
    """Give every reward that the member got from a campaign."""
    return list(rewards_kept(member_ids))
