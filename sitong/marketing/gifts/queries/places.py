"""Stores as handing gifts over needs them, with the dealers above them."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from sitong.marketing.gifts.redeeming import GiftPlace
from sitong.org.dealers.queries import dealer_facts
from sitong.org.stores.queries import store_facts


def gift_places(store_ids: Collection[UUID]) -> dict[UUID, GiftPlace]:
    """Give the facts of stores; the dealers above each, the nearest first, are those of this moment. Two statements."""
    stores = store_facts(store_ids)
    above = dealer_facts({one.dealer_id for one in stores.values() if one.dealer_id})
    return {
        one.id: GiftPlace(
            one.id, one.brand_id, one.kind, one.name, one.zone, one.closed_at is not None,
            _chain(above[one.dealer_id].path) if one.dealer_id in above else (),
        )
        for one in stores.values()
    }  # fmt: skip


def _chain(path: str) -> tuple[UUID, ...]:
    return tuple(UUID(part) for part in reversed(path.strip("/").split("/")))
