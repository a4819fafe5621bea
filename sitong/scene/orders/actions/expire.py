"""Let orders expire that nobody paid for in time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID, uuid5

from django.db import transaction

from sitong.goods.inventory.actions import release_holds
from sitong.scene.orders.actions.steps import FIELDS, LockedOrder, StepMade, write_steps
from sitong.scene.orders.actions.undo import undo_discounts
from sitong.scene.orders.events import OrderExpired
from sitong.scene.orders.models import OrderState
from sitong.scene.payments.actions import GiveBack, close_payments, give_back
from sitong.scene.payments.queries import paid_minor_of
from sitong.shared.errors import Refused
from sitong.shared.events.actions import announce
from sitong.shared.statements import run

PIECE = 500
REFUND_OF_EXPIRY = UUID("8a4a1c6e-52f3-5d0b-9b7e-6f2c1e0d7a33")
"""Name space of what goes back of orders that were paid in part only: an order is given back once."""

LOCK_EXPIRED = f"""
SELECT {FIELDS} FROM scene_order WHERE id IN (
  SELECT id FROM scene_order WHERE state = 'placed' AND pay_by <= %s ORDER BY id LIMIT %s FOR NO KEY UPDATE SKIP LOCKED
) ORDER BY id
"""  # noqa: S608 (constants)


def expire_orders(*, now: datetime) -> int:
    """Let unpaid orders whose time is over expire and give their stock free. Gives how many did.

    What was paid of them (a wallet's part, say) goes back. 500 in a transaction, so that none runs long; an order that is
    being paid or canceled just now is left to that.
    """
    expired = 0
    while True:
        with transaction.atomic():
            orders = [LockedOrder(*row) for row in run(LOCK_EXPIRED, [now, PIECE])]
            if orders:
                ids = [order.id for order in orders]
                close_payments(ids, now=now)
                undo_discounts(orders, reason="order expired", now=now)
                release_holds(ids)  # stock before wallets, as a till's sale locks them
                _give_back(ids, now=now)
                write_steps([StepMade(order) for order in orders], OrderState.EXPIRED, now=now)
                announce([order.happened(OrderExpired) for order in orders], at=now)
        expired += len(orders)
        if len(orders) < PIECE:
            return expired


def _give_back(order_ids: Sequence[UUID], *, now: datetime) -> None:
    wanted = [
        GiveBack(uuid5(REFUND_OF_EXPIRY, str(order_id)), order_id, minor, "order expired")
        for order_id, minor in paid_minor_of(order_ids).items() if minor
    ]  # fmt: skip
    for outcome in give_back(wanted, now=now) if wanted else ():
        if isinstance(outcome, Refused):
            raise RuntimeError(f"the payments of an expired order cannot be given back: {outcome}")
