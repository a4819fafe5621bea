"""Who is absorbed leaves all segments; the survivor is looked at anew when the event says so. Back again, both are."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sitong.member.identity.moving import Going, Moves, moves_with_member
from sitong.member.identity.queries import member_facts
from sitong.member.segments.actions import leave_all


@moves_with_member("member.segments", rank=11)
class SegmentsMove(Moves):
    """Belonging follows from facts, so nothing of it moves: it is found anew for both."""

    tables = ("member_segmentmember",)

    def move(self, absorbed_id: UUID, survivor_id: UUID, *, join_id: UUID, now: datetime) -> list[UUID]:
        facts = member_facts([absorbed_id])
        if absorbed_id in facts:
            leave_all(facts[absorbed_id].brand_id, [absorbed_id], now=now)
        return []

    def move_back(
        self, row_ids: Sequence[UUID], absorbed_id: UUID, survivor_id: UUID, *, join_id: UUID, now: datetime
    ) -> None:
        """Nothing went along."""

    def move_many(self, joins: Sequence[Going], *, now: datetime) -> dict[UUID, list[UUID]]:
        having = self.having([one.absorbed_id for one in joins])
        brands: dict[UUID, list[UUID]] = {}
        for one in member_facts(having).values():
            brands.setdefault(one.brand_id, []).append(one.id)
        for brand_id, ids in sorted(brands.items()):
            leave_all(brand_id, ids, now=now)
        return {}

    def move_back_many(self, joins: Sequence[Going], *, now: datetime) -> None:
        """Nothing went along."""
