"""Confirm payments: the provider's news enters here, marks the payment below and its order in one transaction."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid5

from django.db import IntegrityError, transaction

from sitong.member.wallet.actions import WalletTooLow
from sitong.member.wallet.queries import wallets_now
from sitong.scene.channels.queries import shops
from sitong.scene.orders.actions.steps import LockedOrder, StepMade, lock_orders, write_steps
from sitong.scene.orders.events import OrderPaid
from sitong.scene.orders.models import OrderState
from sitong.scene.payments.actions import (
    Confirmation,
    GiveBack,
    RefundWanted,
    Tender,
    ask_refunds,
    close_payments,
    confirm_paid,
    give_back,
    take_tenders,
)
from sitong.scene.payments.payers import confirms
from sitong.scene.payments.provider import PaymentAnswer
from sitong.scene.payments.queries import documents_of, paid_minor_of, tenders_kept
from sitong.shared.errors import NotFound, Refused, RepeatDiffers
from sitong.shared.events.actions import announce
from sitong.shared.statements import run, texts, uuids

ATTEMPTS = 3
CODE_DIGITS = 8
REFUND_OF_LATE_PAYMENT = UUID("6f6d9a0c-3c0f-5f0e-9f43-6d0f5e8a4b11")
"""Name space of the refunds that follow by themselves: the same late payment is given back once."""

REFUND_OF_EXCESS = UUID("3d0e7b52-9c1a-5b7e-8f60-0c1d2b7a4e95")
"""Name space of what goes back when tenders were more than the order's total."""

CODES_IN_USE = """
SELECT store_id, pickup_code FROM scene_order
WHERE state = 'paid' AND (store_id, pickup_code) IN (SELECT * FROM unnest(%s::uuid[], %s::text[]))
"""

SET_CODES = """
UPDATE scene_order AS o SET state = 'paid', pickup_code = c.code FROM unnest(%s::uuid[], %s::text[]) AS c(id, code) WHERE o.id = c.id
"""


class OrderNotPayable(Refused):
    """The order is paid already, or cannot be paid any more: its state tells."""

    code = "scene.order_not_payable"


@dataclass(frozen=True, slots=True)
class WalletTender:
    """The member pays (part of) its own order from its wallet. `id` is the client's; the same id is the same payment.

    `amount_minor` None: as much as the wallet holds and the order still costs.
    """

    id: UUID
    order_id: UUID
    amount_minor: int | None = None
    by: UUID | None = None


@dataclass(frozen=True, slots=True)
class Tendered:
    """What the wallet paid, and what is left to pay of the order."""

    order_id: UUID
    paid_minor: int
    left_minor: int


@confirms("order")
def confirm_payments(confirmed: Sequence[PaymentAnswer], *, now: datetime) -> list[Confirmation | Refused]:
    """Mark payments paid and, in the same transaction, their orders, each with a pickup code of its own.

    An order is paid when its paid payments add up to its total. The same news again changes nothing. A payment for an order
    that cannot be paid any more (expired, canceled), or of more than is still to pay, goes back at once and whole. Locks
    orders before payments, like every action of an order.
    """
    for attempt in range(ATTEMPTS):
        try:
            with transaction.atomic():
                return _confirm(confirmed, now=now)
        except IntegrityError:  # another process drew the same pickup code in the same store
            if attempt == ATTEMPTS - 1:
                raise
    raise AssertionError


def pay_free_orders(order_ids: Collection[UUID], *, now: datetime) -> None:
    """Mark orders paid that cost nothing: no provider will ever bring news of them. Called by the placing transaction."""
    mark_paid(
        [
            order
            for order in lock_orders(order_ids).values()
            if order.state == OrderState.PLACED and order.total_minor == 0
        ],
        now=now,
    )


def mark_paid(orders: Sequence[LockedOrder], *, now: datetime) -> None:
    """Bring locked orders into the state paid, draw their pickup codes, and announce it."""
    if not orders:
        return
    codes = _draw_codes(orders)
    run(SET_CODES, [uuids([order.id for order in orders]), texts(codes)])
    write_steps([StepMade(order) for order in orders], OrderState.PAID, now=now)
    announce([order.happened(OrderPaid) for order in orders], at=now)


def settle_orders(order_ids: Collection[UUID], *, now: datetime) -> list[UUID]:
    """Mark placed orders paid whose paid payments add up to their total, and give which. Call it after tenders.

    A provider's payment that stands open for them is closed: should it be paid all the same, that money goes back.
    """
    with transaction.atomic():
        orders = lock_orders(order_ids)
        held = paid_minor_of(orders)
        done = [
            one for one in orders.values() if one.state == OrderState.PLACED and held.get(one.id, 0) >= one.total_minor
        ]
        for order in done:
            order.state = OrderState.PAID
        too_much = [one for one in done if held.get(one.id, 0) > one.total_minor]
        if done:
            close_payments([one.id for one in done], now=now)
        give_back([
            GiveBack(uuid5(REFUND_OF_EXCESS, str(one.id)), one.id, held[one.id] - one.total_minor, "paid more than the total")
            for one in too_much
        ], now=now)  # fmt: skip
        mark_paid(done, now=now)
        return [one.id for one in done]


