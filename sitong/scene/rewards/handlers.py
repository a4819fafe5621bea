"""What follows from orders for points and tiers."""

from __future__ import annotations

from collections.abc import Sequence

from sitong.scene.orders.events import GoodsReturned, OrderCanceled, OrderPaid, OrdersImported
from sitong.scene.rewards.actions import reward_orders
from sitong.scene.rewards.imported import count_imported
from sitong.shared import clock
from sitong.shared.events.registry import on

SUBSCRIBER, IMPORTED_SUBSCRIBER = "scene.rewards", "scene.rewards_imported"
ORDERS_AT_ONCE, PIECES_AT_ONCE = 500, 20


@on(OrderPaid, OrderCanceled, GoodsReturned, subscriber=SUBSCRIBER, batch=ORDERS_AT_ONCE)
def reward(events: Sequence[OrderPaid | OrderCanceled | GoodsReturned]) -> None:
    """Each of them says: look at this order again."""
    reward_orders([event.order_id for event in events if event.member_id], now=clock.now())


@on(OrdersImported, subscriber=IMPORTED_SUBSCRIBER, batch=PIECES_AT_ONCE)
def count(events: Sequence[OrdersImported]) -> None:
    count_imported(events, now=clock.now())
