"""The keys by which members are known, as rules may ask for them; and what changes of who they are."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final
from uuid import UUID

from sitong.member.identity.events import MemberAbsorbed, MemberJoined, MembersChanged, MemberSeparated
from sitong.member.identity.knowing import deeds_change, knows_of_members
from sitong.shared.statements import run, uuids

KEYS = """
SELECT id, 'phone', '', joined_at FROM member_member WHERE id = ANY(%s::uuid[]) AND phone_index IS NOT NULL
UNION ALL
SELECT member_id, kind, app, proven_at FROM member_memberkey WHERE member_id = ANY(%s::uuid[])
"""
EVERYTHING: Final = (
    "members", "identities", "orders", "lines", "points", "coupons", "scans", "visits", "messages", "tags", "tiers",
)  # fmt: skip
CHANGED: Final = {
    "account": "members", "birthday": "members", "consent": "members", "keys": "identities", "points": "points",
    "tags": "tags", "visits": "visits",
}  # fmt: skip
"""What `MembersChanged` says, and the subject that is another then. Points stand in `members`, too."""


@knows_of_members("identities")
def keys_of(member_ids: Sequence[UUID], *, zone: str) -> Iterable[tuple[Any, ...]]:  # noqa: ARG001 no business dates here
    """Kind, app or marketplace, and since when it is proven."""
    ids = uuids(member_ids)
    return run(KEYS, [ids, ids])


def both(events: Sequence[MemberAbsorbed | MemberSeparated]) -> Iterable[UUID]:
    """Give the two members of each event."""
    return [id for event in events for id in (event.member_id, event.survivor_id)]


def all_of(events: Sequence[MembersChanged]) -> Iterable[UUID]:
    """Give all members of each event."""
    return [id for event in events for id in event.member_ids]


deeds_change(*EVERYTHING, after=MemberJoined)
deeds_change(*EVERYTHING, after=MemberAbsorbed, members_of=both)
deeds_change(*EVERYTHING, after=MemberSeparated, members_of=both)
deeds_change("members", "identities", "points", "tags", "visits", after=MembersChanged, members_of=all_of)
