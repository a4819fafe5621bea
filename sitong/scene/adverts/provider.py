"""What an advertising provider can do for us, whichever it is. Adapters stand beside: tencent.py."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from sitong.shared.errors import Refused
from sitong.shared.geo import Position


class AdProviderUnreachable(Refused):
    """The provider did not answer, or not in its protocol. Nothing is known of what was asked: look for it by its name."""

    code = "scene.ad_provider_unreachable"


class AdProviderRefused(Refused):
    """The provider answered no. `provider_code` and `why` are its own words."""

    code = "scene.ad_provider_refused"


@dataclass(frozen=True, slots=True)
class AdWanted:
    """What the provider shall make: a group of its own name, around a place (WGS-84), with a budget for each day."""

    name: str
    center: Position
    radius_m: int
    starts_on: date
    ends_on: date
    daily_minor: int


@dataclass(frozen=True, slots=True)
class CardWanted:
    """The card that people see, and where it leads."""

    name: str
    group_id: str
    title: str
    text: str
    picture: str
    link: str


@dataclass(frozen=True, slots=True)
class DayFigures:
    """The provider's figures of one group's day."""

    group_id: str
    on: date
    shown: int
    clicked: int
    cost_minor: int


class AdProvider(Protocol):
    """One account with one provider. Every call may raise AdProviderUnreachable or AdProviderRefused.

    The provider knows no ids of ours, so making is not repeatable by itself: whoever does not know whether something was
    made looks for it by its name first.
    """

    def find_group(self, name: str) -> str | None:
        """Give the provider's number of the group of this name, None where there is none."""
        ...

    def make_group(self, wanted: AdWanted) -> str:
        """Make a group and give the provider's number."""
        ...

    def find_card(self, name: str) -> str | None:
        """Give the provider's number of the card of this name, None where there is none."""
        ...

    def make_card(self, wanted: CardWanted) -> str:
        """Make a card and give the provider's number."""
        ...

    def figures(self, group_ids: Sequence[str], *, first: date, last: date) -> list[DayFigures]:
        """Give the figures of groups for each day of a period on which there were any."""
        ...
