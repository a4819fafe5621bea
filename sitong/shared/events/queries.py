"""Read the outbox: what comes next, who is behind, what is parked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

import orjson
from django.db import connection

from sitong.shared.events.models import PeriodicRun
from sitong.shared.events.registry import SUBSCRIPTIONS, Announced, Happening, from_facts

HORIZON = "(pg_snapshot_xmin(pg_current_snapshot())::text)::bigint"
"""The oldest transaction that is still running. All below are over, so no event can appear below any more."""


class Position(NamedTuple):
    """A place in commit order."""

    transaction: int
    seq: int


NEXT = """
SELECT transaction, seq, id, brand_id, name, at, facts::text FROM (
    SELECT * FROM shared_event WHERE (transaction, seq) > (%s, %s) AND transaction < %s ORDER BY transaction, seq LIMIT %s
) AS coming WHERE %s::text[] IS NULL OR name = ANY (%s::text[]) LIMIT %s
"""

WINDOW_END = """
SELECT transaction, seq FROM shared_event WHERE (transaction, seq) > (%s, %s) AND transaction < %s
ORDER BY transaction, seq LIMIT 1 OFFSET %s
"""

ALONG_THE_INDEX = "SELECT set_config(name, %s, true) FROM unnest(ARRAY['enable_sort', 'enable_bitmapscan', 'enable_seqscan']) AS names (name)"
"""The planner thinks that few events are unread (its statistics are of a quieter time) and would gather and sort all of them for each batch."""

WINDOW = 10_000

BY_SEQ = """
SELECT transaction, seq, id, brand_id, name, at, facts::text FROM shared_event WHERE seq = ANY (%s) ORDER BY transaction, seq
"""

UNREAD = """
SELECT e.name, e.facts::text FROM shared_event AS e
WHERE (e.transaction, e.seq) > (SELECT coalesce(max(transaction), %(never)s), coalesce(max(seq), 0) FROM shared_cursor WHERE subscriber = %(subscriber)s)
AND e.brand_id = %(brand)s AND e.name = ANY (%(names)s) ORDER BY e.transaction, e.seq
"""

LAST_BELOW = (
    "SELECT transaction, seq FROM shared_event WHERE transaction < %s ORDER BY transaction DESC, seq DESC LIMIT 1"
)

BEHIND = f"""
SELECT subscriber FROM shared_cursor AS c WHERE subscriber = ANY (%s) AND EXISTS (
    SELECT FROM shared_event AS e WHERE (e.transaction, e.seq) > (c.transaction, c.seq) AND e.transaction < {HORIZON})
"""  # noqa: S608 constants only

LAG = """
SELECT c.subscriber, c.moved_at, behind.events, behind.oldest_at,
       (SELECT count(*) FROM shared_parked p WHERE p.subscriber = c.subscriber AND p.handled_at IS NULL AND p.dropped_at IS NULL)
FROM shared_cursor AS c
LEFT JOIN unnest(%(subscribers)s::text[], %(names)s::text[]) AS wanted (subscriber, names) USING (subscriber)
CROSS JOIN LATERAL (
    SELECT count(*) AS events, min(at) AS oldest_at FROM (
        SELECT at FROM shared_event AS e WHERE (e.transaction, e.seq) > (c.transaction, c.seq)
        AND (coalesce(wanted.names, '') = '' OR e.name = ANY (string_to_array(wanted.names, ','))) LIMIT %(most)s) AS unread
) AS behind
ORDER BY c.subscriber
"""

OLDEST = """
SELECT coalesce(extract(epoch FROM clock_timestamp() - min(xact_start)), 0)::float8 FROM pg_stat_activity
WHERE backend_xid IS NOT NULL AND pid <> pg_backend_pid()
"""

FROM_ELSEWHERE = """
SELECT greatest((SELECT max(transaction) FROM shared_event), (SELECT max(transaction) FROM shared_cursor))
       > (pg_snapshot_xmax(pg_current_snapshot())::text)::bigint
