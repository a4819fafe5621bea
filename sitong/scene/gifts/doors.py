"""The door to a member's gifts, where the brand gives any."""

from __future__ import annotations

from django.utils.translation import gettext as _

from sitong.marketing.gifts.queries.library import gifts_open
from sitong.scene.channels.doors import Door, Doorway, opens_doors


@opens_doors
def gifts_door(doorway: Doorway) -> list[Door]:
    """Open it while the brand's library has a gift that is given."""
    if not gifts_open(doorway.brand_id):
        return []
    return [Door("me/gifts/", _("My gifts"), "gift", _("Fetch them at the counter"), rank=30)]
