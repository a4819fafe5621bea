"""Streams: what a page hears at once, by server-sent events at /events/<stream>/<key>.

    @stream("store-orders")                       # in a topic's pages.py or api.py
    def may_hear(viewer: Viewer, key: str) -> bool: …

    tell("store-orders", [(str(store_id), {"number": "A7"})])     # in the transaction in which it came true, or a handler

The news travels by PostgreSQL's NOTIFY: heard by every web process, if and only if the transaction commits, in commit
order, and by nobody who is not connected then. So a page treats it as a reason to look again, never as the record: after
a gap it gets `event: again`, and then reads its list anew.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import orjson
from django.db import connection

from sitong.shared.access.viewer import Viewer

CHANNEL = "sitong_streams"
NEWS_BYTES_MAX = 7_900
"""PostgreSQL takes 7,999 bytes at most in one notification."""

MayHear = Callable[[Viewer, str], bool]
STREAMS: dict[str, MayHear] = {}


def stream(name: str) -> Callable[[MayHear], MayHear]:
    """Declare a stream. The function says whether a viewer may hear the news of a key; it may query."""

    def register(may_hear: MayHear) -> MayHear:
        if STREAMS.get(name, may_hear) is not may_hear:
            raise ValueError(f"two streams are named {name}")
        STREAMS[name] = may_hear
        return may_hear

    return register


def tell(name: str, news: Sequence[tuple[str, Any]]) -> None:
    """Send news, each (key, JSON value), to those who listen when the transaction commits. One statement."""
    if not news:
        return
    if name not in STREAMS:
        raise ValueError(f"no stream is named {name}")
    packed = [orjson.dumps([name, key, what], default=str) for key, what in news]
    for one in packed:
        if len(one) > NEWS_BYTES_MAX:
            raise ValueError(f"news for {name} has {len(one)} bytes; send ids, and let the page read the rest")
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_notify(%s, news) FROM unnest(%s::text[]) AS news", [CHANNEL, [one.decode() for one in packed]]
        )
