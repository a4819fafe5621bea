"""Payments change only here. None of these calls the provider: that happens outside of transactions, in messenger.py."""

from __future__ import annotations

import base64
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection, transaction

from sitong.scene.payments.models import Merchant, Payment, PaymentState, Refund
from sitong.scene.payments.provider import PaymentAnswer, RefundAnswer, Standing
from sitong.scene.payments.queries import PaymentFacts, _facts, merchant_of
from sitong.scene.payments.wechat import malformed_key
from sitong.shared.errors import NotFound, Refused, RepeatDiffers
from sitong.shared.ids import new_id


class PaymentAmountDiffers(Refused):
    """The provider says that another amount was paid than we asked for. A person must look."""

    code = "scene.payment_amount_differs"


class RefundTooHigh(Refused):
    """More would go back than was paid and not yet given back."""

    code = "scene.refund_too_high"


class MerchantKeyMalformed(Refused):
    """A key of the account cannot be read; `field` says which. Nothing was opened."""

    code = "scene.merchant_key_malformed"


@dataclass(frozen=True, slots=True)
class MerchantWanted:
    """An account with a provider; `entity_id` None: the brand's own."""

    brand_id: UUID
    entity_id: UUID | None
    merchant_number: str
    app_id: str
    serial: str
    private_key: str
    api_key: str
    provider_key_id: str
    provider_key: str
    gateway: str = ""
    provider: str = "wechat"


@dataclass(frozen=True, slots=True)
class PaymentWanted:
    """A document is to be paid."""

    document_id: UUID
    brand_id: UUID
    entity_id: UUID | None
    amount_minor: int
    currency: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Confirmation:
    """A payment that is paid. `repeated`: it was before. `late`: it had been closed, so its document may be gone."""

    payment_id: UUID
    document_id: UUID
    amount_minor: int
    repeated: bool
    late: bool


@dataclass(frozen=True, slots=True)
class RefundWanted:
    """Money is to go back on a document's payment. The same id is the same refund."""

    id: UUID
    document_id: UUID
    amount_minor: int
    reason: str


def open_merchants(wanted: Sequence[MerchantWanted], *, now: datetime) -> list[Merchant]:
    """Open accounts with a provider, or give the open ones of the same entity, their keys brought up to date.

    Raises MerchantKeyMalformed before anything is written.
    """
    for one in wanted:
        if field := malformed_key(private_key=one.private_key, provider_key=one.provider_key, api_key=one.api_key):
            raise MerchantKeyMalformed(field=field)
    made = []
    with transaction.atomic():
        for one in wanted:
            facts = {"merchant_number": one.merchant_number, "app_id": one.app_id, "serial": one.serial, "private_key": one.private_key,
                     "api_key": one.api_key, "provider_key_id": one.provider_key_id, "provider_key": one.provider_key, "gateway": one.gateway}  # fmt: skip
            merchant, _ = Merchant.objects.update_or_create(
                brand_id=one.brand_id, entity_id=one.entity_id, provider=one.provider, closed_at=None,
                defaults=facts, create_defaults={**facts, "created_at": now},
            )  # fmt: skip
            made.append(merchant)
    return made


def open_payments(wanted: Sequence[PaymentWanted], *, now: datetime) -> list[PaymentFacts | Refused]:
    """Open one payment for each document; an open one of the same amount is given again, one of another amount refused.

    The provider hears of it afterwards, by `messenger.announce_payment`.
    """
    with transaction.atomic():
        known = {row.document_id: row for row in Payment.objects.select_for_update(no_key=True).filter(
            document_id__in=[one.document_id for one in wanted], state__in=[PaymentState.OPEN, PaymentState.PAID]).order_by("number")}  # fmt: skip
        outcomes: list[PaymentFacts | Refused] = []
        fresh: list[Payment] = []
        merchants: dict[tuple[UUID, UUID | None], Merchant] = {}
        for one in wanted:
            if (before := known.get(one.document_id)) is not None:
                outcomes.append(
                    _facts(before) if before.amount_minor == one.amount_minor else RepeatDiffers(id=one.document_id)
                )
                continue
            try:
                key = (one.brand_id, one.entity_id)
                merchant = merchants.get(key) or merchants.setdefault(
                    key, merchant_of(brand_id=one.brand_id, entity_id=one.entity_id)
                )
            except NotFound as missing:
                outcomes.append(missing)
                continue
            number = base64.b32encode(new_id().bytes).decode().rstrip("=")
            row = Payment(brand_id=one.brand_id, document_id=one.document_id, merchant=merchant, provider=merchant.provider, number=number,
                          amount_minor=one.amount_minor, currency=one.currency, opened_at=now, expires_at=one.expires_at)  # fmt: skip
            known[one.document_id] = row
            fresh.append(row)
            outcomes.append(_facts(row))
        Payment.objects.bulk_create(fresh)
        return outcomes


def note_prepaid(number: str, prepay_id: str) -> None:
    """Keep the provider's prepay id of an open payment."""
    Payment.objects.filter(number=number, state=PaymentState.OPEN).update(prepay_id=prepay_id)


def note_asked(numbers: Collection[str], *, now: datetime) -> None:
    """Keep that the provider was asked about these payments just now."""
    Payment.objects.filter(number__in=list(numbers)).update(asked_at=now)


