"""Give money back: on one payment, or on all of a document's in proportion. Never above what was paid."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid5

from django.db import transaction

from sitong.member.wallet.actions import WalletGiveBack, give_back_to_wallets
from sitong.scene.payments.models import Payment, PaymentState, Refund
from sitong.scene.payments.provider import RefundAnswer, Standing
from sitong.shared.errors import NotFound, Refused, RepeatDiffers
from sitong.shared.money import split_minor

AT_ONCE = ("cash", "wallet", "exchange")
"""Kinds whose refunds are done when they are written; a provider's are asked for, and the worker sends them."""


class RefundTooHigh(Refused):
    """More would go back than was paid and not yet given back."""

    code = "scene.refund_too_high"


@dataclass(frozen=True, slots=True)
class RefundWanted:
    """Money is to go back on one payment of a document: `payment_id`, or its only paid one. The same id is the same refund."""

    id: UUID
    document_id: UUID
    amount_minor: int
    reason: str
    payment_id: UUID | None = None
    by: UUID | None = None
    shift_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class GiveBack:
    """Money of a document is to go back, whichever way it was paid. The same id gets the same answer.

    Cash is handed out by `by`, from the drawer of `shift_id`.
    """

    id: UUID
    document_id: UUID
    amount_minor: int
    reason: str
    by: UUID | None = None
    shift_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class RefundPart:
    """What goes back on one payment: cash to hand out, a wallet's that is there again, a provider's that is asked for.

    What was paid by an exchange goes back on the payments of the document that came back: those are the parts.
    """

    payment_id: UUID
    kind: str
    amount_minor: int
    refund_id: UUID


def give_back(wanted: Sequence[GiveBack], *, now: datetime) -> list[list[RefundPart] | Refused]:
    """Give back money of documents, over their paid payments in proportion to what is left of each (largest remainder).

    Cash is to be handed out now, wallets have it at once, a provider is asked by the worker. Refused: scene.refund_too_high,
    shared.repeat_differs. An amount of 0 gives no parts. Locks payments, then wallets.
    """
    with transaction.atomic():
        payments = _lock_paid([one.document_id for one in wanted])
        earlier = _given_back([one.id for one in wanted])
        outcomes: list[list[RefundPart] | Refused] = []
        fresh: list[Refund] = []
        for one in wanted:
            of = payments.get(one.document_id, [])
            left = [row.amount_minor - row.refunded_minor for row in of]
            if before := earlier.get(one.id):
                same = sum(row.amount_minor for row in before) == one.amount_minor
                outcomes.append([_part(row) for row in before] if same else RepeatDiffers(id=one.id))
            elif not 0 <= one.amount_minor <= sum(left):
                outcomes.append(RefundTooHigh(wanted=one.amount_minor, left=sum(left)))
            else:
                shares = split_minor(one.amount_minor, left) if one.amount_minor else []
                made = [
                    _refund(uuid5(one.id, str(row.id)), row, share, one.reason, now, by=one.by, shift_id=one.shift_id,
                            request_id=one.id)
                    for row, share in zip(of, shares, strict=False) if share
                ]  # fmt: skip
                earlier[one.id] = made
                fresh += made
                outcomes.append([_part(row) for row in made])
        _write(fresh, now=now)
        return _followed(outcomes, payments, wanted, now=now)


def ask_refunds(wanted: Sequence[RefundWanted], *, now: datetime) -> list[Refund | Refused]:
    """Write down refunds of single payments; never above what was paid and not yet given back.

    The worker tells the provider (`messenger.send_refunds`); cash and wallet are done at once.
    """
    with transaction.atomic():
        payments = _lock_paid([one.document_id for one in wanted])
        earlier = {row.id: row for row in Refund.objects.filter(id__in=[one.id for one in wanted])}
        outcomes: list[Refund | Refused] = []
        fresh: list[Refund] = []
        for one in wanted:
            of = [row for row in payments.get(one.document_id, []) if one.payment_id in (None, row.id)]
            if (before := earlier.get(one.id)) is not None:
                outcomes.append(before if before.amount_minor == one.amount_minor else RepeatDiffers(id=one.id))
            elif not of:
                outcomes.append(NotFound(what="payment"))
            elif one.amount_minor > (left := of[0].amount_minor - of[0].refunded_minor):
                outcomes.append(RefundTooHigh(wanted=one.amount_minor, left=left))
            else:
                refund = earlier[one.id] = _refund(
                    one.id, of[0], one.amount_minor, one.reason, now, by=one.by, shift_id=one.shift_id, request_id=None
                )
                fresh.append(refund)
                outcomes.append(refund)
        _write(fresh, now=now)
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
            row.state = "done" if answer.standing is Standing.DONE else "failed"
            row.done_at, row.provider_number = now, answer.provider_number
            if row.state == "failed":
                payments[row.payment_id].refunded_minor -= row.amount_minor
        Refund.objects.bulk_update(rows, ["state", "done_at", "provider_number"])
        Payment.objects.bulk_update(
            {payments[row.payment_id] for row in rows if row.state == "failed"}, ["refunded_minor"]
        )
        return [row.id for row in rows]


