"""The birthday moves along when two members are joined, and goes back when the join is undone. Days follow the orders."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sitong.member.identity.moving import Moves, moves_with_member
from sitong.member.tiers.actions.birthdays import move_birthday


@moves_with_member("member.birthdays", rank=4)
class BirthdayMove(Moves):
    """A survivor that has said its own keeps it, and the other's stays where it is."""

    tables = ("member_birthday",)

    def move(self, absorbed_id: UUID, survivor_id: UUID, *, join_id: UUID, now: datetime) -> list[UUID]:
        return [absorbed_id] if move_birthday(absorbed_id, to=survivor_id) else []

    def move_back(
        self, row_ids: Sequence[UUID], absorbed_id: UUID, survivor_id: UUID, *, join_id: UUID, now: datetime
    ) -> None:
        move_birthday(survivor_id, to=absorbed_id)
