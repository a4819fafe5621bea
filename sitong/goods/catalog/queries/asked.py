"""Which page of a shelf is asked for."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from sitong.org.stores.queries import StoreFacts

OVER_THE_COUNTER = frozenset({"pos"})
"""Channels whose goods are taken from the store by hand: they sell all the store has, also where online may take none."""

PAGE_LIMIT_MAX = 100


@dataclass(frozen=True, slots=True)
class ShelfWanted:
    """One page asked for: of the whole shelf, a department or category, or of found products in their order."""

    store: StoreFacts
    channel: str
    category_id: UUID | None = None
    after: str | None = None
    limit: int = 20
    product_ids: tuple[UUID, ...] | None = None

    @property
    def size(self) -> int:
        """How many products the page has at most."""
        return max(1, min(self.limit, PAGE_LIMIT_MAX))

    @property
    def takes_stock(self) -> bool:
        """Tell whether the channel may sell the store's stock: a franchise store may keep it from online orders."""
        return self.store.online_takes_stock or self.channel in OVER_THE_COUNTER
