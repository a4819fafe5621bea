"""Move cursors, and park what cannot be handled."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import connection, transaction

from sitong.shared.events.queries import HORIZON, Position
from sitong.shared.events.registry import Announced, Subscription
from sitong.shared.ids import new_id

BEGIN = f"""
INSERT INTO shared_cursor (subscriber, transaction, seq)
SELECT subscriber, CASE WHEN from_now THEN {HORIZON} ELSE least({HORIZON}, (SELECT min(transaction) FROM shared_event)) - 1 END, 0
FROM unnest(%s::text[], %s::bool[]) AS wanted (subscriber, from_now)
ON CONFLICT DO NOTHING
"""  # noqa: S608 constants only

LOCK = f"""
SELECT transaction, seq, {HORIZON} FROM shared_cursor WHERE subscriber = %s FOR UPDATE SKIP LOCKED
"""  # noqa: S608 constants only

MOVE = "UPDATE shared_cursor SET transaction = %s, seq = %s, moved_at = %s WHERE subscriber = %s"

PARK = """
INSERT INTO shared_parked (id, brand_id, subscriber, event_id, error, tries, parked_at, drop_reason)
VALUES (%s, %s, %s, %s, %s, 1, %s, '') ON CONFLICT (subscriber, event_id) DO NOTHING
"""

REBASE = f"""
WITH brought AS (
    SELECT coalesce(max(seq), 0) AS upto FROM shared_event WHERE transaction >= (pg_snapshot_xmax(pg_current_snapshot())::text)::bigint
), shift AS (
    SELECT greatest((SELECT max(transaction) FROM shared_event), (SELECT max(transaction) FROM shared_cursor))
           - least({HORIZON}, (SELECT min(transaction) FROM shared_event WHERE seq > brought.upto)) + 1 AS by FROM brought
), events AS (
    UPDATE shared_event SET transaction = transaction - shift.by FROM shift, brought WHERE seq <= brought.upto
)
UPDATE shared_cursor SET transaction = transaction - shift.by FROM shift
"""  # noqa: S608 constants only


def begin_reading(subscriptions: Iterable[Subscription]) -> None:
    """Give each subscription that has none its cursor, where its `start` says."""
    wanted = sorted((one.subscriber, one.start == "now") for one in subscriptions)
    with connection.cursor() as cursor:
        cursor.execute(BEGIN, [[name for name, _ in wanted], [from_now for _, from_now in wanted]])


def lock_cursor(subscriber: str) -> tuple[Position, int] | None:
    """Lock the subscriber's cursor and give where it stands and the horizon; None when another worker reads just now.

    The horizon is that of this statement, so every event below it is visible to the statements that follow.
    """
    with connection.cursor() as cursor:
        cursor.execute(LOCK, [subscriber])
        found = cursor.fetchone()
    return (Position(found[0], found[1]), found[2]) if found else None


def move_cursor(subscriber: str, to: Position, *, now: datetime) -> None:
    """Say that everything up to `to` is dealt with. The caller holds the cursor's lock."""
    with connection.cursor() as cursor:
        cursor.execute(MOVE, [to.transaction, to.seq, now, subscriber])


def park(subscriber: str, event: Announced, *, error: str, now: datetime) -> None:
    """Put one event aside for one subscriber. The caller holds the cursor's lock and moves it on."""
    with connection.cursor() as cursor:
        cursor.execute(PARK, [new_id(), event.brand_id, subscriber, event.seq, error, now])


def rebase_positions() -> None:
    """Renumber the transactions of events and cursors that a dump brought along below this server's own, in their order.

    Needed once after a dump was restored into another server, whose transaction ids begin anew: without it, new events
    would stand before cursors that came along. What was read stays read, what was unread stays unread. Called before
    anything is read (by the worker as it starts, by `sitong restore`); what was announced since then comes after it all.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("LOCK TABLE shared_cursor, shared_event IN SHARE ROW EXCLUSIVE MODE")
        cursor.execute(REBASE)
