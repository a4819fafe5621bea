"""Who fetches an order, or buys at a till, was in the store: a visit of the member."""

from __future__ import annotations

from collections.abc import Sequence

from sitong.member.profile.actions import VisitSeen, note_visits
from sitong.scene.orders.events import OrderHandedOver, OrderHappening, OrderPaid
from sitong.scene.orders.queries import steps_at
from sitong.shared.events.registry import on

AT_THE_TILL = "pos"


@on(OrderPaid, OrderHandedOver, subscriber="scene.arrivals")
def note(events: Sequence[OrderHappening]) -> None:
    """One visit an order: bought at the till, or fetched. An order paid online says nothing of where the member is."""
    here = [
        event for event in events
        if event.member_id and (event.channel == AT_THE_TILL or isinstance(event, OrderHandedOver))
    ]  # fmt: skip
    taken = steps_at({event.order_id for event in here})
    seen = []
    for event in here:
        step = "handed_over" if isinstance(event, OrderHandedOver) else "paid"
        at = taken.get((event.order_id, step))
        if event.member_id and at:
            kind = "bought" if event.channel == AT_THE_TILL else "fetched"
            seen.append(VisitSeen(event.order_id, event.brand_id, event.member_id, event.store_id, kind, at))
    if seen:
        note_visits(seen, now=max(one.at for one in seen))
