"""Take from the buckets that say how often somebody may still ask."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import connection

from sitong.shared.access.fields import keyed_index
from sitong.shared.errors import TooMany

TAKE = """
INSERT INTO shared_bucket AS b (key, level, at, full_at)
VALUES (%(key)s, %(burst)s - 1.0, %(now)s, %(now)s + make_interval(secs => %(every_s)s))
ON CONFLICT (key) DO UPDATE SET
  level = least(%(burst)s, b.level + greatest(0, extract(epoch FROM %(now)s - b.at)) / %(every_s)s) - 1.0,
  at = greatest(b.at, %(now)s),
  full_at = %(now)s + make_interval(secs => (%(burst)s - least(%(burst)s, b.level
            + greatest(0, extract(epoch FROM %(now)s - b.at)) / %(every_s)s) + 1.0) * %(every_s)s)
WHERE least(%(burst)s, b.level + greatest(0, extract(epoch FROM %(now)s - b.at)) / %(every_s)s) >= 1.0
RETURNING level
"""


def take(what: str, who: str, *, burst: float, every_s: float, now: datetime) -> None:
    """Take one from the bucket of `who` for `what`: it holds `burst` and gets one back each `every_s` seconds.

    One statement, exact over all processes; a bucket that has too little is not touched. Refused: shared.too_many.
    """
    key = keyed_index(f"{what}:{who}").hex()
    with connection.cursor() as cursor:
        cursor.execute(TAKE, {"key": key, "burst": float(burst), "every_s": float(every_s), "now": now})
        if cursor.fetchone() is not None:
            return
        cursor.execute("SELECT level, at FROM shared_bucket WHERE key = %s", [key])
        level, at = cursor.fetchone() or (0.0, now)
    missing_s = (1.0 - level) * every_s - max(0.0, (now - at).total_seconds())
    raise TooMany(retry_after_s=max(1, round(missing_s + 0.5)))


def forget_full_buckets(*, now: datetime) -> int:
    """Delete the buckets that have filled up again; they mean the same as no row. Gives how many."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM shared_bucket WHERE full_at < %s", [now - timedelta(minutes=1)])
        return int(cursor.rowcount)
