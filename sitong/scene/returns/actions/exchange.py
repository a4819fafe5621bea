"""Exchange: goods come back and others are sold for them, in one transaction; what they had cost pays first."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID, uuid5

from django.db import transaction

from sitong.goods.inventory.actions.levels import open_levels
from sitong.marketing.coupons.actions import lock_claims
from sitong.member.points.actions import lock_points
from sitong.scene.channels.queries import shops
from sitong.scene.orders.actions import (
    HandoverWanted,
    OrderPlacement,
    OrderWanted,
    hand_over_orders,
    place_orders,
    settle_orders,
)
from sitong.scene.orders.actions.benefits import lock_flash_of
from sitong.scene.orders.actions.hand_over import OrderNotPaid
from sitong.scene.orders.actions.steps import lock_orders
from sitong.scene.payments.actions import Tender, take_tenders
from sitong.scene.payments.actions.tenders import TenderMalformed
from sitong.scene.payments.queries import paid_minor_of
from sitong.scene.returns.actions.facts import orders_now
from sitong.scene.returns.actions.take_back import PaysOrder, take_back
from sitong.scene.returns.queries import Returned
from sitong.scene.returns.rules import OrderNow, ReturnWanted
from sitong.shared.errors import NotFound, Refused, RepeatDiffers

EXCHANGE = UUID("c3d1c5a6-0f86-5d5b-9a6b-0d8a0a2f7b11")
"""Name space of an exchange's tenders and its handing over: the same exchange again makes the same."""


@dataclass(frozen=True, slots=True)
class TenderGiven:
    """Money on top: `kind` "cash" (`given_minor` with the change) or "wallet"."""

    kind: str
    amount_minor: int
    given_minor: int | None = None


@dataclass(frozen=True, slots=True)
class ExchangeWanted:
    """Goods come back and an order is placed at the same store.

    `hand_over`: what is paid goes out at once. `paid_whole`: nothing may stay due, or else nothing is done at all.
    """

    returned: ReturnWanted
    order: OrderWanted
    tenders: tuple[TenderGiven, ...] = ()
    hand_over: bool = True
    paid_whole: bool = False


@dataclass(frozen=True, slots=True)
class ExchangeMade:
    """An exchange as it stands: the return, the order, how much the one paid of the other, and what is still to be paid."""

    returned: Returned
    order: OrderPlacement
    paid_minor: int
    due_minor: int
    handed_over: bool


def exchange_goods(wanted: ExchangeWanted, *, now: datetime) -> ExchangeMade:
    """Take goods back and sell others for them: all of it, or nothing.

    What came back pays the new order first; what it had cost more goes back as with any return; what is missing is paid with
    the tenders, or stays to be paid. An order that was imported has no payments here: its money goes out of the drawer and
    into it again. Sent again it gets the same answer. Raises what `return_goods`, `place_orders` or `take_tenders` refuse.
    """
    one, order = wanted.returned, wanted.order
    if one.store_id != order.store_id:
        raise NotFound(what="store")
    with transaction.atomic():
        old = _lock(wanted, now=now)
        (placed,) = place_orders([order], now=now)
        if isinstance(placed, Refused):
            raise placed
        (returned,) = take_back([one], {one.id: PaysOrder(placed.id, placed.total_minor)}, now=now)
        if isinstance(returned, Refused):
            raise returned
        if returned.exchange_order_id != placed.id:
            raise RepeatDiffers(id=one.id)
        _pay(wanted, placed, returned, old, now=now)
        settle_orders([placed.id], now=now)
        held = paid_minor_of([placed.id]).get(placed.id, 0)
        due = max(0, placed.total_minor - held)
        if due and wanted.paid_whole:
            raise OrderNotPaid(number=placed.number)
        handed = wanted.hand_over and not due
        if handed:
            _hand_over(wanted, now=now)
        placed = replace(placed, state=lock_orders([placed.id])[placed.id].state)
        return ExchangeMade(returned, placed, min(returned.refund_minor, placed.total_minor), due, handed)


def _lock(wanted: ExchangeWanted, *, now: datetime) -> OrderNow:
    """Lock what both halves touch in one pass each: the order that came back, coupons, flash sales, points, stock."""
    one, order = wanted.returned, wanted.order
    lock_orders([one.order_id])
    old = orders_now([one.order_id]).get(one.order_id)
    if (
        old is None
        or order.store_id not in (there := shops([order.store_id]))
        or there[order.store_id].brand_id != old.brand_id
    ):
        raise NotFound(what="order")
    claims = {claim_id for line in old.lines.values() for claim_id in line.claim_ids}
    lock_claims(claims | set(order.coupon_claim_ids), product_ids=())
    lock_flash_of([order], now=now)
    if (
        members := {member for member in (old.member_id, order.member_id) if member}
        if old.points_spent or order.points
        else set()
    ):
        lock_points(members)
    location = one.location_id or one.store_id
    touched = {(location, old.lines[line.position].sku_id) for line in one.lines if line.position in old.lines}
    sold = {(order.store_id, line.sku_id) for line in order.lines}
    open_levels(touched | sold, {location: old.brand_id, order.store_id: old.brand_id})
    return old


def _pay(wanted: ExchangeWanted, placed: OrderPlacement, returned: Returned, old: OrderNow, *, now: datetime) -> None:
    one = wanted.returned
    entity_id = shops([placed.store_id])[placed.store_id].entity_id
    used = min(returned.refund_minor, placed.total_minor)
    kind, source = ("cash", None) if old.source else ("exchange", old.id)
    given: list[tuple[str, int, int | None, UUID | None]] = [(kind, used, None, source)] if used else []
    given += [(tender.kind, tender.amount_minor, tender.given_minor, None) for tender in wanted.tenders]
    if sum(amount for _, amount, _, _ in given) > placed.total_minor:
        raise TenderMalformed(kind="cash")
    tenders = [
        Tender(uuid5(EXCHANGE, f"{one.id} {at}"), placed.id, old.brand_id, entity_id, kind, amount, placed.currency,
               wanted.order.member_id if kind == "wallet" else None, given_minor, one.by, one.shift_id, source_id=source_id)
        for at, (kind, amount, given_minor, source_id) in enumerate(given)
    ]  # fmt: skip
    for outcome in take_tenders(tenders, now=now) if tenders else ():
        if isinstance(outcome, Refused):
            raise outcome


def _hand_over(wanted: ExchangeWanted, *, now: datetime) -> None:
    request = uuid5(EXCHANGE, f"{wanted.returned.id} out")
    handover = HandoverWanted(request, wanted.order.store_id, wanted.order.id, by=wanted.returned.by)
    (outcome,) = hand_over_orders([handover], now=now)
    if isinstance(outcome, Refused):
        raise outcome
