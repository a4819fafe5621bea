"""Buy a coupon: paid from the wallet and given in one transaction, or neither."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID, uuid5

from django.db import transaction

from sitong.marketing.coupons.actions import Claimed, ClaimWanted, claim_coupons
from sitong.scene.coupon_sales.actions import KIND
from sitong.scene.payments.actions.tenders import Tender, take_tenders
from sitong.shared.errors import Refused


@dataclass(frozen=True, slots=True)
class PurchaseWanted:
    """A coupon that a member buys. The claim's id names the purchase: sent again, it is paid once and given once."""

    claim: ClaimWanted
    price_minor: int
    currency: str
    entity_id: UUID | None


def buy_coupon(wanted: PurchaseWanted, *, now: datetime) -> Claimed | Refused:
    """Take the price from the member's wallet and give the coupon. Refused: what `claim_coupons` and the wallet refuse with."""
    claim = replace(wanted.claim, way="buy")
    try:
        with transaction.atomic():
            (given,) = claim_coupons([claim], now=now)
            if isinstance(given, Refused):
                raise given
            (paid,) = take_tenders([Tender(
                uuid5(claim.id, "price"), claim.id, claim.brand_id, wanted.entity_id, "wallet", wanted.price_minor, wanted.currency,
                member_id=claim.member_id, document_kind=KIND,
            )], now=now)  # fmt: skip
            if isinstance(paid, Refused):
                raise paid
    except Refused as refused:
        return refused
    return given
