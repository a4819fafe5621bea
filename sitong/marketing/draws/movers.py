"""Plays and prizes move along when two members are joined, and go back when the join is undone."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sitong.marketing.draws.actions.upkeep import move_plays, move_plays_back
from sitong.marketing.draws.queries.member import played_since
from sitong.member.identity.moving import Later, Moves, moves_with_member


@moves_with_member("marketing.draws", rank=5)
class PlaysMove(Moves):
    """Plays, what they won, and how often a member may still play. The record calls players by names of their own, so it stays."""

    tables = ("marketing_drawplayer", "marketing_drawwin", "marketing_drawplay", "marketing_prizeaddress")

    def move(self, absorbed_id: UUID, survivor_id: UUID, *, join_id: UUID, now: datetime) -> list[UUID]:
        return move_plays(absorbed_id, to=survivor_id)

    def move_back(
        self, row_ids: Sequence[UUID], absorbed_id: UUID, survivor_id: UUID, *, join_id: UUID, now: datetime
    ) -> None:
        move_plays_back(row_ids, of=survivor_id, to=absorbed_id)

    def made_later(self, survivor_id: UUID, row_ids: Sequence[UUID], *, since: datetime) -> list[Later]:
        return [Later(*row) for row in played_since(survivor_id, since, besides=row_ids)]
