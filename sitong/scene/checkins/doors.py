"""The door to check-in, where a plan runs."""

from __future__ import annotations

from django.utils.translation import gettext as _

from sitong.marketing.checkin.queries.plans import stores_now
from sitong.scene.channels.doors import Door, Doorway, opens_doors


@opens_doors
def check_in_door(doorway: Doorway) -> list[Door]:
    """Open it on the days on which the brand's or the store's own plan runs."""
    store = stores_now([doorway.store_id], now=doorway.at).get(doorway.store_id)
    if store is None or not store.plans:
        return []
    return [Door("check-in/", _("Check in"), "map-pin", _("A reward for coming by"), rank=20)]
