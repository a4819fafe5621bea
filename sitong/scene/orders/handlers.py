"""What orders do when something has happened, and when time passes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sitong.org.stores.queries import stores_visible_to
from sitong.scene.cart.actions import Taken, take_from_carts
from sitong.scene.orders.actions import expire_orders
from sitong.scene.orders.events import (
    OrderCanceled,
    OrderExpired,
    OrderHandedOver,
    OrderHappening,
    OrderPaid,
    OrderPlaced,
)
from sitong.scene.orders.paying import ask_provider
from sitong.scene.orders.queries import quantities_of
from sitong.scene.payments.messenger import send_refunds
from sitong.shared.access.viewer import Viewer
from sitong.shared.batch.streams import stream, tell
from sitong.shared.events.periodic import every
from sitong.shared.events.registry import on

STORE_ORDERS = "store-orders"
MY_ORDERS = "my-orders"


@stream(STORE_ORDERS)
def may_hear_store(viewer: Viewer, key: str) -> bool:
    """Whoever may see a store's orders hears of them."""
    return key in {str(store_id) for store_id in stores_visible_to(viewer, "orders.see").values_list("id", flat=True)}


@stream(MY_ORDERS)
def may_hear_own(viewer: Viewer, key: str) -> bool:
    """A consumer hears of its own orders."""
    return viewer.member_id is not None and key == str(viewer.member_id)


@on(OrderPaid, OrderHandedOver, OrderCanceled, OrderExpired, subscriber="scene.reminders", start="now")
def remind(events: Sequence[OrderHappening]) -> None:
    """Tell the store at once, so that the clerk's phone rings, and the consumer whose order moved on."""
    news = [
        (
            event,
            {"what": event.name.removeprefix("scene.order_"), "order_id": str(event.order_id), "number": event.number},
        )
        for event in events
    ]
    tell(STORE_ORDERS, [(str(event.store_id), told) for event, told in news])
    tell(MY_ORDERS, [(str(event.member_id), told) for event, told in news if event.member_id])


@on(OrderPlaced, subscriber="scene.carts")
def empty_carts(events: Sequence[OrderPlaced]) -> None:
    """Take what was ordered out of the carts."""
    lines = quantities_of([event.order_id for event in events if event.member_id])
    take_from_carts([
        Taken(event.member_id, event.store_id, sku_id, quantity)
        for event in events if event.member_id
        for sku_id, quantity in lines.get(event.order_id, ())
    ])  # fmt: skip


@every(5, "scene.expire_orders")
def expire(now: datetime) -> None:
    expire_orders(now=now)


@every(10, "scene.ask_about_payments")
def ask(now: datetime) -> None:
    ask_provider(now=now)


@every(5, "scene.send_refunds")
def give_back(now: datetime) -> None:
    send_refunds(now=now)
