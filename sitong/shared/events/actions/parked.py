"""Decide about events that were put aside."""

from __future__ import annotations

import traceback
from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from django.db import connection, transaction

from sitong.shared.access.audit import AuditEntry, record
from sitong.shared.errors import NotFound, Refused
from sitong.shared.events.models import Parked
from sitong.shared.events.queries import announced
from sitong.shared.events.registry import SUBSCRIPTIONS

ERROR_CHARS = 8000


class ParkedSettled(Refused):
    """The event was handled or dropped already."""

    code = "shared.parked_settled"


class SubscriberGone(Refused):
    """No code reads under this subscriber's name any more."""

    code = "shared.subscriber_gone"


def retry_parked(parked_id: UUID, *, brand_id: UUID, by: UUID | None, now: datetime) -> Parked:
    """Hand the event to its subscriber again, alone, with the subscriber's cursor locked so that no batch runs beside it.

    Gives the row: with `handled_at` when it went well, else with the new error and one more try; the handler's failure is
    no refusal. Refuses ParkedSettled, SubscriberGone, NotFound. It comes after events that were announced later.
    """
    with transaction.atomic():
        parked = _locked(parked_id, brand_id)
        subscription = SUBSCRIPTIONS.get(parked.subscriber)
        if subscription is None:
            raise SubscriberGone(subscriber=parked.subscriber)
        with connection.cursor() as cursor:
            cursor.execute("SELECT FROM shared_cursor WHERE subscriber = %s FOR UPDATE", [parked.subscriber])
        try:
            with transaction.atomic():
                subscription.hand(announced([parked.event_id]))
        except Exception as failed:
            parked.error = "".join(traceback.format_exception(failed))[-ERROR_CHARS:]
            parked.tries += 1
        else:
            parked.handled_at = now
        parked.save(update_fields=["error", "tries", "handled_at"])
        after = {"handled": parked.handled_at is not None, "tries": parked.tries}
        record([_entry("retried", parked, by, after)], at=now)
    return parked


def drop_parked(parked_id: UUID, *, brand_id: UUID, reason: str, by: UUID | None, now: datetime) -> Parked:
    """Give the event up for this subscriber, with the reason in the audit. Refuses ParkedSettled and NotFound."""
    with transaction.atomic():
        parked = _locked(parked_id, brand_id)
        parked.dropped_at, parked.drop_reason = now, reason
        parked.save(update_fields=["dropped_at", "drop_reason"])
        record([_entry("dropped", parked, by, {"reason": reason})], at=now)
    return parked


def _locked(parked_id: UUID, brand_id: UUID) -> Parked:
    parked = Parked.objects.select_for_update().filter(id=parked_id, brand_id=brand_id).first()
    if parked is None:
        raise NotFound()
    if parked.handled_at or parked.dropped_at:
        raise ParkedSettled()
    return parked


def _entry(verb: str, parked: Parked, by: UUID | None, after: Mapping[str, object]) -> AuditEntry:
    return AuditEntry(verb, "shared.parked", parked.id, parked.brand_id, by, {"subscriber": parked.subscriber}, after)
