"""What is given of tags, notes and visits to a member who asks, and what goes when it is erased."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sitong.member.identity.giving import Rows, erases_of_member, gives_of_member
from sitong.member.profile.actions import erase_profiles
from sitong.member.profile.queries import notes_of, tags_of, visits_of
from sitong.org.stores.queries import store_facts

ALL = 100_000


@gives_of_member("tags")
def give_tags(member_ids: Sequence[UUID]) -> Rows:
    """The tags that staff put on the member."""
    return [{"tag": one.name, "at": one.at} for one in tags_of(member_ids)]


@gives_of_member("notes")
def give_notes(member_ids: Sequence[UUID]) -> Rows:
    """What staff wrote about the member."""
    found = [note for member_id in member_ids for note in notes_of(member_id, limit=ALL)]
    return [{"text": one.text, "at": one.at} for one in sorted(found, key=lambda note: note.at)]


@gives_of_member("visits")
def give_visits(member_ids: Sequence[UUID]) -> Rows:
    """When the member was in which store, as far as it is known."""
    found = [visit for member_id in member_ids for visit in visits_of(member_id, limit=ALL)]
    stores = store_facts({one.store_id for one in found})
    return [
        {"store": stores[one.store_id].name if one.store_id in stores else "", "kind": one.kind, "at": one.at}
        for one in sorted(found, key=lambda visit: visit.at)
    ]


@erases_of_member("profile")
def erase(member_ids: Sequence[UUID], *, now: datetime) -> int:  # noqa: ARG001  (every eraser is asked alike)
    """Tags, notes and visits go."""
    return sum(erase_profiles(member_ids).values())
