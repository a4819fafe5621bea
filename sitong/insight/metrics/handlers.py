"""What figures do when orders are paid, canceled or brought in, when goods come back, and when two members turn out to be one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from uuid import UUID

from sitong.insight.metrics.actions import (
    count_customers_anew,
    count_imported_orders,
    count_orders,
    count_returns,
)
from sitong.insight.metrics.queries import (
    IMPORTED_SUBSCRIBER,
    JOINS_SUBSCRIBER,
    RETURNS_SUBSCRIBER,
    SUBSCRIBER,
    sign_of,
)
from sitong.member.identity.events import MemberAbsorbed, MemberSeparated
from sitong.scene.orders.events import GoodsReturned, OrderCanceled, OrderPaid, OrdersImported
from sitong.shared.events.registry import on

IMPORTED_AT_ONCE = 20
JOINS_AT_ONCE = 100


@on(OrderPaid, OrderCanceled, subscriber=SUBSCRIBER)
def count_paid_and_canceled(events: Sequence[OrderPaid | OrderCanceled]) -> None:
    signs: dict[UUID, int] = defaultdict(int)
    for event in events:
        signs[event.order_id] += sign_of(event)
    count_orders(signs)


@on(GoodsReturned, subscriber=RETURNS_SUBSCRIBER)
def count_what_came_back(events: Sequence[GoodsReturned]) -> None:
    count_returns([event.return_id for event in events])


@on(OrdersImported, subscriber=IMPORTED_SUBSCRIBER, batch=IMPORTED_AT_ONCE)
def count_imported(events: Sequence[OrdersImported]) -> None:
    count_imported_orders(events)


@on(MemberAbsorbed, MemberSeparated, subscriber=JOINS_SUBSCRIBER, batch=JOINS_AT_ONCE)
def count_joined_and_separated(events: Sequence[MemberAbsorbed | MemberSeparated]) -> None:
    for event in events:
        count_customers_anew(event.brand_id, sorted({event.member_id, event.survivor_id}))
