"""What of identity itself moves along at a join."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sitong.member.identity.actions.shares import move_shares, move_shares_back
from sitong.member.identity.moving import Moves, moves_with_member


@moves_with_member("member.shares")
class SharesMove(Moves):
    """With which legal entities a member is shared."""

    def move(self, absorbed_id: UUID, survivor_id: UUID, *, join_id: UUID, now: datetime) -> list[UUID]:
        return move_shares(absorbed_id, to=survivor_id)

    def move_back(
        self, row_ids: Sequence[UUID], absorbed_id: UUID, survivor_id: UUID, *, join_id: UUID, now: datetime
    ) -> None:
        move_shares_back(row_ids, of=survivor_id, to=absorbed_id)
