"""Note the runs of clocks; delete what nobody needs any more."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import connection, transaction

from sitong.shared.events.models import PeriodicRun

DELETE_OLD = """
WITH old AS (
    SELECT seq FROM (SELECT * FROM shared_event ORDER BY transaction, seq LIMIT %(looked_at)s) AS e
    WHERE (e.transaction, e.seq) <= (SELECT transaction, seq FROM shared_cursor WHERE subscriber = ANY (%(subscribers)s)
                                     ORDER BY transaction, seq LIMIT 1)
      AND e.at < %(before)s
      AND NOT EXISTS (SELECT FROM shared_parked AS p WHERE p.event_id = e.seq AND p.handled_at IS NULL AND p.dropped_at IS NULL)
      AND NOT EXISTS (SELECT FROM shared_webhookdelivery AS d WHERE d.event_id = e.seq AND d.state = 'waiting')
    ORDER BY e.transaction, e.seq LIMIT %(most)s
), parked AS (
    DELETE FROM shared_parked WHERE event_id IN (SELECT seq FROM old)
), deliveries AS (
    DELETE FROM shared_webhookdelivery WHERE event_id IN (SELECT seq FROM old)
)
DELETE FROM shared_event WHERE seq IN (SELECT seq FROM old)
"""


def begin_run(name: str, *, now: datetime) -> None:
    """Note that a clock strikes."""
    PeriodicRun.objects.update_or_create(name=name, defaults={"started_at": now})


def end_run(name: str, *, took_ms: int, error: str) -> None:
    """Note how a clock's run ended; `error` '' for well."""
    run = PeriodicRun.objects.get(name=name)
    run.took_ms, run.error, run.failures = took_ms, error, run.failures + 1 if error else 0
    run.save(update_fields=["took_ms", "error", "failures"])


def delete_old_events(*, before: datetime, subscribers: Sequence[str], most: int = 5_000) -> int:
    """Delete up to `most` events from before that instant which every subscriber has read, with their deliveries.

    An event that is parked, or still on its way to a webhook, stays. Only the oldest events are looked at, so that it costs
    little when there is nothing to do. Gives how many were deleted; one short transaction.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            DELETE_OLD, {"subscribers": list(subscribers), "before": before, "most": most, "looked_at": 4 * most}
        )
        return int(cursor.rowcount)