def _lock_paid(document_ids: Sequence[UUID]) -> dict[UUID, list[Payment]]:
    """Lock the paid payments of documents, in the order of their numbers."""
    found: dict[UUID, list[Payment]] = {}
    rows = Payment.objects.select_for_update(no_key=True).filter(document_id__in=document_ids, state=PaymentState.PAID)
    for row in rows.order_by("number"):
        found.setdefault(row.document_id, []).append(row)
    return found


def _followed(
    outcomes: Sequence[list[RefundPart] | Refused],
    payments: dict[UUID, list[Payment]],
    wanted: Sequence[GiveBack],
    *,
    now: datetime,
) -> list[list[RefundPart] | Refused]:
    """Let what an exchange had paid go back where that money lies: on the payments of the document that came back."""
    sources = {row.id: row.source_id for rows in payments.values() for row in rows if row.source_id is not None}
    deeper = [
        GiveBack(part.refund_id, sources[part.payment_id], part.amount_minor, one.reason, one.by, one.shift_id)
        for one, parts in zip(wanted, outcomes, strict=True) if not isinstance(parts, Refused)
        for part in parts if part.payment_id in sources
    ]  # fmt: skip
    if not deeper:
        return list(outcomes)
    found: dict[UUID, list[RefundPart]] = {}
    for asked, parts in zip(deeper, give_back(deeper, now=now), strict=True):
        if isinstance(parts, Refused):
            raise RuntimeError(f"what an exchange had paid cannot be given back: {parts}")
        found[asked.id] = parts
    return [
        parts if isinstance(parts, Refused) else [own for part in parts for own in found.get(part.refund_id, [part])]
        for parts in outcomes
    ]


def _given_back(request_ids: Sequence[UUID]) -> dict[UUID, list[Refund]]:
    found: dict[UUID, list[Refund]] = {}
    for row in Refund.objects.filter(request_id__in=request_ids).select_related("payment").order_by("payment__number"):
        if row.request_id is not None:
            found.setdefault(row.request_id, []).append(row)
    return found


def _refund(
    id: UUID, payment: Payment, amount_minor: int, reason: str, now: datetime, *,
    by: UUID | None, shift_id: UUID | None, request_id: UUID | None,
) -> Refund:  # fmt: skip
    payment.refunded_minor += amount_minor
    at_once = payment.provider in AT_ONCE
    return Refund(
        id=id, brand_id=payment.brand_id, payment=payment, number=id.hex, amount_minor=amount_minor, reason=reason[:80],
        request_id=request_id, by=by, shift_id=shift_id if payment.provider == "cash" else None,
        state="done" if at_once else "asked", asked_at=now, done_at=now if at_once else None,
    )  # fmt: skip


def _write(fresh: Sequence[Refund], *, now: datetime) -> None:
    if not fresh:
        return
    of_wallets = [
        WalletGiveBack(row.id, row.payment_id, row.amount_minor, row.by)
        for row in fresh
        if row.payment.provider == "wallet"
    ]
    for outcome in give_back_to_wallets(of_wallets, now=now) if of_wallets else ():
        if isinstance(outcome, Refused):
            raise RuntimeError(f"a wallet payment cannot be given back: {outcome}")
    Refund.objects.bulk_create(fresh)
    Payment.objects.bulk_update({row.payment_id: row.payment for row in fresh}.values(), ["refunded_minor"])


def _part(row: Refund) -> RefundPart:
    return RefundPart(row.payment_id, row.payment.provider, row.amount_minor, row.id)
