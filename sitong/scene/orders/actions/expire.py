"""Let orders expire that nobody paid for in time."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from sitong.goods.inventory.actions import release_holds
from sitong.scene.orders.actions.steps import FIELDS, LockedOrder, StepMade, write_steps
from sitong.scene.orders.events import OrderExpired
from sitong.scene.orders.models import OrderState
from sitong.scene.payments.actions import close_payments
from sitong.shared.events.actions import announce
from sitong.shared.statements import run

PIECE = 500

LOCK_EXPIRED = f"""
SELECT {FIELDS} FROM scene_order WHERE id IN (
  SELECT id FROM scene_order WHERE state = 'placed' AND pay_by <= %s ORDER BY id LIMIT %s FOR NO KEY UPDATE SKIP LOCKED
) ORDER BY id
"""  # noqa: S608 (constants)


def expire_orders(*, now: datetime) -> int:
    """Let unpaid orders whose time is over expire and give their stock free. Gives how many did.

    500 in a transaction, so that none runs long; an order that is being paid or canceled just now is left to that.
    """
    expired = 0
    while True:
        with transaction.atomic():
            orders = [LockedOrder(*row) for row in run(LOCK_EXPIRED, [now, PIECE])]
            if orders:
                ids = [order.id for order in orders]
                close_payments(ids, now=now)
                release_holds(ids)
                write_steps([StepMade(order) for order in orders], OrderState.EXPIRED, now=now)
                announce([order.happened(OrderExpired) for order in orders], at=now)
        expired += len(orders)
        if len(orders) < PIECE:
            return expired
