"""The payouts of a member who asks for all that is kept of it. Erasing takes nothing: the rows name nobody."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sitong.member.identity.giving import Rows, gives_of_member
from sitong.scene.payouts.queries import payouts_of

ALL = 100_000


@gives_of_member("payouts")
def give_payouts(member_ids: Sequence[UUID]) -> Rows:
    """Every reward in cash, and whether it has come."""
    return [
        {
            "due_at": one.due_at,
            "amount_minor": one.amount_minor,
            "currency": one.currency,
            "state": one.state,
            "done_at": one.done_at,
        }
        for one in reversed(payouts_of(member_ids, limit=ALL))
    ]
