"""Open payments through a provider for what is still to pay of documents."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from sitong.scene.payments.models import Merchant, Payment, PaymentState
from sitong.scene.payments.queries import PaymentFacts, _facts, merchant_of
from sitong.shared.errors import NotFound, Refused
from sitong.shared.ids import new_id


@dataclass(frozen=True, slots=True)
class PaymentWanted:
    """A document is to be paid: `amount_minor` is what it costs in all; the payment is opened for what is still to pay.

    `way`: "app" (the consumer's WeChat opens the cashier) or "code" (the till scans the consumer's payment code).
    """

    document_id: UUID
    brand_id: UUID
    entity_id: UUID | None
    amount_minor: int
    currency: str
    expires_at: datetime
    document_kind: str = "order"
    way: str = "app"
    shift_id: UUID | None = None
    by: UUID | None = None


def open_payments(wanted: Sequence[PaymentWanted], *, now: datetime) -> list[PaymentFacts | Refused]:
    """Open one payment for each document, for the rest that its paid payments leave; the open one of that rest is given again.

    An open one of another amount or way is closed, since another part has been paid meanwhile; should it be paid all the
    same, that money goes back. When nothing is left to pay, the last paid payment is given. The provider hears of it
    afterwards, by `messenger`, and of closed ones by `messenger.tell_closed`.
    """
    with transaction.atomic():
        opened, paid = _payments([one.document_id for one in wanted])
        outcomes: list[PaymentFacts | Refused] = []
        fresh: list[Payment] = []
        closed: list[Payment] = []
        merchants: dict[tuple[UUID, UUID | None], Merchant] = {}
        for one in wanted:
            done = paid.get(one.document_id, [])
            rest = one.amount_minor - sum(row.amount_minor - row.refunded_minor for row in done)
            if rest <= 0 and done:
                outcomes.append(_facts(done[-1]))
                continue
            before = opened.get(one.document_id)
            if before is not None and (before.amount_minor, before.way) == (rest, one.way):
                outcomes.append(_facts(before))
                continue
            try:
                key = (one.brand_id, one.entity_id)
                merchant = merchants.get(key) or merchants.setdefault(
                    key, merchant_of(brand_id=one.brand_id, entity_id=one.entity_id)
                )
            except NotFound as missing:
                outcomes.append(missing)
                continue
            if before is not None:
                closed.append(before)
            row = opened[one.document_id] = _opened(one, merchant, rest, now)
            fresh.append(row)
            outcomes.append(_facts(row))
        stored = [row for row in closed if row not in fresh]
        for row in stored:
            row.state, row.closed_at = PaymentState.CLOSED, now
            row.reversal = "asked" if row.way == "code" and row.prepay_id else ""
        Payment.objects.bulk_update(stored, ["state", "closed_at", "reversal"])
        Payment.objects.bulk_create([row for row in fresh if row not in closed])
        return outcomes


def _payments(document_ids: Sequence[UUID]) -> tuple[dict[UUID, Payment], dict[UUID, list[Payment]]]:
    """Lock the documents' payments: the open one of each, and those that are paid."""
    rows = Payment.objects.select_for_update(no_key=True).filter(
        document_id__in=document_ids, state__in=[PaymentState.OPEN, PaymentState.PAID]
    )
    opened: dict[UUID, Payment] = {}
    paid: dict[UUID, list[Payment]] = {}
    for row in rows.order_by("number"):
        if row.state == PaymentState.OPEN:
            opened[row.document_id] = row
        else:
            paid.setdefault(row.document_id, []).append(row)
    return opened, paid


def _opened(one: PaymentWanted, merchant: Merchant, amount_minor: int, now: datetime) -> Payment:
    return Payment(
        brand_id=one.brand_id, document_id=one.document_id, document_kind=one.document_kind, entity_id=one.entity_id,
        merchant=merchant, provider=merchant.provider, way=one.way, shift_id=one.shift_id, by=one.by,
        number=base64.b32encode(new_id().bytes).decode().rstrip("="), amount_minor=amount_minor, currency=one.currency,
        opened_at=now, expires_at=one.expires_at,
    )  # fmt: skip
