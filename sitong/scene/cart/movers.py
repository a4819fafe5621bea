"""Carts move along when two members are joined, and go back when the join is undone."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sitong.member.identity.moving import Moves, moves_with_member
from sitong.scene.cart.actions import move_carts, move_carts_back


@moves_with_member("scene.carts", rank=1)
class CartsMove(Moves):
    """What is in the carts of all stores. Of what both carts hold, the survivor's line stays as it is."""

    tables = ("scene_cartline",)

    def move(self, absorbed_id: UUID, survivor_id: UUID, *, join_id: UUID, now: datetime) -> list[UUID]:
        return move_carts(absorbed_id, to=survivor_id)

    def move_back(
        self, row_ids: Sequence[UUID], absorbed_id: UUID, survivor_id: UUID, *, join_id: UUID, now: datetime
    ) -> None:
        move_carts_back(row_ids, of=survivor_id, to=absorbed_id)
