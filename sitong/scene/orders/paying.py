"""Between orders and the payment provider: open a payment, hear the provider's news, call a payment off.

Talking with the provider takes its time and happens outside of transactions; what it says enters by `confirm_payments`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sitong.scene.channels.queries import shops
from sitong.scene.orders.actions import CancelWanted, cancel_orders, confirm_payments
from sitong.scene.orders.actions.cancel import Canceled
from sitong.scene.orders.models import OrderState
from sitong.scene.orders.queries import OrderView
from sitong.scene.payments.actions import PaymentWanted, open_payments, settle_refunds
from sitong.scene.payments.messenger import (
    announce_payment,
    ask_about_open_payments,
    read_news,
    tell_closed,
    way_to_pay,
)
from sitong.scene.payments.provider import PaymentAnswer, Standing
from sitong.scene.payments.queries import payments_of
from sitong.shared.errors import Refused


class OrderNotPayable(Refused):
    """The order is paid already, or cannot be paid any more: its state tells."""

    code = "scene.order_not_payable"


def way_to_pay_for(order: OrderView, *, now: datetime) -> dict[str, Any]:
    """Open the payment of an unpaid order, or give the open one again, and say how to pay it.

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
        "amount_minor": order.total_minor,
        "currency": order.currency,
    }
    return {**facts, **way_to_pay(payment, prepay_id, now=now)}


def hear_provider(merchant_id: UUID, headers: Mapping[str, str], body: bytes, *, now: datetime) -> None:
    """Take in one notification: a payment that was made, or a refund that is settled. Raises what is wrong with it."""
    news = read_news(merchant_id, headers, body, now=now)
    if not isinstance(news, PaymentAnswer):
        settle_refunds([news], now=now)
    elif news.standing is Standing.DONE:
        (outcome,) = confirm_payments([news], now=now)
        if isinstance(outcome, Refused):
            raise outcome


def ask_provider(*, now: datetime) -> int:
    """Ask about payments whose notification never came, and confirm those that are paid. Gives how many were."""
    answers = ask_about_open_payments(now=now)
    return sum(not isinstance(outcome, Refused) for outcome in confirm_payments(answers, now=now)) if answers else 0


def cancel_order(wanted: CancelWanted, *, now: datetime) -> Canceled:
    """Cancel one order and let the provider close its payment. Raises why not."""
    (outcome,) = cancel_orders([wanted], now=now)
    if isinstance(outcome, Refused):
        raise outcome
    if not outcome.refunded_minor:
        call_payments_off([wanted.order_id], now=now)
    return outcome


def call_payments_off(order_ids: Collection[UUID], *, now: datetime) -> None:
    """Let the provider close payments that are closed here. One that was paid at the last moment is confirmed, and goes back."""
    closed = [
        payment for payments in payments_of(order_ids).values() for payment in payments if payment.state == "closed"
    ]
    if paid := tell_closed(closed):
        confirm_payments(paid, now=now)
