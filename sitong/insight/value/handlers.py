"""What lifetime value does with time."""

from __future__ import annotations

from datetime import datetime

from sitong.insight.value.actions import ask_where_old, reckon_values
from sitong.org.brands.queries import all_brands
from sitong.shared.events.periodic import every


@every(5, "insight.reckon_values")
def reckon(now: datetime) -> None:
    reckon_values(now=now)


@every(3_600, "insight.ask_for_values")
def ask(now: datetime) -> None:
    ask_where_old([brand.id for brand in all_brands()], now=now)
