"""Which scans the watch has yet to count."""

from __future__ import annotations

from uuid import UUID

from sitong.goods.codes.events import CodesScanned
from sitong.shared.events.queries import unread_events

SUBSCRIBER = "goods.diversion"


def unread_scans(brand_id: UUID) -> set[UUID]:
    """Give the scans that the handler has yet to count, as far as they are visible now."""
    events = unread_events(SUBSCRIBER, brand_id=brand_id)
    return {event.scan_id for event in events if isinstance(event, CodesScanned)}
