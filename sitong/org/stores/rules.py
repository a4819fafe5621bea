"""What a store's hours, position, fence and theme may be, and whether it is open."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

WEEKDAYS = ("1", "2", "3", "4", "5", "6", "7")
PERIODS_MAX = 4
FENCE_M = (20, 5_000)
CLOCK = re.compile(r"([01]\d|2[0-3]):[0-5]\d|24:00")
COLOR = re.compile(r"#[0-9a-f]{6}")
THEME_TEXT_MAX = 200
THEME_TEXTS = ("notice", "notice_en", "banner")

Hours = Mapping[str, Sequence[Sequence[str]]]


def hours_problem(hours: Any) -> str | None:
    """Name what is wrong with opening hours, None when they are sound.

    Sound: weekday "1" to "7" → at most four periods [from, to] of "HH:MM", from < to, rising, not touching each other.
    A store that is open past midnight has two periods, until "24:00" and from "00:00" of the next day.
    """
    if not isinstance(hours, Mapping) or not set(hours) <= set(WEEKDAYS):
        return "weekdays"
    for periods in hours.values():
        if not isinstance(periods, Sequence) or isinstance(periods, str) or len(periods) > PERIODS_MAX:
            return "periods"
        last = ""
        for period in periods:
            if not isinstance(period, Sequence) or isinstance(period, str) or len(period) != 2:
                return "periods"
            if not all(isinstance(moment, str) and CLOCK.fullmatch(moment) for moment in period):
                return "clock"
            if not last < period[0] < period[1]:
                return "order"
            last = period[1]
    return None


def position_problem(latitude_e6: int | None, longitude_e6: int | None) -> str | None:
    """Name what is wrong with a position, None when it is sound: both or none, on the Earth."""
    if (latitude_e6 is None) != (longitude_e6 is None):
        return "half"
    if latitude_e6 is None or longitude_e6 is None:
        return None
    return None if abs(latitude_e6) <= 90_000_000 and abs(longitude_e6) <= 180_000_000 else "range"


def theme_problem(theme: Any) -> str | None:
    """Name what is wrong with a theme, None when it is sound: "color" as #rrggbb, short texts, nothing else."""
    if not isinstance(theme, Mapping):
        return "theme"
    for key, value in theme.items():
        if key == "color":
            if not isinstance(value, str) or not COLOR.fullmatch(value):
                return "color"
        elif key not in THEME_TEXTS or not isinstance(value, str) or len(value) > THEME_TEXT_MAX:
            return str(key)[:40]
    return None


def hours_read(written: str) -> list[list[str]] | None:
    """Read a day's hours as people write them: "09:00-12:00, 13:30-21:30", with whatever dash and comma; '' is closed."""
    plain = written.translate(str.maketrans("：，、；;–—~～至", ":,,,,-----", " \u3000"))
    periods = []
    for part in filter(None, plain.split(",")):
        ends = re.fullmatch(r"(\d{1,2}:\d{2})-+(\d{1,2}:\d{2})", part)
        if ends is None:
            return None
        periods.append([end.zfill(5) for end in ends.groups()])
    return periods


def hours_written(periods: Sequence[Sequence[str]]) -> str:
    """Write a day's hours as `hours_read` reads them."""
    return ", ".join("-".join(period) for period in periods)


def is_open(hours: Hours, *, at: datetime, zone: str) -> bool:
    """Tell whether a store with these hours is open at an instant. Without any hours it is always open."""
    if not hours:
        return True
    there = at.astimezone(ZoneInfo(zone))
    clock = there.strftime("%H:%M")
    return any(start <= clock < end for start, end in hours.get(str(there.isoweekday()), ()))
