"""What figures do when orders are paid, canceled or brought in."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from uuid import UUID

from sitong.insight.metrics.actions import count_imported_orders, count_orders
from sitong.insight.metrics.queries import IMPORTED_SUBSCRIBER, SUBSCRIBER, sign_of
from sitong.scene.orders.events import OrderCanceled, OrderPaid, OrdersImported
from sitong.shared.events.registry import on

IMPORTED_AT_ONCE = 20


@on(OrderPaid, OrderCanceled, subscriber=SUBSCRIBER)
def count_paid_and_canceled(events: Sequence[OrderPaid | OrderCanceled]) -> None:
    signs: dict[UUID, int] = defaultdict(int)
    for event in events:
        signs[event.order_id] += sign_of(event)
    count_orders(signs)


@on(OrdersImported, subscriber=IMPORTED_SUBSCRIBER, batch=IMPORTED_AT_ONCE)
def count_imported(events: Sequence[OrdersImported]) -> None:
    count_imported_orders(events)
