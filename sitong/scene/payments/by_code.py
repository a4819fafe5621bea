"""Pay for a document: opened with the provider, by the app or by the code on the buyer's phone, asked about, given up.

Documents bring their amount and how a payment is confirmed; what they are stays with them. Outside of transactions.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sitong.scene.payments.actions import PaymentWanted, close_code_payments, close_refused, open_payments
from sitong.scene.payments.messenger import ask_about, reverse_given_up
from sitong.scene.payments.provider import PaymentAnswer, Standing
from sitong.scene.payments.queries import PaymentFacts, payments_of
from sitong.shared.errors import Refused

Confirm = Callable[..., Sequence[Any]]
"""`confirm([answer], now=now)` gives one outcome for each answer, a Refused in the place of what is refused."""


def payment_open_for(wanted: PaymentWanted, *, taken: Refused, now: datetime) -> PaymentFacts:
    """Open the payment of a document, or give the open one again. Refused: the provider's own; `taken` when it is paid."""
    (payment,) = open_payments([wanted], now=now)
    if isinstance(payment, Refused):
        raise payment
    if payment.state != "open":
        raise taken
    return payment


def code_standing_of(document_id: UUID, *, confirm: Confirm, now: datetime) -> str:
    """Ask how a document's payment by code stands: "paid", "paying", "refused", or "none" when nothing was scanned."""
    of = [one for one in payments_of([document_id]).get(document_id, []) if one.way == "code"]
    if not of:
        return "none"
    if of[-1].state != "open":
        return "paid" if of[-1].state == "paid" else "refused"
    answer = ask_about(of[-1])
    if answer.standing in (Standing.FAILED, Standing.CLOSED):
        close_refused([of[-1].number], now=now)
        return "refused"
    return standing_of(answer, confirm=confirm, now=now)


def give_up_code_of(document_id: UUID, *, confirm: Confirm, now: datetime) -> str:
    """Give a document's payment by code up; the provider reverses it. "paid" when it was too late."""
    if (standing := code_standing_of(document_id, confirm=confirm, now=now)) == "paying":
        close_code_payments([document_id], now=now)
        reverse_given_up()
        return "refused"
    return standing


def standing_of(answer: PaymentAnswer, *, confirm: Confirm, now: datetime) -> str:
    """Confirm what the provider says is done: "paid", else "paying". Refused: whatever confirming refuses."""
    if answer.standing is not Standing.DONE:
        return "paying"
    (outcome,) = confirm([answer], now=now)
    if isinstance(outcome, Refused):
        raise outcome
    return "paid"
