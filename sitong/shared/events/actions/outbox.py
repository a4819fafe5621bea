"""Announce what has come true."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import orjson
from django.db import connection, transaction

from sitong.shared.events.bell import ring
from sitong.shared.events.registry import Happening
from sitong.shared.ids import new_ids
from sitong.shared.statements import texts, uuids, write

ANNOUNCE = """
INSERT INTO shared_event (id, brand_id, name, at, facts)
SELECT id, brand_id, name, %s, facts FROM unnest(%s::uuid[], %s::uuid[], %s::text[], %s::jsonb[]) AS e (id, brand_id, name, facts)
"""


def announce(events: Sequence[Happening], *, at: datetime) -> None:
    """Write the events in the caller's transaction: heard if and only if it commits. One statement, whatever the number.

    The readers are woken after the commit, by a thread of the process and not by the transaction itself, see `bell`.
    """
    if not events:
        return
    if not connection.in_atomic_block:
        raise RuntimeError("announce inside of the transaction in which it came true")
    ids = uuids(new_ids(len(events)))
    brands, names = uuids(event.brand_id for event in events), texts(event.name for event in events)
    write(ANNOUNCE, [at, ids, brands, names, texts(orjson.dumps(event).decode() for event in events)])
    transaction.on_commit(ring)