def pay_orders_from_wallets(wanted: Sequence[WalletTender], *, now: datetime) -> list[Tendered | Refused]:
    """Pay orders from their members' wallets, wholly or in part; what is left is paid by another way before `pay_by`.

    Refused: shared.not_found (no such order, or nobody's), scene.order_not_payable, member.wallet_too_low,
    shared.repeat_differs. Locks orders, then payments, then wallets.
    """
    with transaction.atomic():
        orders = lock_orders([one.order_id for one in wanted])
        held = paid_minor_of(orders)
        before = tenders_kept([one.id for one in wanted])
        holds = wallets_now({one.member_id for one in orders.values() if one.member_id})
        entities = {shop.id: shop.entity_id for shop in shops({one.store_id for one in orders.values()}).values()}
        outcomes: list[Tendered | Refused] = []
        for one in wanted:
            order = orders.get(one.order_id)
            if order is None or order.member_id is None:
                outcomes.append(NotFound(what="order"))
                continue
            left = order.total_minor - held.get(order.id, 0)
            if (earlier := before.get(one.id)) is not None:
                same = earlier.document_id == order.id and one.amount_minor in (None, earlier.amount_minor)
                outcomes.append(Tendered(order.id, earlier.amount_minor, left) if same else RepeatDiffers(id=one.id))
                continue
            if order.state != OrderState.PLACED or order.pay_by is None or order.pay_by <= now or left <= 0:
                outcomes.append(OrderNotPayable(number=order.number, state=order.state))
                continue
            holding = holds.get(order.member_id)
            amount = min(left, holding.total_minor if holding else 0) if one.amount_minor is None else one.amount_minor
            if amount > left:
                outcomes.append(OrderNotPayable(number=order.number, state=order.state))
                continue
            tender = Tender(one.id, order.id, order.brand_id, entities.get(order.store_id), "wallet", amount, order.currency,
                            member_id=order.member_id, by=one.by)  # fmt: skip
            (taken,) = take_tenders([tender], now=now) if amount else [WalletTooLow(wanted=left, holds=0)]
            if isinstance(taken, Refused):
                outcomes.append(taken)
                continue
            held[order.id] = held.get(order.id, 0) + amount
            outcomes.append(Tendered(order.id, amount, left - amount))
        settle_orders([one.order_id for one in outcomes if isinstance(one, Tendered) and not one.left_minor], now=now)
        return outcomes


def _confirm(confirmed: Sequence[PaymentAnswer], *, now: datetime) -> list[Confirmation | Refused]:
    documents = documents_of([one.number for one in confirmed])
    orders = lock_orders(documents.values())
    outcomes = confirm_paid(confirmed, now=now)
    fresh = [one for one in outcomes if not isinstance(one, Refused) and not one.repeated and one.document_id in orders]
    held = paid_minor_of({one.document_id for one in fresh})
    for one in fresh:  # what stood before this news: the news itself is decided one by one
        held[one.document_id] = held.get(one.document_id, 0) - one.amount_minor
    paid: list[LockedOrder] = []
    unwanted: list[Confirmation] = []
    for one in fresh:
        order = orders[one.document_id]
        if order.state != OrderState.PLACED or held[order.id] + one.amount_minor > order.total_minor:
            unwanted.append(one)
            continue
        held[order.id] += one.amount_minor
        if held[order.id] == order.total_minor:
            order.state = OrderState.PAID
            paid.append(order)
    mark_paid(paid, now=now)
    if unwanted:
        ask_refunds([
            RefundWanted(uuid5(REFUND_OF_LATE_PAYMENT, str(one.payment_id)), one.document_id, one.amount_minor, "order is closed",
                         one.payment_id)
            for one in unwanted
        ], now=now)  # fmt: skip
    return outcomes


def _draw_codes(orders: Sequence[LockedOrder]) -> list[str]:
    """Draw codes that nobody can guess and that no other order waiting in the same store has."""
    drawn: dict[tuple[UUID, str], UUID] = {}
    missing = list(orders)
    while missing:
        for order in missing:
            while (key := (order.store_id, f"{secrets.randbelow(10**CODE_DIGITS):0{CODE_DIGITS}d}")) in drawn:
                pass
            drawn[key] = order.id
        taken = run(CODES_IN_USE, [uuids([store_id for store_id, _ in drawn]), texts([code for _, code in drawn])])
        again = {drawn.pop((store_id, code)) for store_id, code in taken}
        missing = [order for order in missing if order.id in again]
    codes = {order_id: code for (_, code), order_id in drawn.items()}
    return [codes[order.id] for order in orders]
