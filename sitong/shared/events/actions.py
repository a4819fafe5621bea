"""Announce what has come true."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import orjson
from django.db import connection

from sitong.shared.events.registry import Happening, to_facts
from sitong.shared.ids import new_ids

ANNOUNCE = """
INSERT INTO shared_event (id, brand_id, name, at, facts)
SELECT * FROM unnest(%s::uuid[], %s::uuid[], %s::text[], %s::timestamptz[], %s::jsonb[])
"""


def announce(events: Sequence[Happening], *, at: datetime) -> None:
    """Write the events in the caller's transaction: heard if and only if it commits. One statement, whatever the number."""
    if not events:
        return
    if not connection.in_atomic_block:
        raise RuntimeError("announce inside of the transaction in which it came true")
    with connection.cursor() as cursor:
        cursor.execute(ANNOUNCE, [
            new_ids(len(events)),
            [event.brand_id for event in events],
            [event.name for event in events],
            [at] * len(events),
            [orjson.dumps(to_facts(event)).decode() for event in events],
        ])  # fmt: skip
