"""When two members are joined, the newest word of both decides with whom the one is shared."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sitong.member.consent.actions import join_shares, separate_shares
from sitong.member.consent.queries import who_have_said
from sitong.member.identity.moving import Moves, moves_with_member


@moves_with_member("member.shares")
class SharesMove(Moves):
    """Consents stay with whom they were given by; what follows from them is settled anew."""

    def having(self, member_ids: Sequence[UUID]) -> set[UUID]:
        """Who has said nothing, nor anybody joined into it, changes nothing of what the survivor's consents are."""
        return who_have_said(member_ids)

    def move(self, absorbed_id: UUID, survivor_id: UUID, *, join_id: UUID, now: datetime) -> list[UUID]:
        return join_shares(absorbed_id, survivor_id, now=now)

    def move_back(
        self, row_ids: Sequence[UUID], absorbed_id: UUID, survivor_id: UUID, *, join_id: UUID, now: datetime
    ) -> None:
        separate_shares(absorbed_id, survivor_id, now=now)
