"""The demo brand's lake: its members, orders and the rest, as files."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sitong.insight.lake.actions import rebuild_lake, write_lake
from sitong.insight.lake.handlers import SUBSCRIBERS
from sitong.insight.lake.queries import lake_seen
from sitong.shared.events.reader import drain


def fill_lake(brand_id: UUID, *, now: datetime) -> None:
    """Make the lake; loaded again, only what changed is written."""
    drain(*SUBSCRIBERS)
    if lake_seen(brand_id).rebuilt_at is None:
        rebuild_lake(brand_id, now=now)
    else:
        write_lake(brand_id, now=now)
