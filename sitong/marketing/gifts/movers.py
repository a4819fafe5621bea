"""Gifts move along when two members are joined, and go back when the join is undone."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sitong.marketing.gifts.actions.moving import move_gifts, move_gifts_back
from sitong.marketing.gifts.queries.member import gifts_since
from sitong.member.identity.moving import Later, Moves, moves_with_member


@moves_with_member("marketing.gifts", rank=4)
class GiftsMove(Moves):
    """Gifts in the members' hands: ready, redeemed and void ones. What was redeemed stays redeemed."""

    tables = ("marketing_giftclaim",)

    def move(self, absorbed_id: UUID, survivor_id: UUID, *, join_id: UUID, now: datetime) -> list[UUID]:
        return move_gifts(absorbed_id, to=survivor_id)

    def move_back(
        self, row_ids: Sequence[UUID], absorbed_id: UUID, survivor_id: UUID, *, join_id: UUID, now: datetime
    ) -> None:
        move_gifts_back(row_ids, of=survivor_id, to=absorbed_id)

    def made_later(self, survivor_id: UUID, row_ids: Sequence[UUID], *, since: datetime) -> list[Later]:
        return [Later(*row) for row in gifts_since(survivor_id, since, besides=row_ids)]
