"""What tiers do with time."""

from __future__ import annotations

from datetime import datetime

from sitong.member.tiers.actions import give_birthday_gifts, settle_standings, tell_of_endings
from sitong.shared.events.periodic import every


@every(300, "member.settle_standings")
def settle(now: datetime) -> None:
    settle_standings(now=now)


@every(3_600, "member.tell_of_tier_endings")
def tell(now: datetime) -> None:
    tell_of_endings(now=now)


@every(3_600, "member.birthday_gifts")
def gifts(now: datetime) -> None:
    give_birthday_gifts(now=now)
