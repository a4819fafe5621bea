"""Entries of journeys move along when two members are joined, and go back when the join is undone."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sitong.marketing.journeys.actions.upkeep import move_entries, move_entries_back
from sitong.marketing.journeys.queries.member import entered_since
from sitong.member.identity.moving import Later, Moves, moves_with_member


@moves_with_member("marketing.journeys", rank=3)
class EntriesMove(Moves):
    """Where a member stands in journeys. Nobody is in one twice: of two who were, the one who stays goes on."""

    tables = ("marketing_journeyentry", "marketing_journeytask")

    def move(self, absorbed_id: UUID, survivor_id: UUID, *, join_id: UUID, now: datetime) -> list[UUID]:
        return move_entries(absorbed_id, to=survivor_id, now=now)

    def move_back(
        self, row_ids: Sequence[UUID], absorbed_id: UUID, survivor_id: UUID, *, join_id: UUID, now: datetime
    ) -> None:
        move_entries_back(row_ids, of=survivor_id, to=absorbed_id, now=now)

    def made_later(self, survivor_id: UUID, row_ids: Sequence[UUID], *, since: datetime) -> list[Later]:
        return [Later(*row) for row in entered_since(survivor_id, since, besides=row_ids)]
