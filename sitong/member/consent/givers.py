"""What is given of consents to a member who asks. Their proof outlives the erasing, with the phone masked."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sitong.member.consent.queries import consents_of
from sitong.member.identity.giving import Rows, gives_of_member

ALL = 100_000


@gives_of_member("consents")
def give_consents(member_ids: Sequence[UUID]) -> Rows:
    """What the member said yes and no to, when, and to which version of the wording."""
    found = consents_of(member_ids[0], limit=ALL) if member_ids else []
    return [
        {"purpose": one.purpose, "entity_id": one.entity_id, "version": one.version, "yes": one.yes, "at": one.at}
        for one in reversed(found)
    ]
