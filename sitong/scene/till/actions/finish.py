"""What becomes of sales that wait for the customer's code payment: finished once paid, or given up."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID, uuid5

from django.db import transaction

from sitong.scene.orders.actions import CancelWanted, cancel_orders
from sitong.scene.orders.models import Order, OrderState
from sitong.scene.till.actions.registers import lock_registers
from sitong.scene.till.actions.sell import EARLIER, Sold, deliver, tell_sold
from sitong.scene.till.models import Sale, SaleState
from sitong.scene.till.rules import numbers_for
from sitong.shared.errors import NotFound, Refused
from sitong.shared.statements import integers, run, uuids

FINISH = """
UPDATE scene_sale AS s SET state = 'sold', sold_at = %s::timestamptz, number = n.number
FROM unnest(%s::uuid[], %s::int[]) AS n(id, number) WHERE s.id = n.id
"""
GIVING_UP = UUID("5b0c1b6a-6f64-5b7e-9d1e-3a52d0f6c811")
"""Name space of the requests by which orders of given-up sales are canceled: once for each."""


class SaleIsSold(Refused):
    """The sale is paid and handed over; what came of it can only be returned."""

    code = "scene.sale_is_sold"


def finish_sales(sale_ids: Collection[UUID], *, now: datetime) -> list[Sold]:
    """Hand over the sales among these whose orders are paid, give them receipt numbers, and give those that are sold now.

    Those that are not paid yet, given up or unknown stay as they are; what was finished before changes nothing. Locks
    registers, then orders, then stock.
    """
    with transaction.atomic():
        sales = _lock(sale_ids)
        waiting = [one for one in sales if one.state == SaleState.PAYING]
        paid = set(
            Order.objects.filter(id__in=[one.id for one in waiting], state=OrderState.PAID).values_list("id", flat=True)
        )
        ready = [one for one in waiting if one.id in paid]
        if ready:
            deliver([(one.id, one.store_id, one.by) for one in ready], now=now)
            last = {
                register.id: register.last_receipt
                for register in lock_registers([one.register_id for one in ready]).values()
            }
            numbers = numbers_for(last, [one.register_id for one in ready])
            run(FINISH, [now, uuids([one.id for one in ready]), integers(numbers)])
            finished = [
                replace(one, state="sold", number=number, sold_at=now)
                for one, number in zip(ready, numbers, strict=True)
            ]
            tell_sold(finished, now=now)
            by_id = {one.id: one for one in finished}
            sales = [by_id.get(one.id, one) for one in sales]
        return sales


def give_up_sales(sale_ids: Sequence[UUID], *, by: UUID | None, now: datetime) -> list[Sold | Refused]:
    """Give up sales that are not paid whole: their orders are canceled, stock is free again, what was paid goes back.

    Again it changes nothing. Refused: shared.not_found, scene.sale_is_sold. Cash that was taken is to be handed back.
    """
    with transaction.atomic():
        sales = {one.id: one for one in _lock(sale_ids)}
        waiting = [one for one in sales.values() if one.state == SaleState.PAYING]
        canceled = cancel_orders(
            [CancelWanted(one.id, uuid5(GIVING_UP, str(one.id)), by, "given up at the till") for one in waiting], now=now
        ) if waiting else []  # fmt: skip
        for one, outcome in zip(waiting, canceled, strict=True):
            closed = isinstance(outcome, Refused) and outcome.facts.get("state") in (
                OrderState.CANCELED,
                OrderState.EXPIRED,
            )
            if isinstance(outcome, Refused) and not closed:
                raise RuntimeError(f"the order of a sale that waits cannot be canceled: {outcome}")
            sales[one.id] = replace(one, state=SaleState.GIVEN_UP.value)
        Sale.objects.filter(id__in=[one.id for one in waiting]).update(state=SaleState.GIVEN_UP)
        return [_given_up(sales.get(sale_id)) for sale_id in sale_ids]


def _given_up(one: Sold | None) -> Sold | Refused:
    if one is None:
        return NotFound(what="sale")
    return SaleIsSold(number=one.number) if one.state == SaleState.SOLD else one


def _lock(sale_ids: Collection[UUID]) -> list[Sold]:
    """Lock the sales' registers, then give the sales as they are under that lock."""
    lock_registers(list(Sale.objects.filter(id__in=list(sale_ids)).values_list("register_id", flat=True)))
    return [Sold(*row[:-1]) for row in run(EARLIER, [uuids(set(sale_ids))])]
