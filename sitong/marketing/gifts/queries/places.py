"""Stores as handing gifts over needs them, with the dealers above them."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sitong.marketing.gifts.redeeming import GiftPlace
from sitong.org.dealers.queries import dealer_facts, paths_then
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


def chains_then(wanted: Collection[tuple[UUID, datetime]]) -> dict[tuple[UUID, datetime], tuple[UUID, ...]]:
    """Give the dealers above stores at instants, the nearest first, by store and instant. Three statements, whatever the number."""
    dealers = {one.id: one.dealer_id for one in store_facts({store_id for store_id, _ in wanted}).values()}
    asked = {(store_id, at): dealers.get(store_id) for store_id, at in wanted}
    paths = paths_then({(dealer_id, at) for (_, at), dealer_id in asked.items() if dealer_id})
    return {key: _chain(paths[dealer_id, key[1]]) if dealer_id else () for key, dealer_id in asked.items()}


def _chain(path: str) -> tuple[UUID, ...]:
    return tuple(UUID(part) for part in reversed(path.strip("/").split("/")))
