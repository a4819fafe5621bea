"""What came late in the name of an absorbed member follows it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sitong.member.identity.actions import bring_along
from sitong.member.identity.events import MemberAbsorbed
from sitong.member.identity.queries import joins_since, member_of_viewer
from sitong.shared.access.gates import tells_member_now
from sitong.shared.events.periodic import every
from sitong.shared.events.registry import on

tells_member_now(member_of_viewer)

LATE_AT_MOST = timedelta(hours=26)
"""A token holds a day at most, so nobody asks in an absorbed member's name after that."""


@on(MemberAbsorbed, subscriber="member.bring_along", start="now", batch=20)
def follow(events: Sequence[MemberAbsorbed]) -> None:
    """Move what a request wrote that was on its way while its member was joined."""
    for event in events:
        bring_along([event.join_id], now=event.joined_at)


@every(60, "member.bring_along")
def follow_late(now: datetime) -> None:
    """Move what a token of yesterday still wrote in the name of an absorbed member."""
    bring_along(joins_since(now - LATE_AT_MOST), now=now)
