"""Rewards move along when two members are joined, and go back when the join is undone."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sitong.marketing.giving.actions.moving import move_rewards, move_rewards_back
from sitong.marketing.giving.queries import rewards_since
from sitong.member.identity.moving import Later, Moves, moves_with_member


@moves_with_member("marketing.rewards", rank=4)
class RewardsMove(Moves):
    """What campaigns gave, with plays that are left and money that is due. Coupons, gifts and points move by themselves."""

    tables = ("marketing_rewardgiven", "marketing_chances", "marketing_cashdue")

    def move(self, absorbed_id: UUID, survivor_id: UUID, *, join_id: UUID, now: datetime) -> list[UUID]:
        return move_rewards(absorbed_id, to=survivor_id)

    def move_back(
        self, row_ids: Sequence[UUID], absorbed_id: UUID, survivor_id: UUID, *, join_id: UUID, now: datetime
    ) -> None:
        move_rewards_back(row_ids, of=survivor_id, to=absorbed_id)

    def made_later(self, survivor_id: UUID, row_ids: Sequence[UUID], *, since: datetime) -> list[Later]:
        return [Later(*row) for row in rewards_since(survivor_id, since, besides=row_ids)]
