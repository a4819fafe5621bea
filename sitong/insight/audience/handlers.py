"""What the audience does when its time comes: every night, live segments follow the lake."""

from __future__ import annotations

from datetime import datetime

from sitong.insight.audience.actions import LakeNotReady, refresh_segments
from sitong.org.brands.queries import all_brands
from sitong.shared.events.periodic import every


@every(86_400, "insight.refresh_segments")
def refresh_all(now: datetime) -> None:
    for brand in all_brands():
        try:
            refresh_segments(brand.id, now=now)
        except LakeNotReady:
            continue  # members are woken one by one meanwhile, as their days come
