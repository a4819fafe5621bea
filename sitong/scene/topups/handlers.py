"""What top-ups do when time passes."""

from __future__ import annotations

from datetime import datetime

from sitong.scene.topups.actions import expire_topups
from sitong.shared.events.periodic import every


@every(30, "scene.expire_topups")
def expire(now: datetime) -> None:
    expire_topups(now=now)
