"""Payouts move along when two members turn out to be one: the one that stays receives them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sitong.member.identity.moving import Moves, moves_with_member
from sitong.scene.payouts.actions import move_payouts


@moves_with_member("scene.payouts", rank=2)
class PayoutsMove(Moves):
    """The payouts change their member."""

    tables = ("scene_payout",)

    def move(self, absorbed_id: UUID, survivor_id: UUID, *, join_id: UUID, now: datetime) -> list[UUID]:
        return move_payouts(absorbed_id, to=survivor_id, payout_ids=None)

    def move_back(
        self, row_ids: Sequence[UUID], absorbed_id: UUID, survivor_id: UUID, *, join_id: UUID, now: datetime
    ) -> None:
        move_payouts(survivor_id, to=absorbed_id, payout_ids=row_ids)
