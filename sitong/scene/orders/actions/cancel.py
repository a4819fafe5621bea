"""Cancel orders, paid or not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid5

from django.db import transaction

from sitong.goods.inventory.actions import release_holds
from sitong.scene.orders.actions.steps import StepMade, lock_orders, steps_kept, write_steps
from sitong.scene.orders.events import OrderCanceled
from sitong.scene.orders.models import OrderState
from sitong.scene.payments.actions import RefundWanted, ask_refunds, close_payments
from sitong.shared.errors import NotFound, Refused
from sitong.shared.events.actions import announce

REFUND_OF_CANCELLATION = UUID("0f7b7f3a-54cb-5f36-8f5f-5a8d2a1d9c77")
"""Name space of the refunds of canceled orders: an order is given back once."""


class OrderNotCancelable(Refused):
    """The order has been handed over, has expired, or was canceled by another request: its state tells."""

    code = "scene.order_not_cancelable"


@dataclass(frozen=True, slots=True)
class CancelWanted:
    """An order is to be canceled. The same `request_id` again gets the same answer."""

    order_id: UUID
    request_id: UUID
    by: UUID | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Canceled:
    """A canceled order and the money that goes back."""

    order_id: UUID
    number: str
    refunded_minor: int
    at: datetime


def cancel_orders(wanted: Sequence[CancelWanted], *, now: datetime) -> list[Canceled | Refused]:
    """Cancel orders: an unpaid one gives its stock free, a paid one also asks its whole payment back.

    What was handed over is not canceled but returned. Locks orders, then payments, then stock.
    """
    with transaction.atomic():
        orders = lock_orders([one.order_id for one in wanted])
        paid = set(steps_kept(orders, OrderState.PAID))
        canceled = {
            order_id: (step.request_id, step.at) for order_id, step in steps_kept(orders, OrderState.CANCELED).items()
        }
        made: list[StepMade] = []
        outcomes: list[Canceled | Refused] = []
        for one in wanted:
            order = orders.get(one.order_id)
            if order is None:
                outcomes.append(NotFound(what="order"))
                continue
            before = canceled.get(order.id)
            if order.state in (OrderState.PLACED, OrderState.PAID):
                order.state = OrderState.CANCELED
                before = canceled[order.id] = (one.request_id, now)
                made.append(StepMade(order, one.by, one.request_id, one.reason))
            if before is None or before[0] != one.request_id:
                outcomes.append(OrderNotCancelable(number=order.number, state=order.state))
            else:
                outcomes.append(
                    Canceled(order.id, order.number, order.total_minor if order.id in paid else 0, before[1])
                )
        if made:
            _write(made, paid, now=now)
        return outcomes


def _write(made: Sequence[StepMade], paid: set[UUID], *, now: datetime) -> None:
    orders = [one.order for one in made]
    close_payments([order.id for order in orders if order.id not in paid], now=now)
    refunds = [
        RefundWanted(uuid5(REFUND_OF_CANCELLATION, str(order.id)), order.id, order.total_minor, "order canceled")
        for order in orders
        if order.id in paid and order.total_minor
    ]  # fmt: skip
    for outcome in ask_refunds(refunds, now=now):
        if isinstance(outcome, Refused):
            raise RuntimeError(f"the payment of a canceled order cannot be given back: {outcome}")
    release_holds([order.id for order in orders])
    write_steps(made, OrderState.CANCELED, now=now)
    announce([order.happened(OrderCanceled, was_paid=int(order.id in paid)) for order in orders], at=now)
