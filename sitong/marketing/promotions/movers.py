"""What a member took of flash sales moves along when two members turn out to be one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sitong.marketing.promotions.actions import move_takings
from sitong.member.identity.moving import Moves, moves_with_member


@moves_with_member("marketing.flash_takings", rank=5)
class TakingsMove(Moves):
    """Takings change their member; together they may be more than one may have, and then nothing more is to be had."""

    tables = ("marketing_flashtaking",)

    def move(self, absorbed_id: UUID, survivor_id: UUID, *, join_id: UUID, now: datetime) -> list[UUID]:
        return move_takings(absorbed_id, to=survivor_id, order_ids=None)

    def move_back(
        self, row_ids: Sequence[UUID], absorbed_id: UUID, survivor_id: UUID, *, join_id: UUID, now: datetime
    ) -> None:
        move_takings(survivor_id, to=absorbed_id, order_ids=row_ids)
