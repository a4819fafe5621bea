"""Between orders and the payment provider: open a payment, hear the provider's news, call a payment off.

Talking with the provider takes its time and happens outside of transactions; what it says enters by `confirm_payments`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sitong.scene.channels.queries import shops
from sitong.scene.orders.actions import CancelWanted, cancel_orders, confirm_payments
from sitong.scene.orders.actions.cancel import Canceled
from sitong.scene.orders.actions.pay import OrderNotPayable
from sitong.scene.orders.models import OrderState
from sitong.scene.orders.queries import OrderView
from sitong.scene.payments.actions import (
    PaymentWanted,
    close_code_payments,
    close_refused,
    open_payments,
    settle_refunds,
)
from sitong.scene.payments.messenger import (
    announce_payment,
    ask_about,
    ask_about_open_payments,
    pay_by_code,
    read_news,
    reverse_given_up,
    tell_closed,
    way_to_pay,
)
from sitong.scene.payments.payers import confirm_news, settle_transfers
from sitong.scene.payments.provider import PaymentAnswer, Standing, TransferAnswer
from sitong.scene.payments.queries import PaymentFacts, payments_of
from sitong.shared.errors import Refused


@dataclass(frozen=True, slots=True)
class CodeStanding:
    """How a payment by code stands: "paid", "paying" (the consumer confirms), "refused" (scan another code), or "none"."""

    order_id: UUID
    standing: str
    amount_minor: int


def way_to_pay_for(order: OrderView, *, now: datetime) -> dict[str, Any]:
    """Open the payment of what is still to pay of an order, or give the open one again, and say how to pay it.

    The money goes to the entity that sells. Refused: scene.order_not_payable; the provider's own refusals.
    """
    if order.state != OrderState.PLACED or order.pay_by is None or order.pay_by <= now:
        raise OrderNotPayable(number=order.number, state=order.state)
    entity_id = shops([order.store_id])[order.store_id].entity_id
    wanted = PaymentWanted(order.id, order.brand_id, entity_id, order.total_minor, order.currency, order.pay_by)
    (payment,) = open_payments([wanted], now=now)
    if isinstance(payment, Refused):
        raise payment
    if payment.state != "open":
        raise OrderNotPayable(number=order.number, state=OrderState.PAID)
    prepay_id = announce_payment(
        payment, description=order.number, payer=str(order.member_id or ""), expires_at=order.pay_by
    )
    facts = {
        "order_id": order.id,
        "number": order.number,
        "amount_minor": payment.amount_minor,
        "currency": order.currency,
    }
    return {**facts, **way_to_pay(payment, prepay_id, now=now)}


def pay_order_by_code(
    order: OrderView, auth_code: str, *, by: UUID | None, now: datetime, shift_id: UUID | None = None, device: str = ""
) -> CodeStanding:
    """Take what is still to pay of an order by the code on the consumer's phone: "paid", or "paying" while it is confirmed there.

    While "paying", ask `code_standing` every few seconds, and `give_up_code` when it takes too long. The same call again never
    takes money twice. Refused: scene.payment_code_malformed, scene.order_not_payable, the provider's own no (then scan anew).
    """
    if order.state != OrderState.PLACED or order.pay_by is None or order.pay_by <= now:
        raise OrderNotPayable(number=order.number, state=order.state)
    entity_id = shops([order.store_id])[order.store_id].entity_id
    wanted = PaymentWanted(order.id, order.brand_id, entity_id, order.total_minor, order.currency, order.pay_by, way="code",
                           shift_id=shift_id, by=by)  # fmt: skip
    (payment,) = open_payments([wanted], now=now)
    if isinstance(payment, Refused):
        raise payment
    if payment.state != "open":
        return CodeStanding(order.id, "paid", payment.amount_minor)
    answer = pay_by_code(payment, auth_code, description=order.number, device=device, now=now)
    return _standing(order.id, payment, answer, now=now)


def code_standing(order_id: UUID, *, now: datetime) -> CodeStanding:
    """Ask the provider how the order's payment by code stands, and confirm it when it is paid. "none": nothing was scanned."""
    of_order = [one for one in payments_of([order_id]).get(order_id, []) if one.way == "code"]
    if not of_order:
        return CodeStanding(order_id, "none", 0)
    payment = of_order[-1]
    if payment.state != "open":
        return CodeStanding(order_id, "paid" if payment.state == "paid" else "refused", payment.amount_minor)
    answer = ask_about(payment)
    if answer.standing in (Standing.FAILED, Standing.CLOSED):
        close_refused([payment.number], now=now)
        return CodeStanding(order_id, "refused", payment.amount_minor)
    return _standing(order_id, payment, answer, now=now)


def give_up_code(order_id: UUID, *, now: datetime) -> CodeStanding:
    """Give the order's payment by code up: the provider reverses it, now or as soon as it can be reached. "paid" when it was too late."""
    before = code_standing(order_id, now=now)
    if before.standing != "paying":
        return before
    close_code_payments([order_id], now=now)
    reverse_given_up()
    after = [one for one in payments_of([order_id])[order_id] if one.way == "code"][-1]
    return CodeStanding(order_id, "paid" if after.state == "paid" else "refused", after.amount_minor)


def _standing(order_id: UUID, payment: PaymentFacts, answer: PaymentAnswer, *, now: datetime) -> CodeStanding:
    if answer.standing is not Standing.DONE:
        return CodeStanding(order_id, "paying", payment.amount_minor)
    (outcome,) = confirm_payments([answer], now=now)
    if isinstance(outcome, Refused):
        raise outcome
    return CodeStanding(order_id, "paid", payment.amount_minor)


def hear_provider(merchant_id: UUID, headers: Mapping[str, str], body: bytes, *, now: datetime) -> None:
    """Take in one notification: a payment that was made, a refund or a transfer that is settled. Raises what is wrong with it."""
    news = read_news(merchant_id, headers, body, now=now)
    if isinstance(news, TransferAnswer):
        settle_transfers([news])
    elif not isinstance(news, PaymentAnswer):
        settle_refunds([news], now=now)
    elif news.standing is Standing.DONE:
        (outcome,) = confirm_news([news], now=now)
        if isinstance(outcome, Refused):
            raise outcome


def ask_provider(*, now: datetime) -> int:
    """Ask about payments whose notification never came, and confirm those that are paid. Gives how many were."""
    answers = ask_about_open_payments(now=now)
    return sum(not isinstance(outcome, Refused) for outcome in confirm_news(answers, now=now)) if answers else 0


def cancel_order(wanted: CancelWanted, *, now: datetime) -> Canceled:
    """Cancel one order and let the provider close its payment. Raises why not."""
    (outcome,) = cancel_orders([wanted], now=now)
    if isinstance(outcome, Refused):
        raise outcome
    call_payments_off([wanted.order_id], now=now)
    return outcome


def call_payments_off(order_ids: Collection[UUID], *, now: datetime) -> None:
    """Let the provider close payments that are closed here. One that was paid at the last moment is confirmed, and goes back."""
    closed = [
        payment for payments in payments_of(order_ids).values() for payment in payments if payment.state == "closed"
    ]
    if paid := tell_closed(closed):
        confirm_payments(paid, now=now)
    reverse_given_up()
