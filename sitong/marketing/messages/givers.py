"""The messages of a member who asks for all that is kept of it, and what erasing takes away."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sitong.marketing.messages.actions.moving import forget_members
from sitong.marketing.messages.queries.desk import addresses_kept, messages_kept, refusals_kept
from sitong.member.identity.giving import Rows, erases_of_member, gives_of_member


@gives_of_member("messages")
def messages_of(member_ids: Sequence[UUID]) -> Rows:
    """Give every message with what became of it. Their texts are kept nowhere."""
    return messages_kept(member_ids)


@gives_of_member("message_refusals")
def refusals_of(member_ids: Sequence[UUID]) -> Rows:
    """Give what the member wanted no more of."""
    return refusals_kept(member_ids)


@gives_of_member("message_addresses")
def addresses_of_member(member_ids: Sequence[UUID]) -> Rows:
    """Give the e-mail address in clear: to the member itself only."""
    return addresses_kept(member_ids)


@erases_of_member("messages")
def erase_messages(member_ids: Sequence[UUID], *, now: datetime) -> int:
    """Take the address and all that is said in messages away; what waits is not sent."""
    return forget_members(member_ids, now=now)
