"""The door from a store's mini shop to its group deals."""

from __future__ import annotations

from django.utils.translation import gettext as _

from sitong.marketing.deals.queries import open_deals
from sitong.scene.channels.doors import Door, Doorway, opens_doors


@opens_doors
def deals_door(doorway: Doorway) -> list[Door]:
    """Give the door while a deal or its draw runs in the store."""
    found = open_deals(doorway.brand_id, at=doorway.at, store_id=doorway.store_id)
    if not found:
        return []
    note = _("{n} people, one price").format(n=found[0].people)
    return [Door("deals/", _("Group deals"), "friends", note, rank=20)]
