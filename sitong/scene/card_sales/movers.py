"""Purchases of cards move along when two members turn out to be one; the cards themselves move with `member.cards`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sitong.member.identity.moving import Moves, moves_with_member
from sitong.scene.card_sales.actions import move_card_sales


@moves_with_member("scene.card_sales", rank=2)
class CardSalesMove(Moves):
    """The documents change their member."""

    tables = ("scene_cardsale",)

    def move(self, absorbed_id: UUID, survivor_id: UUID, *, join_id: UUID, now: datetime) -> list[UUID]:
        return move_card_sales(absorbed_id, to=survivor_id, sale_ids=None)

    def move_back(
        self, row_ids: Sequence[UUID], absorbed_id: UUID, survivor_id: UUID, *, join_id: UUID, now: datetime
    ) -> None:
        move_card_sales(survivor_id, to=absorbed_id, sale_ids=row_ids)
