"""What the provider says of payments: prepared, asked about, paid; and payments that are not to be paid any more."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection, transaction

from sitong.scene.payments.models import Payment, PaymentState
from sitong.scene.payments.provider import PaymentAnswer, Standing
from sitong.scene.payments.queries import PaymentFacts, _facts
from sitong.shared.errors import NotFound, Refused


class PaymentAmountDiffers(Refused):
    """The provider says that another amount was paid than we asked for. A person must look."""

    code = "scene.payment_amount_differs"


@dataclass(frozen=True, slots=True)
class Confirmation:
    """A payment that is paid. `repeated`: it was before. `late`: it had been closed, so its document may be gone."""

    payment_id: UUID
    document_id: UUID
    amount_minor: int
    repeated: bool
    late: bool


def note_prepaid(number: str, prepay_id: str) -> None:
    """Keep the provider's prepay id of an open payment."""
    Payment.objects.filter(number=number, state=PaymentState.OPEN).update(prepay_id=prepay_id)


def note_asked(numbers: Collection[str], *, now: datetime) -> None:
    """Keep that the provider was asked about these payments just now."""
    Payment.objects.filter(number__in=list(numbers)).update(asked_at=now)


def confirm_paid(answers: Sequence[PaymentAnswer], *, now: datetime) -> list[Confirmation | Refused]:
    """Mark payments paid as the provider says; the same news again changes nothing and gives the same confirmation.

    A payment by code that was given up is being reversed: the provider gives that money back, so it is not found here.
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
            if row is None or one.standing is not Standing.DONE or row.reversal:
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
    """Close the open payments of documents that are not to be paid any more, and give them, to tell the provider.

    A payment by code is marked to be reversed: the consumer's phone may be confirming it at this moment.
    """
    with transaction.atomic():
        rows = list(
            Payment.objects.select_for_update(no_key=True)
            .filter(document_id__in=list(document_ids), state=PaymentState.OPEN)
            .order_by("number")
        )
        return _close(rows, now=now)


def close_code_payments(document_ids: Collection[UUID], *, now: datetime) -> list[PaymentFacts]:
    """Close the open payments by code of documents that go on to be paid another way; they are reversed."""
    with transaction.atomic():
        rows = list(
            Payment.objects.select_for_update(no_key=True)
            .filter(document_id__in=list(document_ids), state=PaymentState.OPEN, way="code")
            .order_by("number")
        )
        return _close(rows, now=now)


def _close(rows: Sequence[Payment], *, now: datetime) -> list[PaymentFacts]:
    for row in rows:
        row.state, row.closed_at = PaymentState.CLOSED, now
        row.reversal = "asked" if row.way == "code" and row.prepay_id else ""
    if rows:
        Payment.objects.bulk_update(rows, ["state", "closed_at", "reversal"])
    return [_facts(row) for row in rows]


def close_refused(numbers: Collection[str], *, now: datetime) -> None:
    """Close open payments by code that the provider has refused for good: there is nothing to reverse."""
    Payment.objects.filter(number__in=list(numbers), state=PaymentState.OPEN, way="code").update(
        state=PaymentState.CLOSED, closed_at=now
    )


def note_reversed(numbers: Collection[str]) -> None:
    """Keep that the provider has reversed these payments."""
    Payment.objects.filter(number__in=list(numbers), reversal="asked").update(reversal="done")
