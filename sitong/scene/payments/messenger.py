"""Talking with the provider, outside of transactions: each call may be repeated, because the numbers are ours."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

import structlog

from sitong.scene.payments import actions
from sitong.scene.payments.provider import (
    PaymentAnswer,
    ProviderRefused,
    ProviderUnreachable,
    RefundAnswer,
    Standing,
    TransferAnswer,
)
from sitong.scene.payments.queries import (
    PaymentFacts,
    notify_url,
    payments_to_ask_about,
    payments_to_reverse,
    provider_of,
    refunds_to_send,
)
from sitong.shared.errors import Refused

BY_CODE = "code"
"""Stands for the prepay id of a payment by code, which has none: the provider has been asked to take it."""

AUTH_CODE = re.compile(r"1[0-5][0-9]{16}")
PAID_BEFORE = {"ORDERPAID", "ORDER_PAID"}

log = structlog.get_logger(__name__)


class PaymentCodeMalformed(Refused):
    """This is no WeChat payment code: 18 digits that begin with 10 to 15. Nothing was asked."""

    code = "scene.payment_code_malformed"


def announce_payment(payment: PaymentFacts, *, description: str, payer: str, expires_at: datetime) -> str:
    """Tell the provider of an open payment and give its prepay id; a payment that it knows already keeps its id.

    Raises ProviderUnreachable or ProviderRefused; then nothing has changed here, and the same call may be made again.
    """
    if payment.prepay_id:
        return payment.prepay_id
    prepay_id = provider_of(payment.merchant_id).open(
        number=payment.number, amount_minor=payment.amount_minor, currency=payment.currency, description=description,
        payer=payer, expires_at=expires_at, notify_url=notify_url(payment.merchant_id),
    )  # fmt: skip
    actions.note_prepaid(payment.number, prepay_id)
    return prepay_id


def way_to_pay(payment: PaymentFacts, prepay_id: str, *, now: datetime) -> dict[str, object]:
    """Give what the consumer's page needs: `jsapi` parameters, and `cashier` where the provider has a page of its own."""
    provider = provider_of(payment.merchant_id)
    return {"jsapi": provider.parameters(prepay_id, now=now), "cashier": provider.cashier_url(prepay_id)}


def pay_by_code(
    payment: PaymentFacts, auth_code: str, *, description: str, now: datetime, device: str = ""
) -> PaymentAnswer:
    """Take an open payment (`way="code"`) by the code that the consumer shows. Gives how it stands: DONE or still OPEN.

    DONE enters by the document's confirming action. OPEN: the consumer confirms on the phone, or nobody knows: ask again by
    `ask_about`, and when the till gives up, `close_payments` and `reverse_given_up`. Refused for good (a wrong or used
    code, too little money): the payment is closed and ProviderRefused raised; the next scan opens another one, since the
    provider takes a number with one code only. That the call is made is kept before: if we die now, the worker asks.
    """
    if not AUTH_CODE.fullmatch(auth_code):
        raise PaymentCodeMalformed()
    provider = provider_of(payment.merchant_id)
    actions.note_prepaid(payment.number, BY_CODE)
    try:
        return provider.pay_by_code(
            number=payment.number, amount_minor=payment.amount_minor, currency=payment.currency, description=description,
            auth_code=auth_code, device=device,
        )  # fmt: skip
    except ProviderRefused as refused:
        if refused.facts["provider_code"] in PAID_BEFORE:  # the same number again: its first call was paid
            return _query(payment) or PaymentAnswer(payment.number, Standing.OPEN)
        actions.close_refused([payment.number], now=now)
        raise
    except ProviderUnreachable:
        return PaymentAnswer(payment.number, Standing.OPEN)


def ask_about(payment: PaymentFacts) -> PaymentAnswer:
    """Ask the provider how one payment stands; OPEN when it does not say. For a till that waits; it asks every few seconds."""
    return _query(payment) or PaymentAnswer(payment.number, Standing.OPEN)


def reverse_given_up() -> int:
    """Let the provider reverse payments by code that were given up, until it has. Gives how many it did."""
    done = []
    for one in payments_to_reverse():
        try:
            provider_of(one.merchant_id).reverse(one.number)
            done.append(one.number)
        except (ProviderRefused, ProviderUnreachable) as failed:
            log.warning("payment_not_reversed", number=one.number, why=str(failed))
    actions.note_reversed(done)
    return len(done)


def read_news(
    merchant_id: UUID, headers: Mapping[str, str], body: bytes, *, now: datetime
) -> PaymentAnswer | RefundAnswer | TransferAnswer:
    """Verify and decrypt a provider's notification for one merchant account. Raises NotificationForged or NotFound."""
    return provider_of(merchant_id).read_notification(headers, body, now=now)


def ask_about_open_payments(*, now: datetime) -> list[PaymentAnswer]:
    """Query the provider about payments whose notification is overdue, and give those that are paid."""
    due = payments_to_ask_about(now=now)
    answers = [answer for one in due if (answer := _query(one)) is not None]
    actions.note_asked([one.number for one in due], now=now)
    return [answer for answer in answers if answer.standing is Standing.DONE]


def tell_closed(payments: Sequence[PaymentFacts]) -> list[PaymentAnswer]:
    """Let the provider close payments that we have closed. Gives those that turn out to have been paid meanwhile."""
    paid = []
    for one in payments:
        if not one.prepay_id or one.way == "code":
            continue
        try:
            provider_of(one.merchant_id).close(one.number)
        except ProviderRefused as refused:
            if (
                refused.facts["provider_code"] == "ORDERPAID"
                and (answer := _query(one)) is not None
                and answer.standing is Standing.DONE
            ):
                paid.append(answer)
        except ProviderUnreachable:
            log.warning("payment_not_closed_at_provider", number=one.number)  # it expires there by itself
    return paid


def send_refunds(*, now: datetime, ask_again_after: timedelta = timedelta(seconds=30)) -> int:
    """Ask the provider for every refund that is not settled (the same number never gives back twice); give how many settled."""
    answers = []
    for refund in refunds_to_send():
        payment = refund.payment
        provider = provider_of(payment.merchant_id)
        try:
            answers.append(provider.refund(
                payment_number=payment.number, refund_number=refund.number, amount_minor=refund.amount_minor, total_minor=payment.amount_minor,
                currency=payment.currency, reason=refund.reason, notify_url=notify_url(payment.merchant_id),
            ))  # fmt: skip
        except ProviderRefused as refused:
            log.error("refund_refused", number=refund.number, provider_code=refused.facts["provider_code"])
            if now - refund.asked_at > ask_again_after:
                answers.append(RefundAnswer(refund.number, Standing.FAILED))
        except ProviderUnreachable:
            log.warning("refund_not_sent", number=refund.number)
    return len(actions.settle_refunds(answers, now=now))


def _query(payment: PaymentFacts) -> PaymentAnswer | None:
    try:
        return provider_of(payment.merchant_id).query(payment.number)
    except (ProviderUnreachable, ProviderRefused):
        log.warning("payment_query_failed", number=payment.number)
        return None
