"""Records of imported files move along when two members turn out to be one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sitong.member.identity.moving import Moves, moves_with_member
from sitong.member.imports.actions import move_records, move_records_back


@moves_with_member("member.import_records")
class RecordsMove(Moves):
    """What files said of the member."""

    def move(self, absorbed_id: UUID, survivor_id: UUID, *, join_id: UUID, now: datetime) -> list[UUID]:
        return move_records(absorbed_id, to=survivor_id)

    def move_back(
        self, row_ids: Sequence[UUID], absorbed_id: UUID, survivor_id: UUID, *, join_id: UUID, now: datetime
    ) -> None:
        move_records_back(row_ids, of=survivor_id, to=absorbed_id)
