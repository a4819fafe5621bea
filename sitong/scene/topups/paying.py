"""Between top-ups and the payment provider: outside of transactions."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sitong.scene.payments.actions import PaymentWanted
from sitong.scene.payments.by_code import code_standing_of, give_up_code_of, payment_open_for, standing_of
from sitong.scene.payments.messenger import announce_payment, pay_by_code, way_to_pay
from sitong.scene.payments.queries import PaymentFacts
from sitong.scene.topups.actions import TopUpNotPayable, confirm_topups
from sitong.scene.topups.queries import TopUpView


def way_to_pay_topup(topup: TopUpView, *, now: datetime) -> dict[str, Any]:
    """Open the payment of a top-up, or give the open one again, and say how to pay it. Refused: scene.topup_not_payable; the provider's own."""
    payment = _open(topup, "app", None, now=now)
    prepay_id = announce_payment(payment, description=topup.number, payer=str(topup.member_id), expires_at=topup.pay_by)
    facts = {
        "topup_id": topup.id,
        "number": topup.number,
        "amount_minor": payment.amount_minor,
        "currency": topup.currency,
    }
    return {**facts, **way_to_pay(payment, prepay_id, now=now)}


def pay_topup_by_code(topup: TopUpView, auth_code: str, *, by: UUID | None, now: datetime) -> str:
    """Take a top-up by the code on the member's phone: "paid", or "paying" while it is confirmed there. Refused as for orders."""
    payment = _open(topup, "code", by, now=now)
    answer = pay_by_code(payment, auth_code, description=topup.number, now=now)
    return standing_of(answer, confirm=confirm_topups, now=now)


def topup_code_standing(topup_id: UUID, *, now: datetime) -> str:
    """Ask how a top-up's payment by code stands: "paid", "paying", "refused", or "none" when nothing was scanned."""
    return code_standing_of(topup_id, confirm=confirm_topups, now=now)


def give_up_topup_code(topup_id: UUID, *, now: datetime) -> str:
    """Give a top-up's payment by code up; the provider reverses it. "paid" when it was too late."""
    return give_up_code_of(topup_id, confirm=confirm_topups, now=now)


def _open(topup: TopUpView, way: str, by: UUID | None, *, now: datetime) -> PaymentFacts:
    if topup.state != "open" or topup.pay_by <= now:
        raise TopUpNotPayable(number=topup.number, state=topup.state)
    wanted = PaymentWanted(
        topup.id, topup.brand_id, topup.entity_id, topup.pay_minor, topup.currency, topup.pay_by, "topup", way, by=by
    )
    return payment_open_for(wanted, taken=TopUpNotPayable(number=topup.number, state="paid"), now=now)
