"""Time: aware UTC instants, business dates in a store's zone. `now` is read at the edges only and passed in."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo


def now() -> datetime:
    """Give the present instant in UTC. Call it in pages, APIs, commands and workers; actions take `now=`."""
    return datetime.now(UTC)


def business_date(instant: datetime, zone: str) -> date:
    """Give the calendar date on which `instant` falls in the IANA `zone`."""
    return instant.astimezone(ZoneInfo(zone)).date()


def day_bounds(on: date, zone: str) -> tuple[datetime, datetime]:
    """Give the half-open period [start, end) in UTC of the business date `on` in `zone`, of 23 to 25 hours."""
    there = ZoneInfo(zone)
    start = datetime.combine(on, time.min, tzinfo=there)
    end = datetime.combine(on + timedelta(days=1), time.min, tzinfo=there)
    return start.astimezone(UTC), end.astimezone(UTC)
