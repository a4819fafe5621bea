"""The door from the mini shop's home to flash sales and promotions."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from sitong.marketing.coupons.stacking import Situation
from sitong.marketing.promotions.queries.live import promotions_of
from sitong.marketing.promotions.rules import FLASH, not_here
from sitong.marketing.promotions.said import in_chinese, rule_said
from sitong.org.brands.queries import brand_facts
from sitong.org.stores.queries import store_facts
from sitong.scene.channels.doors import Door, Doorway, opens_doors
from sitong.scene.channels.shop import CHANNEL


@opens_doors
def promotions_door(doorway: Doorway) -> list[Door]:
    """Open while a promotion holds in the store; a flash sale goes first."""
    known = promotions_of([doorway.brand_id], at=doorway.at).get(doorway.brand_id, ())
    if not known or (store := store_facts([doorway.store_id]).get(doorway.store_id)) is None:
        return []
    local = doorway.at.astimezone(ZoneInfo(store.zone))
    situation = Situation(store.id, store.kind, CHANNEL, doorway.at, local)
    here = [one for one in known if not_here(one, situation) is None]
    if not here:
        return []
    currency = brand_facts([doorway.brand_id])[doorway.brand_id].currency
    sale = next((one for one in here if one.kind == FLASH), None)
    if sale is not None:
        return [Door("flash/", _("Flash sale"), "flame", rule_said(sale, currency=currency), rank=10)]
    note = " · ".join([one.name if in_chinese() else one.name_en or one.name for one in here[:3]])
    return [Door("flash/", _("Promotions"), "sparkles", note, rank=10)]
