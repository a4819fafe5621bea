"""Points move along when two members are joined, and go back when the join is undone."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext as _

from sitong.member.identity.moving import Going, Later, Moves, moves_with_member
from sitong.member.points.actions.moving import (
    earned_since,
    move_points,
    move_points_back,
    move_points_back_many,
    move_points_many,
)


@moves_with_member("member.points", rank=10)
class PointsMove(Moves):
    """By transfers between the two members' accounts, bucket by bucket."""

    tables = ("member_pointsentry",)

    def move(self, absorbed_id: UUID, survivor_id: UUID, *, join_id: UUID, now: datetime) -> list[UUID]:
        return move_points(absorbed_id, survivor_id, join_id=join_id, now=now)

    def move_back(
        self, row_ids: Sequence[UUID], absorbed_id: UUID, survivor_id: UUID, *, join_id: UUID, now: datetime
    ) -> None:
        move_points_back(row_ids, absorbed_id=absorbed_id, survivor_id=survivor_id, join_id=join_id, now=now)

    def move_many(self, joins: Sequence[Going], *, now: datetime) -> dict[UUID, list[UUID]]:
        having = self.having([one.absorbed_id for one in joins])
        return move_points_many([one for one in joins if one.absorbed_id in having], now=now)

    def move_back_many(self, joins: Sequence[Going], *, now: datetime) -> None:
        move_points_back_many(joins, now=now)

    def made_later(self, survivor_id: UUID, row_ids: Sequence[UUID], *, since: datetime) -> list[Later]:
        return [
            Later(key, _("{points} points earned").format(points=points), at)
            for key, points, at in earned_since(survivor_id, since, besides=row_ids)
        ]
