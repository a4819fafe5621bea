"""Places in groups and tickets move along when two members turn out to be one, and go back when that is undone."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sitong.marketing.deals.actions import move_places
from sitong.member.identity.moving import Moves, moves_with_member


@moves_with_member("marketing.deals", rank=2)
class DealsMove(Moves):
    """Places, and tickets with them. Who is in one group twice by it keeps both places where they are."""

    tables = ("marketing_dealplace",)

    def move(self, absorbed_id: UUID, survivor_id: UUID, *, join_id: UUID, now: datetime) -> list[UUID]:
        return move_places(absorbed_id, to=survivor_id, place_ids=None)

    def move_back(
        self, row_ids: Sequence[UUID], absorbed_id: UUID, survivor_id: UUID, *, join_id: UUID, now: datetime
    ) -> None:
        move_places(survivor_id, to=absorbed_id, place_ids=row_ids)
