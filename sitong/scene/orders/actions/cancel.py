"""Cancel orders, paid or not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID, uuid5

from django.db import transaction

from sitong.goods.inventory.actions import release_holds
from sitong.scene.orders.actions.steps import StepMade, lock_orders, steps_kept, write_steps
from sitong.scene.orders.actions.undo import undo_discounts
from sitong.scene.orders.events import OrderCanceled
from sitong.scene.orders.models import OrderState
from sitong.scene.payments.actions import GiveBack, close_payments, give_back
from sitong.scene.payments.queries import given_back_minor, paid_minor_of
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
    """Cancel orders: an order gives its stock free, and what was paid of it, by whatever ways, goes back to each of them.

    What was handed over is not canceled but returned. Locks orders, payments, coupons, points, stock, wallets.
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
                outcomes.append(Canceled(order.id, order.number, 0, before[1]))
        refunded = _write(made, paid, now=now) if made else {}
        refunded |= _refunded_before([one.order_id for one in outcomes if isinstance(one, Canceled)], refunded)
        return [
            replace(one, refunded_minor=refunded.get(one.order_id, 0)) if isinstance(one, Canceled) else one
            for one in outcomes
        ]


def _write(made: Sequence[StepMade], paid: set[UUID], *, now: datetime) -> dict[UUID, int]:
    """Cancel, and give how much of each order's money goes back."""
    orders = [one.order for one in made]
    ids = [order.id for order in orders]
    close_payments([order.id for order in orders if order.id not in paid], now=now)
    undo_discounts(orders, reason="order canceled", now=now)
    release_holds(ids)  # stock before wallets, as a till's sale locks them
    held = paid_minor_of(ids)
    wanted = [
        GiveBack(uuid5(REFUND_OF_CANCELLATION, str(one.order.id)), one.order.id, held[one.order.id], "order canceled", by=one.by)
        for one in made if held.get(one.order.id)
    ]  # fmt: skip
    for outcome in give_back(wanted, now=now) if wanted else ():
        if isinstance(outcome, Refused):
            raise RuntimeError(f"the payments of a canceled order cannot be given back: {outcome}")
    write_steps(made, OrderState.CANCELED, now=now)
    announce([order.happened(OrderCanceled, was_paid=int(order.id in paid)) for order in orders], at=now)
    return {order_id: held.get(order_id, 0) for order_id in ids}


def _refunded_before(order_ids: Sequence[UUID], known: dict[UUID, int]) -> dict[UUID, int]:
    """Give how much went back when these orders were canceled by an earlier request."""
    requests = {
        uuid5(REFUND_OF_CANCELLATION, str(order_id)): order_id for order_id in order_ids if order_id not in known
    }
    if not requests:
        return {}
    return {requests[request_id]: minor for request_id, minor in given_back_minor(requests).items()}
