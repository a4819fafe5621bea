"""What purchases of cards do when time passes."""

from __future__ import annotations

from datetime import datetime

from sitong.scene.card_sales.actions import expire_card_sales
from sitong.shared.events.periodic import every


@every(30, "scene.expire_card_sales")
def expire(now: datetime) -> None:
    expire_card_sales(now=now)
