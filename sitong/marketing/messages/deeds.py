"""What became of messages to members, as rules may ask for it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from sitong.marketing.messages.events import MessageClicked, MessageDelivered, MessageFailed, MessageOpened, MessageSent
from sitong.member.identity.knowing import deeds_change, knows_of_members
from sitong.shared.statements import run, uuids

DEEDS = """
SELECT m.member_id, d.at, (d.at AT TIME ZONE %s)::date, m.channel, replace(m.template_id::text, '-', ''), d.what, m.cause
FROM marketing_message AS m CROSS JOIN LATERAL (VALUES
    ('sent', m.sent_at), ('delivered', m.delivered_at), ('failed', m.failed_at), ('opened', m.opened_at), ('clicked', m.clicked_at)
) AS d (what, at)
WHERE m.member_id = ANY(%s::uuid[]) AND d.at IS NOT NULL
"""


@knows_of_members("messages")
def messages_known(member_ids: Sequence[UUID], *, zone: str) -> Iterable[tuple[Any, ...]]:
    """When, through which channel, by which template, what happened, and what it was sent for."""
    return run(DEEDS, [zone, uuids(member_ids)])


for kind in (MessageSent, MessageDelivered, MessageFailed, MessageOpened, MessageClicked):
    deeds_change("messages", after=kind)
