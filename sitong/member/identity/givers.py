"""What identity itself gives to a member who asks for all that is kept of it."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sitong.member.identity.giving import Rows, gives_of_member
from sitong.member.identity.queries import joins_of, keys_in_clear, member_facts
from sitong.org.stores.queries import store_facts


@gives_of_member("member")
def give_member(member_ids: Sequence[UUID]) -> Rows:
    """Who the member is, in clear, and the members that were joined into it."""
    facts = sorted(member_facts(member_ids).values(), key=lambda one: one.joined_at)
    stores = store_facts({one.home_store_id for one in facts if one.home_store_id})
    return [
        {
            "number": one.number, "name": one.name, "phone": one.phone, "source": one.source, "joined_at": one.joined_at,
            "home_store": stores[one.home_store_id].name if one.home_store_id in stores else "",
        }
        for one in facts
    ]  # fmt: skip


@gives_of_member("keys")
def give_keys(member_ids: Sequence[UUID]) -> Rows:
    """By which certain keys the member is known."""
    return keys_in_clear(member_ids)


@gives_of_member("joins")
def give_joins(member_ids: Sequence[UUID]) -> Rows:
    """When members were found to be this one, and when that was taken back."""
    found = joins_of(member_ids[0]) if member_ids else []
    return [{"reason": one.reason, "joined_at": one.joined_at, "undone_at": one.undone_at} for one in reversed(found)]
