"""The quarters in which scans are counted: evidence is gathered anew in each."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo


def period_of(at: datetime, zone: str) -> date:
    """Give the first day of the quarter in which an instant falls in a zone."""
    there = at.astimezone(ZoneInfo(zone)).date()
    return date(there.year, 3 * ((there.month - 1) // 3) + 1, 1)


def next_period(period_on: date) -> date:
    """Give the first day of the quarter after this one."""
    later = period_on + timedelta(days=93)
    return date(later.year, 3 * ((later.month - 1) // 3) + 1, 1)
