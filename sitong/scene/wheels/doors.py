"""The door from a store's mini shop to the draws that run in it."""

from __future__ import annotations

from django.utils.translation import gettext as _

from sitong.marketing.draws import looks
from sitong.marketing.draws.queries.shop import open_draws
from sitong.scene.channels.doors import Door, Doorway, opens_doors


@opens_doors
def draws_here(doorway: Doorway) -> list[Door]:
    """One door while a draw runs: to that draw when it is alone, else to their list. One statement."""
    found = [
        one
        for one in open_draws(doorway.brand_id, at=doorway.at, store_id=doorway.store_id)
        if one.starts_at <= doorway.at
    ]
    if not found:
        return []
    if len(found) == 1:
        one = found[0]
        note = str(looks.TEMPLATES[one.template])
        return [
            Door(f"draws/{one.number}/", looks.in_language(one.name, one.name_en), looks.ICONS[one.template], note, 20)
        ]
    names = [looks.in_language(one.name, one.name_en) for one in found]
    return [Door("draws/", _("Try your luck"), "sparkles", _(", ").join(names[:3]), 20)]
