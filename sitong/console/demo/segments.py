"""The demo brand's ready-made segments: by recency and frequency and by life cycle live, the others asked when wanted."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sitong.insight.audience.actions import install_ready_made, refresh_segments
from sitong.insight.sources.audience import live_segments_of

LIVE, ASKED = ("rfm", "life"), ("price", "category", "channel", "occasion")


def install_segments(brand_id: UUID, *, now: datetime) -> None:
    """Install what is not there yet, and let what is live be filled from the lake."""
    if not live_segments_of(brand_id):
        install_ready_made(brand_id, LIVE, live=True, by=None, now=now)
        install_ready_made(brand_id, ASKED, live=False, by=None, now=now)
    refresh_segments(brand_id, now=now)
