"""Names of channels and scenes, and the shop behind an order: its store with its brand's currency."""

from __future__ import annotations

import time
from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from sitong.org.brands.queries import brand_facts
from sitong.org.stores.queries import StoreFacts, store_facts

KEPT_S = 1.0
KEPT_MAX = 50_000

CHANNEL_NAMES = {
    "mini_shop": _("Mini shop"),
    "pos": _("Till"),
    "livestream": _("Livestream"),
    "marketplace": _("Marketplace"),
    "group": _("Community group"),
    "guide": _("Guide"),
}
SCENE_NAMES = {
    "store": _("In the store"),
    "scan": _("Scanned a code"),
    "search": _("Search"),
    "livestream": _("Livestream"),
    "short_video": _("Short video"),
    "group": _("Community group"),
    "guide": _("Guide"),
    "note": _("Note"),
    "friend": _("From a friend"),
    "ad": _("Advertisement"),
    "poster": _("Poster"),
    "card": _("Card"),
    "coupon": _("Coupon"),
    "campaign": _("Campaign"),
    "marketplace": _("Marketplace"),
    "phone": _("Telephone"),
    "till": _("Till"),
    "other": _("Other"),
}


@dataclass(frozen=True, slots=True)
class Shop:
    """A store as an order sees it. `open_online`: it exists, and takes orders from afar for pickup or delivery."""

    id: UUID
    brand_id: UUID
    entity_id: UUID
    kind: str
    zone: str
    currency: str
    closed: bool
    open_online: bool


_kept: dict[UUID, tuple[float, Shop]] = {}


def shops(store_ids: Collection[UUID]) -> dict[UUID, Shop]:
    """Give the shops by id, unknown ones left out. A process keeps them for a second: stores change rarely, orders read them always."""
    oldest = time.monotonic() - KEPT_S
    found = {store_id: kept[1] for store_id in store_ids if (kept := _kept.get(store_id)) and kept[0] > oldest}
    missing = [store_id for store_id in store_ids if store_id not in found]
    if missing:
        found.update(_read(missing))
    return found


def forget_shops() -> None:
    """Let the next order read its store anew."""
    _kept.clear()


def channel_name(code: str) -> str:
    """Give a channel's name in the active language; a brand's own code stands for itself."""
    return str(CHANNEL_NAMES.get(code, code))


def scene_name(code: str) -> str:
    """Give a scene's name in the active language; a brand's own code stands for itself."""
    return str(SCENE_NAMES.get(code, code))


def _read(store_ids: Collection[UUID]) -> dict[UUID, Shop]:
    stores = store_facts(store_ids)
    brands = brand_facts({store.brand_id for store in stores.values()})
    if len(_kept) > KEPT_MAX:
        _kept.clear()
    found = {
        store.id: _shop(store, brands[store.brand_id].currency) for store in stores.values() if store.brand_id in brands
    }
    at = time.monotonic()
    _kept.update({store_id: (at, shop) for store_id, shop in found.items()})
    return found


def _shop(store: StoreFacts, currency: str) -> Shop:
    closed = store.closed_at is not None
    return Shop(
        store.id, store.brand_id, store.entity_id, store.kind, store.zone, currency, closed,
        not closed and store.online_takes_stock and (store.pickup or store.delivery),
    )  # fmt: skip
