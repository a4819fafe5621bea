"""The growth of the member pool, kept up to date as members join."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sitong.member.identity.events import MemberJoined
from sitong.member.identity.queries import member_facts
from sitong.member.sources.actions import count_joined
from sitong.shared.events.registry import on


@on(MemberJoined, subscriber="member.sources")
def count(events: Sequence[MemberJoined]) -> None:
    """Count new members by day, source and store, as they were when they joined."""
    facts = member_facts({event.member_id for event in events})
    count_joined([
        replace(facts[event.member_id], source=event.source, home_store_id=event.store_id)
        for event in events
        if event.member_id in facts
    ])  # fmt: skip
