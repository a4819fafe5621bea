"""The door to cards, where some are on offer."""

from __future__ import annotations

from django.utils.translation import gettext as _

from sitong.member.cards.queries import kinds_on_offer
from sitong.scene.channels.doors import Door, Doorway, opens_doors


@opens_doors
def cards_door(doorway: Doorway) -> list[Door]:
    """Open it while a card that holds in the store is on offer."""
    if not kinds_on_offer(doorway.brand_id, store_id=doorway.store_id):
        return []
    return [Door("cards/", _("Visit cards"), "ticket", _("Pay once, come many times"), rank=60)]
