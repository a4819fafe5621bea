"""What orders counted for moves along with the orders when two members are joined, and goes back with them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sitong.member.identity.moving import Going, Moves, moves_with_member
from sitong.scene.rewards.actions import align_rewards


@moves_with_member("scene.rewards", rank=5)
class RewardsMove(Moves):
    """Follows the orders, which have moved before (rank 2): each order's day goes where the order has gone."""

    tables = ("scene_rewarded",)

    def move(self, absorbed_id: UUID, survivor_id: UUID, *, join_id: UUID, now: datetime) -> list[UUID]:
        return align_rewards([absorbed_id, survivor_id], now=now).get(absorbed_id, [])

    def move_many(self, joins: Sequence[Going], *, now: datetime) -> dict[UUID, list[UUID]]:
        moved = align_rewards([key for one in joins for key in (one.absorbed_id, one.survivor_id)], now=now)
        return {one.join_id: moved.get(one.absorbed_id, []) for one in joins}

    def move_back_many(self, joins: Sequence[Going], *, now: datetime) -> None:
        align_rewards([key for one in joins for key in (one.absorbed_id, one.survivor_id)], now=now)

    def move_back(
        self,
        row_ids: Sequence[UUID],
        absorbed_id: UUID,
        survivor_id: UUID,
        *,
        join_id: UUID,
        now: datetime,
    ) -> None:
        align_rewards([absorbed_id, survivor_id], now=now)
