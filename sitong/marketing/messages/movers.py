"""Messages move along when two members are joined, and go back when the join is undone."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sitong.marketing.messages.actions.moving import move_messages, move_messages_back
from sitong.marketing.messages.queries.desk import planned_since
from sitong.member.identity.moving import Later, Moves, moves_with_member


@moves_with_member("marketing.messages", rank=4)
class MessagesMove(Moves):
    """What a member got and will get, what it allowed and refused, and its e-mail address."""

    tables = (
        "marketing_message",
        "marketing_messagecredit",
        "marketing_messageunsubscribe",
        "marketing_messageaddress",
    )

    def move(self, absorbed_id: UUID, survivor_id: UUID, *, join_id: UUID, now: datetime) -> list[UUID]:
        return move_messages(absorbed_id, to=survivor_id)

    def move_back(
        self, row_ids: Sequence[UUID], absorbed_id: UUID, survivor_id: UUID, *, join_id: UUID, now: datetime
    ) -> None:
        move_messages_back(row_ids, of=survivor_id, to=absorbed_id)

    def made_later(self, survivor_id: UUID, row_ids: Sequence[UUID], *, since: datetime) -> list[Later]:
        return [Later(*row) for row in planned_since(survivor_id, since, besides=row_ids)]
