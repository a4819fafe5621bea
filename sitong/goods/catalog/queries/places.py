"""Where in the tree a store stands: which offers reach it."""

from __future__ import annotations

from uuid import UUID

from sitong.org.dealers.queries import dealer_facts
from sitong.org.stores.queries import StoreFacts


def places_above(store: StoreFacts) -> list[UUID]:
    """Give the ids of the store, the dealers above it up to the topmost, and the brand."""
    dealer = dealer_facts([store.dealer_id]).get(store.dealer_id) if store.dealer_id else None
    above = [UUID(hex=step) for step in dealer.path.split("/") if step] if dealer else []
    return [store.id, *above, store.brand_id]
