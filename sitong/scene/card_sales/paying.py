"""Between purchases of cards and the payment provider: outside of transactions."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sitong.scene.card_sales.actions import KIND, CardSaleNotPayable
from sitong.scene.card_sales.models import CardSale
from sitong.scene.payments.actions import PaymentWanted, open_payments
from sitong.scene.payments.messenger import announce_payment, way_to_pay
from sitong.shared.errors import Refused


def way_to_pay_for_card(sale: CardSale, *, now: datetime) -> dict[str, Any]:
    """Open the payment of a purchase, or give the open one again, and say how to pay it.

    Refused: scene.card_sale_not_payable; the provider's own.
    """
    if sale.state != "open" or sale.pay_by <= now:
        raise CardSaleNotPayable(number=sale.number, state=sale.state)
    wanted = PaymentWanted(sale.id, sale.brand_id, sale.entity_id, sale.price_minor, sale.currency, sale.pay_by, KIND)
    (payment,) = open_payments([wanted], now=now)
    if isinstance(payment, Refused):
        raise payment
    if payment.state != "open":
        raise CardSaleNotPayable(number=sale.number, state="paid")
    prepay_id = announce_payment(payment, description=sale.name, payer=str(sale.member_id), expires_at=sale.pay_by)
    facts = {"sale_id": sale.id, "number": sale.number, "amount_minor": payment.amount_minor, "currency": sale.currency}
    return {**facts, **way_to_pay(payment, prepay_id, now=now)}
