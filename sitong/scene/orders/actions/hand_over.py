"""Hand orders over in the store, each once only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from sitong.goods.inventory.actions import take_held_stock
from sitong.scene.orders.actions.steps import LockedOrder, StepKept, StepMade, lock_orders, steps_kept, write_steps
from sitong.scene.orders.events import OrderHandedOver
from sitong.scene.orders.models import OrderState
from sitong.shared.errors import NotFound, Refused
from sitong.shared.events.actions import announce
from sitong.shared.statements import run, texts, uuids

BY_CODE = """
SELECT DISTINCT ON (o.store_id, o.pickup_code) o.store_id, o.pickup_code, o.id
FROM unnest(%s::uuid[], %s::text[]) AS c(store_id, code) JOIN scene_order AS o ON o.store_id = c.store_id AND o.pickup_code = c.code
WHERE o.pickup_code <> '' ORDER BY o.store_id, o.pickup_code, (o.state = 'paid') DESC, o.placed_at DESC
"""
"""A code belongs to the order that waits; when none waits, to the last one that had it."""


class HandedOverAlready(Refused):
    """Somebody has handed the order over before, in another request: who and when are told."""

    code = "scene.handed_over_already"


class OrderNotPaid(Refused):
    """The order is not paid, so nothing is handed over."""

    code = "scene.order_not_paid"


class OrderClosed(Refused):
    """The order was canceled or has expired."""

    code = "scene.order_closed"


@dataclass(frozen=True, slots=True)
class HandoverWanted:
    """A clerk hands an order over, named by its id or by the code that the consumer shows in this store."""

    request_id: UUID
    store_id: UUID
    order_id: UUID | None = None
    pickup_code: str = ""
    by: UUID | None = None


@dataclass(frozen=True, slots=True)
class Handover:
    """An order that has been handed over: to this request, now or when it came first."""

    order_id: UUID
    number: str
    by: UUID | None
    at: datetime


def hand_over_orders(wanted: Sequence[HandoverWanted], *, now: datetime) -> list[Handover | Refused]:
    """Hand over paid orders of the store: their held stock leaves, first expired first out.

    The same request again gets the same answer; another one is told who has handed it over and when. An order of another
    store is not found. Locks orders, then stock.
    """
    with transaction.atomic():
        by_code = _orders_by_code(wanted)
        order_ids = [one.order_id or by_code.get((one.store_id, one.pickup_code)) for one in wanted]
        orders = lock_orders([order_id for order_id in order_ids if order_id])
        kept = steps_kept(orders, OrderState.HANDED_OVER)
        made: dict[UUID, StepMade] = {}
        outcomes = [
            _hand_over(one, orders.get(order_id) if order_id else None, kept, made, now=now)
            for one, order_id in zip(wanted, order_ids, strict=True)
        ]  # fmt: skip
        if made:
            _write(list(made.values()), now=now)
        return outcomes


def _hand_over(
    one: HandoverWanted,
    order: LockedOrder | None,
    kept: Mapping[UUID, StepKept],
    made: dict[UUID, StepMade],
    *,
    now: datetime,
) -> Handover | Refused:
    if order is None or order.store_id != one.store_id:
        return NotFound(what="order")
    if order.state == OrderState.PAID:
        order.state = OrderState.HANDED_OVER
        made[order.id] = StepMade(order, one.by, one.request_id)
        return Handover(order.id, order.number, one.by, now)
    if order.state == OrderState.HANDED_OVER:
        step = StepKept(made[order.id].by, now, made[order.id].request_id) if order.id in made else kept[order.id]
        if step.request_id is not None and step.request_id == one.request_id:
            return Handover(order.id, order.number, step.by, step.at)
        return HandedOverAlready(number=order.number, by=step.by, at=step.at.isoformat())
    if order.state == OrderState.PLACED:
        return OrderNotPaid(number=order.number)
    return OrderClosed(number=order.number, state=order.state)


def _orders_by_code(wanted: Sequence[HandoverWanted]) -> dict[tuple[UUID, str], UUID]:
    codes = sorted({(one.store_id, one.pickup_code) for one in wanted if one.order_id is None and one.pickup_code})
    if not codes:
        return {}
    rows = run(BY_CODE, [uuids([store_id for store_id, _ in codes]), texts([code for _, code in codes])])
    return {(store_id, code): order_id for store_id, code, order_id in rows}


def _write(made: Sequence[StepMade], *, now: datetime) -> None:
    clerks = {one.by for one in made}
    take_held_stock(
        [one.order.id for one in made], reason="sale", now=now,
        by=clerks.pop() if len(clerks) == 1 else None,  # a move of a batch by several clerks names none; the order's step does
    )  # fmt: skip
    write_steps(made, OrderState.HANDED_OVER, now=now)
    announce([one.order.happened(OrderHandedOver) for one in made], at=now)
