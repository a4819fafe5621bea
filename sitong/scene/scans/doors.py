"""The door to scanning, open while codes of the brand win something; and the one to the cash that was won."""

from __future__ import annotations

from django.utils.translation import gettext as _

from sitong.marketing.scans.queries import kinds_to_win
from sitong.scene.channels.doors import Door, Doorway, opens_doors


@opens_doors
def scanning(doorway: Doorway) -> list[Door]:
    """Scan a code; and look after one's cash where there is some to win."""
    kinds = kinds_to_win(doorway.brand_id, at=doorway.at)
    doors = [Door("scan/", _("Scan a code"), "scan", _("Genuine? And what does it win?"), 20)] if kinds else []
    return [*doors, Door("me/payouts/", _("Cash rewards"), "cash", "", 70)] if "cash" in kinds else doors
