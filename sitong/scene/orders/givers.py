"""What is given of orders to a member who asks for all that is kept of it. They stay in the books when it is erased."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sitong.member.identity.giving import Rows, gives_of_member
from sitong.org.stores.queries import store_facts
from sitong.scene.orders.queries import PAGE_MAX, OrderView, my_orders


@gives_of_member("orders")
def give_orders(member_ids: Sequence[UUID]) -> Rows:
    """Every order with what was bought, for how much, and where."""
    found = sorted((one for member_id in member_ids for one in _all(member_id)), key=lambda one: one.placed_at)
    stores = store_facts({one.store_id for one in found})
    return [
        {
            "number": one.number, "placed_at": one.placed_at, "state": one.state, "channel": one.channel,
            "store": stores[one.store_id].name if one.store_id in stores else "",
            "goods": "; ".join(f"{line.name} × {line.quantity}{' g' if line.weighed else ''}" for line in one.lines),
            "total_minor": one.total_minor, "currency": one.currency,
        }
        for one in found
    ]  # fmt: skip


def _all(member_id: UUID) -> list[OrderView]:
    """Read page by page; orders placed at one instant on a page's edge are read once more and counted once."""
    found: dict[UUID, OrderView] = {}
    before = None
    while page := my_orders(member_id, before=before, limit=PAGE_MAX):
        found.update((one.id, one) for one in page)
        before = page[-1].placed_at
        if len(page) < PAGE_MAX:
            break
    return list(found.values())
