"""Top-ups move along when two members turn out to be one: what was paid in can be paid out again by the one that stays."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sitong.member.identity.moving import Moves, moves_with_member
from sitong.scene.topups.actions.move import move_topups


@moves_with_member("scene.topups", rank=2)
class TopUpsMove(Moves):
    """The documents change their member; the money moves with the wallet."""

    tables = ("scene_topupdocument",)

    def move(self, absorbed_id: UUID, survivor_id: UUID, *, join_id: UUID, now: datetime) -> list[UUID]:
        return move_topups(absorbed_id, survivor_id, row_ids=None)

    def move_back(
        self,
        row_ids: Sequence[UUID],
        absorbed_id: UUID,
        survivor_id: UUID,
        *,
        join_id: UUID,
        now: datetime,
    ) -> None:
        move_topups(survivor_id, absorbed_id, row_ids=row_ids)
