"""What tills do when something has happened to their orders, and when time passes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sitong.scene.orders.events import OrderCanceled, OrderExpired, OrderPaid
from sitong.scene.till.actions.finish import finish_sales, give_up_sales
from sitong.scene.till.paying import tend_waiting_sales
from sitong.shared.clock import now as clock_now
from sitong.shared.events.periodic import every
from sitong.shared.events.registry import on

CHANNEL = "pos"


@on(OrderPaid, subscriber="scene.till_finishes", start="now")
def finish_what_was_paid(events: Sequence[OrderPaid]) -> None:
    """A customer's payment was heard of while no register asked: hand over and number the sale all the same."""
    finish_sales([event.order_id for event in events if event.channel == CHANNEL], now=clock_now())


@on(OrderCanceled, OrderExpired, subscriber="scene.till_gives_up", start="now")
def give_up_what_was_called_off(events: Sequence[OrderCanceled | OrderExpired]) -> None:
    """An order of a register was canceled elsewhere or has expired: its sale is given up."""
    give_up_sales([event.order_id for event in events if event.channel == CHANNEL], by=None, now=clock_now())


@every(15, "scene.tend_waiting_sales")
def tend(now: datetime) -> None:
    tend_waiting_sales(now=now)