def confirm_paid(answers: Sequence[PaymentAnswer], *, now: datetime) -> list[Confirmation | Refused]:
    """Mark payments paid as the provider says; the same news again changes nothing and gives the same confirmation.

    A payment that we had closed is paid all the same (`late`): the money is there, and its document's owner decides what
    follows. Another amount than asked for is refused. Two statements, whatever the number.
    """
    with transaction.atomic():
        numbers = sorted({one.number for one in answers})
        rows = {
            row.number: row
            for row in Payment.objects.select_for_update(no_key=True).filter(number__in=numbers).order_by("number")
        }
        outcomes: list[Confirmation | Refused] = []
        newly: dict[str, PaymentAnswer] = {}
        for one in answers:
            row = rows.get(one.number)
            if row is None or one.standing is not Standing.DONE:
                outcomes.append(NotFound(what="payment"))
            elif (one.amount_minor, one.currency) != (row.amount_minor, row.currency):
                outcomes.append(PaymentAmountDiffers(number=row.number, asked=row.amount_minor, paid=one.amount_minor))
            else:
                repeated = row.state == PaymentState.PAID or one.number in newly
                outcomes.append(
                    Confirmation(row.id, row.document_id, row.amount_minor, repeated, row.state == PaymentState.CLOSED)
                )
                if not repeated:
                    newly[one.number] = one
        if newly:
            with connection.cursor() as cursor:
                cursor.execute(
                    """UPDATE scene_payment AS p SET state = 'paid', provider_number = n.provider_number, paid_at = n.paid_at
                       FROM unnest(%s::text[], %s::text[], %s::timestamptz[]) AS n(number, provider_number, paid_at) WHERE p.number = n.number""",
                    [
                        list(newly),
                        [one.provider_number for one in newly.values()],
                        [one.paid_at or now for one in newly.values()],
                    ],
                )
        return outcomes


def close_payments(document_ids: Collection[UUID], *, now: datetime) -> list[PaymentFacts]:
    """Close the open payments of documents that are not to be paid any more, and give them, to tell the provider."""
    with transaction.atomic():
        rows = list(
            Payment.objects.select_for_update(no_key=True)
            .filter(document_id__in=list(document_ids), state=PaymentState.OPEN)
            .order_by("number")
        )
        Payment.objects.filter(id__in=[row.id for row in rows]).update(state=PaymentState.CLOSED, closed_at=now)
        return [_facts(row) for row in rows]


def ask_refunds(wanted: Sequence[RefundWanted], *, now: datetime) -> list[Refund | Refused]:
    """Write down refunds to be asked of the provider; never above what was paid and not yet given back.

    Money goes back on the document's paid payment. The worker tells the provider (`messenger.send_refunds`).
    """
    with transaction.atomic():
        documents = sorted({one.document_id for one in wanted})
        payments: dict[UUID, Payment] = {}
        for row in (
            Payment.objects.select_for_update(no_key=True)
            .filter(document_id__in=documents, state=PaymentState.PAID)
            .order_by("number")
        ):
            payments.setdefault(row.document_id, row)
        earlier = {row.id: row for row in Refund.objects.filter(id__in=[one.id for one in wanted])}
        outcomes: list[Refund | Refused] = []
        fresh: list[Refund] = []
        for one in wanted:
            payment = payments.get(one.document_id)
            if (before := earlier.get(one.id)) is not None:
                outcomes.append(before if before.amount_minor == one.amount_minor else RepeatDiffers(id=one.id))
            elif payment is None:
                outcomes.append(NotFound(what="payment"))
            elif one.amount_minor > payment.amount_minor - payment.refunded_minor:
                outcomes.append(
                    RefundTooHigh(wanted=one.amount_minor, left=payment.amount_minor - payment.refunded_minor)
                )
            else:
                payment.refunded_minor += one.amount_minor
                refund = Refund(
                    id=one.id,
                    brand_id=payment.brand_id,
                    payment=payment,
                    number=one.id.hex,
                    amount_minor=one.amount_minor,
                    reason=one.reason[:80],
                    asked_at=now,
                )
                earlier[one.id] = refund
                fresh.append(refund)
                outcomes.append(refund)
        Refund.objects.bulk_create(fresh)
        Payment.objects.bulk_update({one.payment_id: one.payment for one in fresh}.values(), ["refunded_minor"])
        return outcomes


def settle_refunds(answers: Sequence[RefundAnswer], *, now: datetime) -> list[UUID]:
    """Mark refunds done or failed as the provider says, once, and give the ids of those that changed.

    A failed one gives its amount free again, so that it can be asked for anew.
    """
    with transaction.atomic():
        final = {one.number: one for one in answers if one.standing in {Standing.DONE, Standing.FAILED}}
        payment_ids = Refund.objects.filter(number__in=list(final)).values("payment_id")
        payments = {
            row.id: row
            for row in Payment.objects.select_for_update(no_key=True).filter(id__in=payment_ids).order_by("number")
        }
        rows = list(
            Refund.objects.select_for_update(no_key=True)
            .filter(number__in=list(final), state="asked")
            .order_by("number")
        )
        for row in rows:
            answer = final[row.number]
            row.state, row.done_at, row.provider_number = (
                ("done" if answer.standing is Standing.DONE else "failed"),
                now,
                answer.provider_number,
            )
            if row.state == "failed":
                payments[row.payment_id].refunded_minor -= row.amount_minor
        Refund.objects.bulk_update(rows, ["state", "done_at", "provider_number"])
        Payment.objects.bulk_update(
            [payments[row.payment_id] for row in rows if row.state == "failed"], ["refunded_minor"]
        )
        return [row.id for row in rows]
