"""Between purchases of cards and the payment provider: outside of transactions."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sitong.scene.card_sales.actions import KIND, CardSaleNotPayable, confirm_card_sales
from sitong.scene.card_sales.models import CardSale
from sitong.scene.payments.actions import PaymentWanted
from sitong.scene.payments.by_code import code_standing_of, give_up_code_of, payment_open_for, standing_of
from sitong.scene.payments.messenger import announce_payment, pay_by_code, way_to_pay
from sitong.scene.payments.queries import PaymentFacts


def way_to_pay_for_card(sale: CardSale, *, now: datetime) -> dict[str, Any]:
    """Open the payment of a purchase, or give the open one again, and say how to pay it.

    Refused: scene.card_sale_not_payable; the provider's own.
    """
    payment = _open(sale, "app", None, now=now)
    prepay_id = announce_payment(payment, description=sale.name, payer=str(sale.member_id), expires_at=sale.pay_by)
    facts = {"sale_id": sale.id, "number": sale.number, "amount_minor": payment.amount_minor, "currency": sale.currency}
    return {**facts, **way_to_pay(payment, prepay_id, now=now)}


def pay_card_by_code(sale: CardSale, auth_code: str, *, by: UUID | None, now: datetime) -> str:
    """Take the money by the code on the member's phone: "paid", or "paying" while it is confirmed there. Refused as for orders."""
    payment = _open(sale, "code", by, now=now)
    answer = pay_by_code(payment, auth_code, description=sale.name, now=now)
    return standing_of(answer, confirm=confirm_card_sales, now=now)


def card_code_standing(sale_id: UUID, *, now: datetime) -> str:
    """Ask how a payment by code stands: "paid", "paying", "refused", or "none" when nothing was scanned."""
    return code_standing_of(sale_id, confirm=confirm_card_sales, now=now)


def give_up_card_code(sale_id: UUID, *, now: datetime) -> str:
    """Give a payment by code up; the provider reverses it. "paid" when it was too late."""
    return give_up_code_of(sale_id, confirm=confirm_card_sales, now=now)


def _open(sale: CardSale, way: str, by: UUID | None, *, now: datetime) -> PaymentFacts:
    if sale.state != "open" or sale.pay_by <= now:
        raise CardSaleNotPayable(number=sale.number, state=sale.state)
    wanted = PaymentWanted(
        sale.id, sale.brand_id, sale.entity_id, sale.price_minor, sale.currency, sale.pay_by, KIND, way, by=by
    )
    return payment_open_for(wanted, taken=CardSaleNotPayable(number=sale.number, state="paid"), now=now)
