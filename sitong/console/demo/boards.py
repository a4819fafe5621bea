"""The boards of the demo brand: reckoned once, so that they open at once, and the values asked for."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from sitong.insight.asked import Asked
from sitong.insight.boards.actions import show_board
from sitong.insight.value.actions import ask_for_values
from sitong.insight.value.queries import newest_values
from sitong.shared.clock import business_date


def fill_boards(brand_id: UUID, *, zone: str, now: datetime) -> None:
    """Reckon the last twelve months of growth and cohorts; the worker reckons the values, which takes a minute."""
    today = business_date(now, zone)
    asked = Asked(today - timedelta(days=364), today)
    for board in ("growth", "cohorts"):
        show_board(brand_id, board, asked=asked, now=now)
    if newest_values(brand_id) is None:
        ask_for_values(brand_id, by=None, now=now)
