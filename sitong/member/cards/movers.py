"""Cards move along when two members turn out to be one; what is owed on them is the cards' own and need not move."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sitong.member.cards.actions import move_cards
from sitong.member.cards.queries import cards_of
from sitong.member.identity.moving import Later, Moves, moves_with_member


@moves_with_member("member.cards", rank=4)
class CardsMove(Moves):
    """Cards change their member."""

    tables = ("member_card",)

    def move(self, absorbed_id: UUID, survivor_id: UUID, *, join_id: UUID, now: datetime) -> list[UUID]:
        return move_cards(absorbed_id, to=survivor_id, card_ids=None)

    def move_back(
        self, row_ids: Sequence[UUID], absorbed_id: UUID, survivor_id: UUID, *, join_id: UUID, now: datetime
    ) -> None:
        move_cards(survivor_id, to=absorbed_id, card_ids=row_ids)

    def made_later(self, survivor_id: UUID, row_ids: Sequence[UUID], *, since: datetime) -> list[Later]:
        known = set(row_ids)
        return [
            Later(one.id, one.kind.name, one.bought_at)
            for one in cards_of([survivor_id])
            if one.bought_at > since and one.id not in known
        ]
