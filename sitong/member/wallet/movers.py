"""A wallet moves along when two members turn out to be one, and goes back when the join is undone."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sitong.member.identity.moving import Later, Moves, moves_with_member
from sitong.member.wallet.actions.move import move_entries, move_entries_back
from sitong.member.wallet.queries import entries_since


@moves_with_member("member.wallet", rank=10)
class WalletMoves(Moves):
    """Entries change their member, and a transfer of what they add up to goes along on the ledger. A cap does not stop a join."""

    tables = ("member_walletentry",)

    def move(self, absorbed_id: UUID, survivor_id: UUID, *, join_id: UUID, now: datetime) -> list[UUID]:
        return move_entries(absorbed_id, survivor_id, join_id=join_id, now=now)

    def move_back(
        self, row_ids: Sequence[UUID], absorbed_id: UUID, survivor_id: UUID, *, join_id: UUID, now: datetime
    ) -> None:
        move_entries_back(row_ids, absorbed_id, from_id=survivor_id, join_id=join_id, now=now)

    def made_later(self, survivor_id: UUID, row_ids: Sequence[UUID], *, since: datetime) -> list[Later]:
        known = set(row_ids)
        return [
            Later(one.id, f"{one.kind} {one.total_minor}", one.at)
            for one in entries_since(survivor_id, since)
            if one.id not in known
        ]
