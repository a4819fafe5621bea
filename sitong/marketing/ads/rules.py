"""Periods of purchase targets, the audience around a store, and what may stand on a card: pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

import h3

from sitong.shared.geo import Position, cells_touching, center_of, distance_m

AUDIENCE_RESOLUTION = 8
"""Cells of about 0.7 km²: some forty of them lie within three kilometers."""

PERIODS = ("month", "quarter", "once")
PLACE_KINDS = ("store", "dealer")
RADIUS_M = (500, 10_000)
DAYS = (1, 90)
DAILY_MINOR = (5_000, 400_000_000_000)
"""What the provider takes as a day's budget, in fen: 50 yuan at least."""

FORBIDDEN = re.compile(r"[<>&'\"/\\\t\r\n‘’“”]")
"""The provider's interface takes none of these in any text."""

SUPERLATIVES = ("国家级", "最高级", "最佳", "第一品牌", "全网最低", "史上最低")
"""Advertising law, article 9 (3): no "national", "highest", "best"; and what authorities have held to be the same."""


@dataclass(frozen=True, slots=True)
class Period:
    """From the first to the last day, both inclusive, of the brand's calendar."""

    first: date
    last: date


@dataclass(frozen=True, slots=True)
class Audience:
    """The cells around a store, and how large they are together; how many people are in them nobody says."""

    cells: tuple[str, ...]
    area_km2: float


def period_of(kind: str, on: date, starts_on: date, ends_on: date | None) -> Period | None:
    """Give the period of a target in which a day lies, cut to the target's own days; None before and after them."""
    if on < starts_on or (ends_on is not None and on > ends_on):
        return None
    if kind == "once":
        return Period(starts_on, ends_on or date.max)
    month = on.month if kind == "month" else (on.month - 1) // 3 * 3 + 1
    first = on.replace(month=month, day=1)
    months = 1 if kind == "month" else 3
    following = (first + timedelta(days=31 * months)).replace(day=1)
    last = following - timedelta(days=1)
    return Period(max(first, starts_on), min(last, ends_on) if ends_on else last)


def audience(center: Position, radius_m: int) -> Audience:
    """Give the cells whose centers lie within a circle around a store."""
    near = cells_touching(center, radius_m, resolution=AUDIENCE_RESOLUTION)
    cells = sorted(cell for cell in near if distance_m(center, center_of(cell)) <= radius_m)
    return Audience(tuple(cells), sum(float(h3.cell_area(cell, unit="km^2")) for cell in cells))


def number_of(campaign_id: UUID) -> str:
    """Give the name by which the provider knows a campaign: "ST" and 13 digits and letters of its id."""
    letters = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
    rest, number = campaign_id.int & ((1 << 65) - 1), ""
    for _ in range(13):
        number = letters[rest & 31] + number
        rest >>= 5
    return f"ST{number}"


def card_fault(texts: Sequence[str]) -> str:
    """Say what may not stand on a card: the word or sign; '' when all may."""
    for text in texts:
        if found := FORBIDDEN.search(text):
            return found[0]
        if word := next((one for one in SUPERLATIVES if one in text), ""):
            return word
    return ""


def plain(text: str) -> str:
    """Give a text without what the provider's interface does not take."""
    return FORBIDDEN.sub(" ", text).strip()
