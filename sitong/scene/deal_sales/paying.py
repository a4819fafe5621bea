"""Between places in groups and the payment provider: outside of transactions."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sitong.marketing.deals.actions import DealPlaceNotPayable
from sitong.marketing.deals.queries import deals_of, own_place
from sitong.scene.channels.queries import shops
from sitong.scene.deal_sales.actions import KIND
from sitong.scene.payments.actions import PaymentWanted, open_payments
from sitong.scene.payments.messenger import announce_payment, way_to_pay
from sitong.shared.errors import NotFound, Refused


def way_to_pay_for_place(place_id: UUID, *, member_id: UUID, now: datetime) -> dict[str, Any]:
    """Open the payment of one's own place, or give the open one again, and say how to pay it.

    Goods are paid to the legal entity of the store that sells them, coupons to the brand. Refused: shared.not_found,
    marketing.deal_place_not_payable; the provider's own.
    """
    place = own_place(place_id, member_id=member_id)
    if place is None:
        raise NotFound(what="place")
    if place.state != "held" or place.pay_by <= now:
        raise DealPlaceNotPayable(state=place.state)
    deal = deals_of([place.deal_id])[place.deal_id]
    entity = shops([place.store_id])[place.store_id].entity_id if deal.sku_id and place.store_id else None
    wanted = PaymentWanted(place.id, place.brand_id, entity, place.price_minor, deal.currency, place.pay_by, KIND)
    (payment,) = open_payments([wanted], now=now)
    if isinstance(payment, Refused):
        raise payment
    if payment.state != "open":
        raise DealPlaceNotPayable(state="paid")
    prepay_id = announce_payment(payment, description=deal.name, payer=str(place.member_id), expires_at=place.pay_by)
    facts = {
        "place_id": place.id,
        "number": payment.number,
        "amount_minor": payment.amount_minor,
        "currency": deal.currency,
    }
    return {**facts, **way_to_pay(payment, prepay_id, now=now)}
