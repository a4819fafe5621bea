"""What follows from orders for points and tiers."""

from __future__ import annotations

from collections.abc import Sequence

from sitong.member.identity.events import MemberSeparated
from sitong.scene.orders.events import GoodsReturned, OrderCanceled, OrderPaid, OrdersImported
from sitong.scene.rewards.actions import align_rewards, count_imported, reward_orders
from sitong.shared.clock import now as present
from sitong.shared.events.registry import on

SUBSCRIBER, IMPORTED_SUBSCRIBER = "scene.rewards", "scene.rewards_imported"
ORDERS_AT_ONCE, PIECES_AT_ONCE = 500, 20


@on(OrderPaid, OrderCanceled, GoodsReturned, MemberSeparated, subscriber=SUBSCRIBER, batch=ORDERS_AT_ONCE)
def reward(events: Sequence[OrderPaid | OrderCanceled | GoodsReturned | MemberSeparated]) -> None:
    """Each of an order's says: look at it again. Orders that a person gave to a separated member take their days along."""
    now, separated = present(), [event for event in events if isinstance(event, MemberSeparated)]
    orders = [event.order_id for event in events if not isinstance(event, MemberSeparated) and event.member_id]
    reward_orders(orders, now=now)
    for event in separated:
        align_rewards([event.member_id, event.survivor_id], now=now)


@on(OrdersImported, subscriber=IMPORTED_SUBSCRIBER, batch=PIECES_AT_ONCE)
def count(events: Sequence[OrdersImported]) -> None:
    """What was brought in counts for tiers."""
    count_imported(events, now=present())
