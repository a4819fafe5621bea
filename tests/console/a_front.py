"""A front with lanes and streams of its own, for tests: what topics declare is tested where they are."""

from __future__ import annotations

import time
from collections.abc import Sequence

from django.db import connection, transaction

from sitong.console.asgi import application
from sitong.shared.batch.hot import HotCall, HotRoute, HotTable
from sitong.shared.batch.lane import Lane
from sitong.shared.batch.streams import stream


def backends(items: Sequence[float]) -> list[int]:
    """Sleep as long as the longest item says, and say by which backend."""
    time.sleep(max(items))
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return [cursor.fetchone()[0]] * len(items)


def read(call: HotCall) -> float:
    return float(call.query.get("sleep_s", 0))


LANE = Lane("front-test", backends)
application.hot = HotTable([
    HotRoute("GET", "/hot/open", LANE, read, lambda pid: {"backend": pid}, open_to_all=True),
    HotRoute("POST", "/hot/closed", LANE, read, lambda pid: {"backend": pid}, body_bytes_max=100),
])  # fmt: skip


@stream("front-test")
def may_hear(viewer, key: str) -> bool:
    return str(viewer.account_id) == key
