"""Coupons move along when two members are joined, and go back when the join is undone."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sitong.marketing.coupons.actions.upkeep import move_claims, move_claims_back
from sitong.marketing.coupons.queries.member import claimed_since
from sitong.member.identity.moving import Later, Moves, moves_with_member


@moves_with_member("marketing.claims", rank=5)
class ClaimsMove(Moves):
    """Coupons in the members' hands: ready, redeemed and void ones. What was redeemed stays redeemed."""

    tables = ("marketing_couponclaim",)

    def move(self, absorbed_id: UUID, survivor_id: UUID, *, join_id: UUID, now: datetime) -> list[UUID]:
        return move_claims(absorbed_id, to=survivor_id)

    def move_back(
        self, row_ids: Sequence[UUID], absorbed_id: UUID, survivor_id: UUID, *, join_id: UUID, now: datetime
    ) -> None:
        move_claims_back(row_ids, of=survivor_id, to=absorbed_id)

    def made_later(self, survivor_id: UUID, row_ids: Sequence[UUID], *, since: datetime) -> list[Later]:
        return [Later(*row) for row in claimed_since(survivor_id, since, besides=row_ids)]
