"""The doors to a store's own campaigns."""

from __future__ import annotations

from sitong.marketing.rollout.queries import running_in
from sitong.org.stores.queries import store_facts
from sitong.scene.channels.doors import Door, Doorway, opens_doors
from sitong.shared.clock import business_date
from sitong.shared.i18n.formats import day_text, locale_now

DOORS_MAX = 3


@opens_doors
def campaigns_running(doorway: Doorway) -> list[Door]:
    """A door for each campaign that the store runs today, with the store's own words or the last day."""
    zone = store_facts([doorway.store_id])[doorway.store_id].zone
    running = running_in(doorway.brand_id, doorway.store_id, today=business_date(doorway.at, zone))
    english = locale_now() == "en"
    return [
        Door(f"campaigns/{one.id}/", (english and one.name_en) or one.name, "sparkles", row.notice or f"– {day_text(row.ends_on, 'short')}", rank=10)
        for one, row in running[:DOORS_MAX]
    ]  # fmt: skip
