"""Bring events to webhook endpoints, at least once."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection, transaction

from sitong.shared.access.audit import AuditEntry, record
from sitong.shared.errors import NotFound, Refused
from sitong.shared.events import rules
from sitong.shared.events.models import DeliveryState, WebhookDelivery, WebhookEndpoint
from sitong.shared.events.registry import Announced
from sitong.shared.ids import new_ids
from sitong.shared.statements import integers, run, uuids

CLAIM_S = 60
ANSWER_CHARS = 2000

OPEN = """
INSERT INTO shared_webhookdelivery (id, brand_id, endpoint_id, event_id, state, tries, next_at, answer)
SELECT id, brand_id, endpoint_id, event_id, 'waiting', 0, %s, ''
FROM unnest(%s::uuid[], %s::uuid[], %s::uuid[], %s::bigint[]) AS wanted (id, brand_id, endpoint_id, event_id)
ON CONFLICT (endpoint_id, event_id) DO NOTHING
"""

CLAIM = """
UPDATE shared_webhookdelivery AS d SET next_at = %(until)s, tries = d.tries + 1, tried_at = %(now)s
FROM (
    SELECT due.id FROM shared_webhookendpoint AS e CROSS JOIN LATERAL (
        SELECT id FROM shared_webhookdelivery AS w WHERE w.endpoint_id = e.id AND w.state = 'waiting' AND w.next_at <= %(now)s
        ORDER BY w.next_at LIMIT %(each)s FOR UPDATE SKIP LOCKED
    ) AS due WHERE e.removed_at IS NULL AND e.paused_at IS NULL LIMIT %(most)s
) AS claimed WHERE d.id = claimed.id
RETURNING d.id, d.endpoint_id, d.event_id, d.tries
"""

RECORD = """
UPDATE shared_webhookdelivery AS d
SET state = a.state, status = nullif(a.status, 0), answer = a.answer, took_ms = a.took_ms, next_at = coalesce(a.next_at, d.next_at)
FROM unnest(%s::uuid[], %s::text[], %s::int[], %s::text[], %s::int[], %s::timestamptz[])
     AS a (id, state, status, answer, took_ms, next_at)
WHERE d.id = a.id AND d.state = 'waiting'
"""


class StillWaiting(Refused):
    """The delivery is on its way already."""

    code = "shared.delivery_waiting"


@dataclass(frozen=True, slots=True)
class Claimed:
    """A delivery that this worker tries now; if it dies, another tries again after `CLAIM_S`."""

    id: UUID
    endpoint_id: UUID
    event_seq: int
    tries: int


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of a try. `status` 0: no answer at all, then `text` says why. `asked_s`: the receiver's Retry-After."""

    delivery_id: UUID
    tries: int
    status: int
    text: str
    took_ms: int
    asked_s: int = 0

    @property
    def arrived(self) -> bool:
        return 200 <= self.status < 300


def open_deliveries(events: Sequence[Announced], *, now: datetime) -> int:
    """Open a delivery for each event and each endpoint that wants it. Gives how many; two statements at most."""
    brands = {event.brand_id for event in events if event.brand_id}
    endpoints = WebhookEndpoint.objects.filter(brand_id__in=brands, removed_at__isnull=True, paused_at__isnull=True)
    by_brand: dict[UUID, list[tuple[UUID, frozenset[str]]]] = {}
    for endpoint_id, brand_id, names in endpoints.values_list("id", "brand_id", "names"):
        by_brand.setdefault(brand_id, []).append((endpoint_id, frozenset(names)))
    pairs = [
        (event.brand_id, endpoint_id, event.seq)
        for event in events
        if event.brand_id
        for endpoint_id, names in by_brand.get(event.brand_id, ())
        if not names or event.name in names
    ]
    if pairs:
        brand_ids, endpoint_ids, seqs = zip(*pairs, strict=True)
        run(OPEN, [now, uuids(new_ids(len(pairs))), uuids(brand_ids), uuids(endpoint_ids), integers(seqs)])
    return len(pairs)


def claim_deliveries(*, most: int, each: int, now: datetime) -> list[Claimed]:
    """Take up to `most` due deliveries, `each` at most of one endpoint so that a slow one does not hold up the others."""
    with transaction.atomic(), connection.cursor() as cursor:
        until = now + timedelta(seconds=CLAIM_S)
        cursor.execute(CLAIM, {"until": until, "now": now, "each": each, "most": most})
        return [Claimed(*row) for row in cursor.fetchall()]


def record_answers(answers: Sequence[Answer], *, now: datetime) -> None:
    """Note what came of these tries: delivered, to be tried again later, or given up (after the last try, or for 410)."""
    if not answers:
        return
    states, nexts = [], []
    for answer in answers:
        again_at = rules.next_try_at(answer.tries, now=now, chance=random.random(), asked_s=answer.asked_s)  # noqa: S311
        gone = again_at is None or answer.status == 410
        states.append(
            DeliveryState.DELIVERED if answer.arrived else DeliveryState.GIVEN_UP if gone else DeliveryState.WAITING
        )
        nexts.append(again_at)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(RECORD, [
            [answer.delivery_id for answer in answers],
            [str(state) for state in states],
            [answer.status for answer in answers],
            [answer.text[:ANSWER_CHARS].replace("\0", "") for answer in answers],
            [answer.took_ms for answer in answers],
            nexts,
        ])  # fmt: skip


def redeliver(delivery_id: UUID, *, brand_id: UUID, by: UUID | None, now: datetime) -> WebhookDelivery:
    """Send an event to its endpoint once more, from the first try on. Refuses StillWaiting and NotFound."""
    with transaction.atomic():
        mine = WebhookDelivery.objects.select_for_update(of=("self",)).filter(id=delivery_id, brand_id=brand_id)
        delivery = mine.filter(endpoint__removed_at__isnull=True).first()
        if delivery is None:
            raise NotFound()
        if delivery.state == DeliveryState.WAITING and delivery.tries == 0:
            raise StillWaiting()
        before = {"state": delivery.state, "tries": delivery.tries}
        delivery.state, delivery.tries, delivery.next_at = DeliveryState.WAITING, 0, now
        delivery.save(update_fields=["state", "tries", "next_at"])
        record([AuditEntry("redelivered", "shared.webhook_delivery", delivery.id, brand_id, by, before)], at=now)
    return delivery
