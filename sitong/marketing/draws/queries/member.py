"""A member's plays and prizes."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sitong.marketing.draws.models import Draw, DrawPlay, DrawWin, PrizeAddress
from sitong.marketing.draws.queries.prizes import prizes_of
from sitong.marketing.draws.rules import Prize

LATER_MAX = 200
SHOWN_MAX = 200


@dataclass(frozen=True, slots=True)
class WonPrize:
    """A prize of a member, as it was when it was won, and what became of it."""

    win: DrawWin
    prize: Prize
    draw: Draw
    number: int

    def state_at(self, at: datetime) -> str:
        """Give its state; what was not claimed in time is expired before anybody writes it down."""
        late = self.win.state == "open" and self.win.expires_at is not None and at >= self.win.expires_at
        return "expired" if late else self.win.state


def prizes_won(member_id: UUID, *, win_id: UUID | None = None) -> list[WonPrize]:
    """Give what a member has won, the last first; with `win_id` that one alone. Four statements."""
    rows = DrawWin.objects.filter(member_id=member_id).order_by("-won_at", "-id")
    return with_prizes(list((rows.filter(id=win_id) if win_id else rows)[:SHOWN_MAX]))


def with_prizes(wins: Sequence[DrawWin]) -> list[WonPrize]:
    """Give wins with their prizes, draws and the numbers of their plays. Three statements."""
    prizes = prizes_of({(one.draw_id, one.version) for one in wins})
    draws = Draw.objects.in_bulk({one.draw_id for one in wins})
    numbers = dict(DrawPlay.objects.filter(id__in=[one.id for one in wins]).values_list("id", "number"))
    return [
        WonPrize(one, prizes[one.draw_id, one.version, one.prize_id], draws[one.draw_id], numbers[one.id])
        for one in wins
    ]


def played_since(member_id: UUID, since: datetime, *, besides: Collection[UUID]) -> list[tuple[UUID, str, datetime]]:
    """Give what a member played after an instant: id, the draw's name, when."""
    rows = DrawPlay.objects.filter(member_id=member_id, at__gt=since).exclude(id__in=besides).order_by("at", "id")
    found = list(rows[:LATER_MAX])
    names = dict(Draw.objects.filter(id__in={one.draw_id for one in found}).values_list("id", "name"))
    return [(one.id, names[one.draw_id], one.at) for one in found]


def plays_kept(member_ids: Sequence[UUID]) -> list[Mapping[str, Any]]:
    """Give everything that is kept of members' plays, the oldest first, as plain values."""
    plays = list(DrawPlay.objects.filter(member_id__in=member_ids).order_by("at", "id"))
    draws = Draw.objects.in_bulk({one.draw_id for one in plays})
    won = {one.win.id: one for one in with_prizes(list(DrawWin.objects.filter(id__in=[one.id for one in plays])))}
    addresses = PrizeAddress.objects.in_bulk(list(won))
    return [
        {
            "draw": draws[one.draw_id].name, "number": one.number, "at": one.at, "way": one.way,
            "prize": won[one.id].prize.name if one.id in won else "", "state": won[one.id].win.state if one.id in won else "",
            "sent_to": _said(addresses[one.id]) if one.id in addresses else "",
        }
        for one in plays
    ]  # fmt: skip


def address_of(win_id: UUID) -> PrizeAddress | None:
    """Give where a prize is to be sent."""
    return PrizeAddress.objects.filter(win_id=win_id).first()


def _said(address: PrizeAddress) -> str:
    return f"{address.name}, {address.phone}, {address.address}"


def prize_names_of(win_ids: Collection[UUID]) -> dict[UUID, str]:
    """Give what was won, by the wins' ids; unknown ones are left out."""
    return {one.win.id: one.prize.name for one in with_prizes(list(DrawWin.objects.filter(id__in=win_ids)))}
