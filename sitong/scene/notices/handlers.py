"""Orders that wait in a store for who paid them are told, where the brand wants it."""

from __future__ import annotations

from collections.abc import Sequence

from sitong.marketing.messages.actions.notices import NoticeDue, plan_notices
from sitong.org.stores.queries import store_facts
from sitong.scene.orders.events import OrderPaid
from sitong.shared.clock import now as present
from sitong.shared.events.registry import on

AT_COUNTER = "pos"


@on(OrderPaid, subscriber="scene.notices_of_orders", start="now")
def tell_that_it_waits(events: Sequence[OrderPaid]) -> None:
    stores = store_facts({one.store_id for one in events})
    plan_notices([
        NoticeDue("pickup_ready", one.order_id, one.brand_id, one.member_id, {"order": one.number, "place": stores[one.store_id].name})
        for one in events
        if one.member_id and one.channel != AT_COUNTER and one.store_id in stores
    ], now=present())  # fmt: skip
