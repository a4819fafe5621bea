"""Orders move along when two members are joined, and go back when the join is undone."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sitong.member.identity.moving import Going, Later, Moves, moves_with_member
from sitong.scene.orders.actions.moving import (
    move_orders,
    move_orders_back,
    move_orders_back_many,
    move_orders_many,
    placed_since,
)


@moves_with_member("scene.orders", rank=2)
class OrdersMove(Moves):
    """Orders of every state, imported ones too."""

    tables = ("scene_order",)

    def move(self, absorbed_id: UUID, survivor_id: UUID, *, join_id: UUID, now: datetime) -> list[UUID]:
        return move_orders(absorbed_id, to=survivor_id)

    def move_back(
        self, row_ids: Sequence[UUID], absorbed_id: UUID, survivor_id: UUID, *, join_id: UUID, now: datetime
    ) -> None:
        move_orders_back(row_ids, of=survivor_id, to=absorbed_id)

    def move_many(self, joins: Sequence[Going], *, now: datetime) -> dict[UUID, list[UUID]]:
        return move_orders_many(joins)

    def move_back_many(self, joins: Sequence[Going], *, now: datetime) -> None:
        move_orders_back_many(joins)

    def made_later(self, survivor_id: UUID, row_ids: Sequence[UUID], *, since: datetime) -> list[Later]:
        return [Later(*row) for row in placed_since(survivor_id, since, besides=row_ids)]
