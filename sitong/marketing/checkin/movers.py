"""Check-ins move along when two members are joined, and go back when the join is undone."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sitong.marketing.checkin.actions.upkeep import move_check_ins, move_check_ins_back
from sitong.marketing.checkin.queries.results import checked_in_since
from sitong.member.identity.moving import Later, Moves, moves_with_member


@moves_with_member("marketing.check_ins", rank=4)
class CheckInsMove(Moves):
    """Days in stores. A day that both have stays where it is; runs of days are reckoned from all that came together."""

    tables = ("marketing_checkin",)

    def move(self, absorbed_id: UUID, survivor_id: UUID, *, join_id: UUID, now: datetime) -> list[UUID]:
        return move_check_ins(absorbed_id, to=survivor_id)

    def move_back(
        self, row_ids: Sequence[UUID], absorbed_id: UUID, survivor_id: UUID, *, join_id: UUID, now: datetime
    ) -> None:
        move_check_ins_back(row_ids, of=survivor_id, to=absorbed_id)

    def made_later(self, survivor_id: UUID, row_ids: Sequence[UUID], *, since: datetime) -> list[Later]:
        return [Later(*row) for row in checked_in_since(survivor_id, since, besides=row_ids)]