"""

LAG_COUNTED = 100_000


@dataclass(frozen=True, slots=True)
class Lag:
    """How far a subscriber is behind: unread events (counted up to `LAG_COUNTED`), the age of the oldest, what is parked."""

    subscriber: str
    moved_at: datetime | None
    events: int
    oldest_at: datetime | None
    parked: int
    known: bool  # False: a cursor that no code reads any more


def next_events(
    after: Position, names: Sequence[str], *, below: int, limit: int
) -> tuple[list[Announced], Position | None]:
    """Give the next events of these names (none: of all) in commit order, of transactions below the horizon, and how far was looked.

    Looks at `WINDOW` events at most, so that rare names do not make it slow. Inside of a transaction.
    """
    wanted = list(names) or None
    with connection.cursor() as cursor:
        cursor.execute(ALONG_THE_INDEX, ["off"])
        cursor.execute(NEXT, [*after, below, WINDOW, wanted, wanted, limit])
        events = [Announced(*row) for row in cursor.fetchall()]
        reached = (events[-1].transaction, events[-1].seq) if len(events) == limit else None
        if reached is None:
            cursor.execute(WINDOW_END, [*after, below, WINDOW - 1])
            reached = cursor.fetchone()
        cursor.execute(ALONG_THE_INDEX, ["on"])
    return events, Position(*reached) if reached else last_position(below=below)


def last_position(*, below: int) -> Position | None:
    """Give the position of the newest event below the horizon."""
    with connection.cursor() as cursor:
        cursor.execute(LAST_BELOW, [below])
        found = cursor.fetchone()
    return Position(*found) if found else None


def subscribers_behind(subscribers: Sequence[str]) -> set[str]:
    """Name those of the subscribers that have something to read now."""
    with connection.cursor() as cursor:
        cursor.execute(BEHIND, [list(subscribers)])
        return {name for (name,) in cursor.fetchall()}


def lag() -> list[Lag]:
    """Give for each cursor how far it is behind, seen through the caller's brand wall."""
    with connection.cursor() as cursor:
        cursor.execute(LAG, {
            "subscribers": list(SUBSCRIPTIONS),
            "names": [",".join(one.names) for one in SUBSCRIPTIONS.values()],
            "most": LAG_COUNTED,
        })  # fmt: skip
        return [
            Lag(name, moved_at, unread, oldest_at, parked, name in SUBSCRIPTIONS)
            for name, moved_at, unread, oldest_at, parked in cursor.fetchall()
        ]


def oldest_transaction_s() -> float:
    """Give the age in seconds of the oldest open transaction that has written: it is what holds the horizon back."""
    with connection.cursor() as cursor:
        cursor.execute(OLDEST)
        (seconds,) = cursor.fetchone()
    return float(seconds)


def positions_from_elsewhere() -> bool:
    """Tell whether events or cursors came from another server (a restored dump), see `rebase_positions`."""
    with connection.cursor() as cursor:
        cursor.execute(FROM_ELSEWHERE)
        (ahead,) = cursor.fetchone()
    return bool(ahead)


def announced(seqs: Sequence[int]) -> list[Announced]:
    """Give these events in commit order."""
    with connection.cursor() as cursor:
        cursor.execute(BY_SEQ, [list(seqs)])
        return [Announced(*row) for row in cursor.fetchall()]


def last_runs() -> dict[str, datetime]:
    """Give for each clock that ever struck when its last run began."""
    return dict(PeriodicRun.objects.values_list("name", "started_at"))


def unread_events(subscriber: str, *, brand_id: UUID) -> list[Happening]:
    """Give the events of one brand that a subscriber has yet to read, those above the horizon too; parked ones are not among them."""
    names = list(SUBSCRIPTIONS[subscriber].names)
    with connection.cursor() as cursor:
        cursor.execute(UNREAD, {"subscriber": subscriber, "brand": brand_id, "names": names, "never": -(2**62)})
        return [from_facts(name, orjson.loads(facts)) for name, facts in cursor.fetchall()]
