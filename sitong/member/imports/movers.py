"""Records of imported files move along when two members turn out to be one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sitong.member.identity.moving import Going, Moves, moves_with_member
from sitong.member.imports.actions import (
    move_records,
    move_records_back,
    move_records_back_many,
    move_records_many,
)


@moves_with_member("member.import_records")
class RecordsMove(Moves):
    """What files said of the member."""

    tables = ("member_importrecord",)

    def move(self, absorbed_id: UUID, survivor_id: UUID, *, join_id: UUID, now: datetime) -> list[UUID]:
        return move_records(absorbed_id, to=survivor_id)

    def move_back(
        self, row_ids: Sequence[UUID], absorbed_id: UUID, survivor_id: UUID, *, join_id: UUID, now: datetime
    ) -> None:
        move_records_back(row_ids, of=survivor_id, to=absorbed_id)

    def move_many(self, joins: Sequence[Going], *, now: datetime) -> dict[UUID, list[UUID]]:
        return move_records_many(joins)

    def move_back_many(self, joins: Sequence[Going], *, now: datetime) -> None:
        move_records_back_many(joins)
