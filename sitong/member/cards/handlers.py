"""What cards do with time."""

from __future__ import annotations

from datetime import datetime

from sitong.member.cards.actions import release_days, tell_of_card_endings
from sitong.shared.events.periodic import every


@every(3_600, "member.release_card_days")
def release(now: datetime) -> None:
    release_days(now=now)


@every(3_600, "member.tell_of_card_endings")
def tell(now: datetime) -> None:
    tell_of_card_endings(now=now)
