"""What is told of messages is kept: late, twice or in the wrong order, it comes to the same."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sitong.marketing.messages.actions.counts import Changes, keep_counts
from sitong.marketing.messages.events import (
    MessageClicked,
    MessageDelivered,
    MessageFailed,
    MessageOpened,
    MessageSent,
)
from sitong.marketing.messages.rules import RANKS, states_after
from sitong.shared.events.actions import announce
from sitong.shared.events.registry import Happening
from sitong.shared.statements import days, run, texts, uuids, write

KINDS: Mapping[str, type[Happening]] = {
    "sent": MessageSent, "delivered": MessageDelivered, "opened": MessageOpened, "clicked": MessageClicked,
}  # fmt: skip

COLUMN = {kind.name: what for what, kind in KINDS.items()} | {MessageFailed.name: "failed"}

LOCK = """
SELECT m.id, m.brand_id, m.member_id, m.template_id, m.channel, m.cause, m.state, m.provider_id, m.fault,
       m.sent_at, m.delivered_at, m.failed_at, m.opened_at, m.clicked_at, m.due_on
FROM unnest(%s::uuid[]) AS w(id)
CROSS JOIN LATERAL (SELECT * FROM marketing_message WHERE id = w.id FOR NO KEY UPDATE) AS m
"""

WRITE = """
UPDATE marketing_message AS m
SET state = w.state, provider_id = w.provider_id, fault = w.fault, sent_at = w.sent_at, delivered_at = w.delivered_at,
    failed_at = w.failed_at, opened_at = w.opened_at, clicked_at = w.clicked_at
FROM unnest(%s::uuid[], %s::text[], %s::text[], %s::text[], %s::timestamptz[], %s::timestamptz[], %s::timestamptz[], %s::timestamptz[],
            %s::timestamptz[]) AS w(id, state, provider_id, fault, sent_at, delivered_at, failed_at, opened_at, clicked_at)
WHERE m.id = w.id
"""


@dataclass(frozen=True, slots=True)
class Told:
    """Something was told of a message: sent, delivered, failed, opened or clicked."""

    message_id: UUID
    what: str
    at: datetime
    fault: str = ""
    provider_id: str = ""


@dataclass(slots=True)
class _Row:
    id: UUID
    brand_id: UUID
    member_id: UUID
    template_id: UUID
    channel: str
    cause: str
    state: str
    provider_id: str
    fault: str
    sent_at: datetime | None
    delivered_at: datetime | None
    failed_at: datetime | None
    opened_at: datetime | None
    clicked_at: datetime | None
    due_on: date


def tell(told: Sequence[Told], *, now: datetime) -> int:
    """Keep what was told, inside of the caller's transaction; announces what is new. Gives how many messages changed.

    Locks the messages, sorted. A canceled or planned message is left as it is: nobody can have told of it.
    """
    by_id: dict[UUID, list[Told]] = {}
    for one in told:
        by_id.setdefault(one.message_id, []).append(one)
    rows = [_Row(*row) for row in run(LOCK, [uuids(sorted(by_id))])]
    changed: list[_Row] = []
    events: list[Happening] = []
    for row in rows:
        if row.state in ("planned", "canceled"):
            continue
        news = _apply(row, by_id[row.id])
        if news is not None:
            changed.append(row)
            events += news
    if changed:
        write(WRITE, [
            uuids([row.id for row in changed]), texts([row.state for row in changed]), texts([row.provider_id for row in changed]),
            texts([row.fault for row in changed]), days([row.sent_at for row in changed]), days([row.delivered_at for row in changed]),
            days([row.failed_at for row in changed]), days([row.opened_at for row in changed]), days([row.clicked_at for row in changed]),
        ])  # fmt: skip
        announce(events, at=now)
        counts = Changes()
        due = {row.id: row.due_on for row in changed}
        for event in events:
            counts.add(event.brand_id, due[event.message_id], event.channel, event.cause, COLUMN[event.name])  # type: ignore[attr-defined]
        keep_counts(counts)
    return len(changed)


def _apply(row: _Row, told: Sequence[Told]) -> list[Happening] | None:
    """Bring one row up to what was told; None when nothing is new."""
    before = (row.state, row.provider_id, row.sent_at, row.delivered_at, row.failed_at, row.opened_at, row.clicked_at)
    events: list[Happening] = []
    for one in sorted(told, key=lambda one: RANKS[one.what]):
        if one.what != "sent" and row.sent_at is None and one.what != "failed":
            row.sent_at = one.at  # what arrived was sent, whether or not the answer came
            events.append(_event(MessageSent, row))
        if getattr(row, f"{one.what}_at") is None and not (one.what == "failed" and row.delivered_at):
            setattr(row, f"{one.what}_at", one.at)
            if one.what == "failed":
                row.fault = one.fault[:80]
                events.append(MessageFailed(
                    row.brand_id, row.id, row.member_id, row.template_id, row.channel, row.cause, row.fault
                ))  # fmt: skip
            else:
                events.append(_event(KINDS[one.what], row))
        row.provider_id = row.provider_id or one.provider_id[:64]
    row.state = states_after(row.state, [one.what for one in told])
    after = (row.state, row.provider_id, row.sent_at, row.delivered_at, row.failed_at, row.opened_at, row.clicked_at)
    return events if after != before else None


def _event(kind: type[Happening], row: _Row) -> Happening:
    return kind(row.brand_id, row.id, row.member_id, row.template_id, row.channel, row.cause)  # type: ignore[call-arg]
