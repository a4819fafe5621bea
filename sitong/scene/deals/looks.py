"""What several pages of group deals share: how a deal, a group and a ticket stand for whoever looks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from sitong.marketing.deals.queries import INSIDE, DayView
from sitong.member.identity.queries import member_facts

PLACE_STATES = {
    "held": ("wait", lazy("To be paid")), "paid": ("wait", lazy("Paid, waiting for the others")),
    "given": ("done", lazy("Complete: it is yours")), "lapsed": ("over", lazy("Not paid in time")),
    "left": ("over", lazy("You left, your money goes back")), "expired": ("over", lazy("Not complete in time, your money goes back")),
    "unserved": ("over", lazy("It could not be given, your money goes back")),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Seat:
    """One place of a group as everybody may see it: a masked name, or free."""

    name: str = ""
    taken: bool = False
    paid: bool = False
    own: bool = False

    @property
    def initial(self) -> str:
        return self.name[:1]


@dataclass(frozen=True, slots=True)
class GroupSeen:
    """A group as a page shows it."""

    group: Any
    seats: Sequence[Seat]
    own: Any | None
    open: bool

    @property
    def missing(self) -> int:
        return int(self.group.people - self.group.taken)

    @property
    def paid_percent(self) -> int:
        return int(self.group.taken * 100 // self.group.people)


def group_seen(group: Any, places: Sequence[Any], *, member_id: UUID | None, at: datetime, seats: int = 24) -> GroupSeen:  # fmt: skip
    """Give a group with the first seats and its free ones; names are masked."""
    inside = [one for one in places if one.state in INSIDE]
    names = member_facts({one.member_id for one in inside[:seats]})
    shown = [
        Seat(names[one.member_id].masked_name if one.member_id in names else "", True, one.state != "held", one.member_id == member_id)
        for one in inside[:seats]
    ]  # fmt: skip
    free = max(0, min(seats, group.people) - len(shown))
    own = next((one for one in inside if one.member_id == member_id), None) if member_id else None
    return GroupSeen(
        group, [*shown, *[Seat() for _n in range(free)]], own, group.state == "open" and at < group.ends_at
    )


def place_said(place: Any, *, at: datetime) -> tuple[str, str]:
    """Say how a place stands: a look (wait, done, over) and a sentence."""
    if place.state == "held" and place.pay_by <= at:
        return "over", _("Not paid in time")
    look, text = PLACE_STATES[place.state]
    return look, str(text)


def ticket_said(ticket: Any, days: Sequence[DayView]) -> dict[str, Any]:
    """Say how a ticket stands: sealed, claimed (in), won, or out after the last day."""
    left = [one for one in days if one.drawn_at is None]
    if ticket.won_day is not None:
        return {"state": "won", "day": next((one for one in days if one.day == ticket.won_day), None)}
    if not left:
        return {"state": "over"}
    return {"state": "in" if ticket.claimed_at else "sealed", "next": left[0], "left": len(left)}


def saved_bp(deal: Any) -> int:
    """Give the share of its worth that a deal saves, in basis points."""
    return (
        (deal.worth_minor - deal.price_minor) * 10_000 // deal.worth_minor if deal.worth_minor > deal.price_minor else 0
    )


def draw_said(draw: Any, days: Sequence[DayView]) -> dict[str, Any]:
    """Give what a page says of a draw: its numbers, how many have claimed, and the day that comes next."""
    drawn = [one for one in days if one.drawn_at is not None]
    return {
        "draw": draw, "days": days, "prizes": draw.days * draw.winners_daily, "claimed": draw.claimed, "drawn": drawn,
        "next": next((one for one in days if one.drawn_at is None), None),
        "closes": f"{draw.closes_minute // 60:02d}:{draw.closes_minute % 60:02d}",
    }  # fmt: skip
