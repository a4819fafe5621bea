"""What follows when a member has checked in: it was in the store, and member 360 shows it."""

from __future__ import annotations

from collections.abc import Sequence

from sitong.marketing.checkin.events import MemberCheckedIn
from sitong.marketing.checkin.queries.results import instants_of
from sitong.member.profile.actions import VisitSeen, note_visits
from sitong.shared.clock import now as clock_now
from sitong.shared.events.registry import on


@on(MemberCheckedIn, subscriber="marketing.check_in_visits")
def note_the_visits(events: Sequence[MemberCheckedIn]) -> None:
    """Keep that members were in stores; a check-in is one visit."""
    at = instants_of([one.check_in_id for one in events])
    note_visits(
        [
            VisitSeen(one.check_in_id, one.brand_id, one.member_id, one.store_id, "checked_in", at[one.check_in_id])
            for one in events
            if one.check_in_id in at
        ],
        now=clock_now(),
    )
