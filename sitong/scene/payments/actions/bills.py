"""Keep what the comparison of a provider's bill with our books has shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date, datetime
from uuid import UUID

from django.db import transaction

from sitong.scene.payments.models import BillCheck, Merchant
from sitong.scene.payments.rules import BillLine, Difference
from sitong.shared.errors import NotFound


def keep_bill(
    merchant_id: UUID, on: date, *, lines: Sequence[BillLine], differences: Sequence[Difference], now: datetime
) -> None:
    """Keep one day's comparison; a later one of the same day takes its place. Refused: shared.not_found."""
    payments = [one for one in lines if one.state == "SUCCESS"]
    refunds = [one for one in lines if one.state == "REFUND"]
    with transaction.atomic():
        merchant = Merchant.objects.filter(id=merchant_id).first()
        if merchant is None:
            raise NotFound(what="merchant")
        facts = {
            "brand_id": merchant.brand_id, "payments_count": len(payments), "payments_minor": sum(one.amount_minor for one in payments),
            "refunds_count": len(refunds), "refunds_minor": sum(one.amount_minor for one in refunds),
            "differences": [asdict(one) for one in differences], "checked_at": now,
        }  # fmt: skip
        BillCheck.objects.update_or_create(merchant=merchant, on=on, defaults=facts)
